/** Big-endian integers. `.buffer` is read only together with the view's offset. */

/** `value` as 4 bytes. Throws a RangeError outside 0 … 2^32−1. */
export function u32(value: number): Uint8Array<ArrayBuffer> {
  assertInteger(value, 0xffff_ffff);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** `value` as 8 bytes. Throws a RangeError outside 0 … 2^53−1. */
export function u64(value: number): Uint8Array<ArrayBuffer> {
  assertInteger(value, Number.MAX_SAFE_INTEGER);
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(value / 0x1_0000_0000));
  view.setUint32(4, value % 0x1_0000_0000);
  return bytes;
}

/** The u32 at `offset`; throws a RangeError beyond the end. */
export function readU32(bytes: Uint8Array, offset: number): number {
  return viewOf(bytes).getUint32(offset);
}

/** The u64 at `offset`; throws a RangeError beyond the end or above 2^53−1. */
export function readU64(bytes: Uint8Array, offset: number): number {
  const view = viewOf(bytes);
  const high = view.getUint32(offset);
  if (high > 0x1f_ffff) throw new RangeError('u64 above 2^53-1');
  return high * 0x1_0000_0000 + view.getUint32(offset + 4);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function assertInteger(value: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new RangeError('integer out of range');
}
