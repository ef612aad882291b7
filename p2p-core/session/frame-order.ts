/**
 * Frames of one link that go over several connections, and their one order. Once a side has begun, each of its frames
 * carries a number, and the first one goes by the link itself, behind all that had none. P2P-STR-01.
 *
 *     numbered = 0x53 ‖ u64 number ‖ frame          (a frame by itself begins with its version, 0x01)
 *
 * The number orders and authenticates nothing: a frame in another place than its counter says does not open.
 */
import { MAX_OPEN_QUEUE_BYTES, MAX_UNORDERED_FRAMES } from '../limits.ts';

const MARK = 0x53;
const HEADER_BYTES = 9;

/** A frame behind its number. */
export function numberFrame(number: number, frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + frame.length);
  bytes[0] = MARK;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(number));
  bytes.set(frame, HEADER_BYTES);
  return bytes;
}

/** The receiving end. */
export class FrameOrder {
  /** Null until the first number came. */
  #next: number | null = null;
  readonly #waiting = new Map<number, Uint8Array>();
  #waitingBytes = 0;

  /**
   * Takes a message and gives the frames whose turn it is now. Null: it breaks the rules, by a number that was there or
   * is too far ahead, by one that is missing, or by more than may wait.
   */
  accept(bytes: Uint8Array, isOfLink: boolean): readonly Uint8Array[] | null {
    if (bytes[0] !== MARK) return this.#next === null && isOfLink ? [bytes] : null;
    const number = readNumber(bytes);
    const next = this.#next ?? 0;
    const isTooFar = number === null || number < next || number - next >= MAX_UNORDERED_FRAMES;
    if (isTooFar || this.#waiting.has(number)) return null;
    // What had no number came by the link, and so did the first that has one.
    if (number === 0 && !isOfLink) return null;
    this.#waiting.set(number, bytes.subarray(HEADER_BYTES));
    this.#waitingBytes += bytes.length;
    const ready = this.#takeReady(number === 0 || this.#next !== null);
    return this.#waitingBytes > MAX_OPEN_QUEUE_BYTES ? null : ready;
  }

  #takeReady(hasBegun: boolean): readonly Uint8Array[] {
    if (!hasBegun) return [];
    const ready: Uint8Array[] = [];
    let next = this.#next ?? 0;
    for (let frame = this.#waiting.get(next); frame !== undefined; frame = this.#waiting.get(next)) {
      this.#waiting.delete(next++);
      this.#waitingBytes -= HEADER_BYTES + frame.length;
      ready.push(frame);
    }
    this.#next = next;
    return ready;
  }

  /** Frees what waits. */
  close(): void {
    this.#waiting.clear();
  }
}

function readNumber(bytes: Uint8Array): number | null {
  if (bytes.length <= HEADER_BYTES) return null;
  const number = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(1);
  return number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : null;
}
