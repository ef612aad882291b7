/**
 * Memory for reassembly, one object for all peers: what is not in it is not allocated. Large PDUs wait for room;
 * messages have a reserve that large PDUs cannot use, so that files of some keep nobody's messages waiting.
 * DESIGN.md §6, P2P-CHK-06.
 */
import { MAX_REASSEMBLY_BYTES, MESSAGE_REASSEMBLY_RESERVE_BYTES } from '../limits.ts';

export type ReassemblyKind = 'message' | 'large';

export class ReassemblyBudget {
  readonly #waiting = new Set<() => void>();
  #usedBytes = 0;
  #largeBytes = 0;
  #peakBytes = 0;

  /** Bytes that reassemblies hold now. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The most that they ever held. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Takes memory; false when there is not enough. */
  take(sizeBytes: number, kind: ReassemblyKind): boolean {
    const largeBytes = this.#largeBytes + (kind === 'large' ? sizeBytes : 0);
    if (largeBytes > MAX_REASSEMBLY_BYTES - MESSAGE_REASSEMBLY_RESERVE_BYTES) return false;
    if (this.#usedBytes + sizeBytes > MAX_REASSEMBLY_BYTES) return false;
    this.#largeBytes = largeBytes;
    this.#usedBytes += sizeBytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#usedBytes);
    return true;
  }

  /** Gives memory back, and asks those who wait whether they want it, who waits longest first. */
  release(sizeBytes: number, kind: ReassemblyKind): void {
    this.#usedBytes -= sizeBytes;
    if (kind === 'large') this.#largeBytes -= sizeBytes;
    for (const onRoom of [...this.#waiting]) onRoom();
  }

  /** Calls `onRoom` whenever memory came back, until `stopWaiting`. */
  wait(onRoom: () => void): void {
    this.#waiting.add(onRoom);
  }

  stopWaiting(onRoom: () => void): void {
    this.#waiting.delete(onRoom);
  }
}
