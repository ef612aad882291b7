/**
 * What waits in one channel's queue, and how much of it may be chunks: nothing overtakes there, so they may fill what
 * the path carries in CHUNK_BUFFER_MS, and no more. A queue that runs dry while chunks wait was too short. P2P-CHK-02.
 *
 * The rate counts while the queue is never empty; a dry one says how slow its feeding was, not how fast the path is.
 */
import { CHUNK_BUFFER_HIGH_WATER_BYTES, CHUNK_BUFFER_MS, MAX_CHUNK_BUFFER_BYTES } from '../limits.ts';

/** How much of the old rate stays at each report. */
const INERTIA = 0.75;

export class ChannelQueue {
  readonly #nowMs: () => number;
  #sentBytes = 0;
  #takenBytes = 0;
  /** Bytes a millisecond; 0 while it is unknown. */
  #rate = 0;
  #countedSinceMs = 0;
  #busySinceMs = 0;
  #chunkBytes = CHUNK_BUFFER_HIGH_WATER_BYTES;
  #wasFull = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get bytes(): number {
    return this.#sentBytes - this.#takenBytes;
  }

  /** How much of what chunks may fill is filled. */
  get fill(): number {
    return this.bytes / this.#chunkBytes;
  }

  /** For how long the queue has not run dry, ms, and what it carried meanwhile, bytes a second; 0: unknown. */
  get busyMs(): number {
    return this.bytes === 0 ? 0 : this.#nowMs() - this.#busySinceMs;
  }

  get bytesPerSecond(): number {
    return this.#rate * 1_000;
  }

  get hasChunkRoom(): boolean {
    return this.bytes < this.#chunkBytes;
  }

  sent(bytes: number): void {
    if (this.bytes === 0) this.#countedSinceMs = this.#busySinceMs = this.#nowMs();
    this.#sentBytes += bytes;
    this.#wasFull ||= !this.hasChunkRoom;
  }

  /** The channel took so much off its queue since it opened; it had nothing left then. */
  taken(bytes: number, isDry: boolean): void {
    const [nowMs, newBytes] = [this.#nowMs(), bytes - this.#takenBytes];
    const sinceMs = nowMs - this.#countedSinceMs;
    this.#takenBytes = bytes;
    this.#countedSinceMs = nowMs;
    if (sinceMs > 0) this.#measure(newBytes / sinceMs, isDry);
    this.#adapt(isDry && this.#wasFull);
    this.#wasFull = false;
  }

  #measure(rate: number, isDry: boolean): void {
    if (isDry) this.#rate = Math.max(this.#rate, rate);
    else this.#rate = this.#rate === 0 ? rate : INERTIA * this.#rate + (1 - INERTIA) * rate;
  }

  #adapt(wasTooShort: boolean): void {
    const wanted = wasTooShort
      ? this.#chunkBytes * 2
      : Math.max(this.#rate * CHUNK_BUFFER_MS, this.#chunkBytes * INERTIA);
    this.#chunkBytes = Math.min(MAX_CHUNK_BUFFER_BYTES, Math.max(CHUNK_BUFFER_HIGH_WATER_BYTES, wanted));
  }
}
