/**
 * Large buffers that live for one step of the cascade. A fresh one of 64 KiB costs about as much as encrypting it: the
 * platform maps and clears new pages for each. These are kept, cleared, and lent again.
 *
 * A borrower that never gives back loses nothing: its buffer goes with its last reference. Giving back ends every
 * use of the bytes, so only who made them or was handed them for good may do it.
 */

/** Smaller buffers are cheap to make. */
const SMALLEST_BYTES = 8_192;
/** Beyond any frame; not kept. */
const LARGEST_BYTES = 524_288;
/** Sizes are rounded up to multiples, so that buffers of one bucket serve its every layer. */
const GRAIN_BYTES = 16_384;
/** A step has at most three at once; others run beside it. */
const KEPT_BUFFERS = 6;

const free: Uint8Array<ArrayBuffer>[] = [];
const lent = new WeakSet<Uint8Array>();

/** `sizeBytes` zero bytes, as `new Uint8Array` gives them; a view of a larger buffer that may be given back. */
export function borrow(sizeBytes: number): Uint8Array<ArrayBuffer> {
  if (sizeBytes < SMALLEST_BYTES || sizeBytes > LARGEST_BYTES) return new Uint8Array(sizeBytes);
  const index = free.findIndex(({ length }) => length >= sizeBytes);
  const found = index < 0 ? undefined : free.splice(index, 1)[0];
  const whole = found ?? new Uint8Array(Math.ceil(sizeBytes / GRAIN_BYTES) * GRAIN_BYTES);
  const bytes = whole.subarray(0, sizeBytes);
  lent.add(bytes);
  return bytes;
}

/**
 * Wipes what `borrow` gave, to be lent again. Does nothing with any other bytes, with a view of borrowed ones, or for
 * the second time: so a mistake here cannot take a buffer from its next borrower.
 */
export function giveBack(bytes: Uint8Array): void {
  if (!lent.delete(bytes)) return;
  bytes.fill(0);
  if (free.length < KEPT_BUFFERS) free.push(new Uint8Array(bytes.buffer as ArrayBuffer));
}

/** The parts one after the other, borrowed. */
export function concatBorrowed(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += part.length;
  const joined = borrow(sizeBytes);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
