/** Big-endian integers, byte by byte: short-lived DataViews cost more than the bytes. */

/** `value` as 4 bytes. Throws a RangeError outside 0 … 2^32−1. */
export function u32(value: number): Uint8Array<ArrayBuffer> {
  assertInteger(value, 0xffff_ffff);
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return bytes;
}

/** `value` as 8 bytes. Throws a RangeError outside 0 … 2^53−1. */
export function u64(value: number): Uint8Array<ArrayBuffer> {
  assertInteger(value, Number.MAX_SAFE_INTEGER);
  const bytes = new Uint8Array(8);
  writeU32(bytes, 0, Math.floor(value / 0x1_0000_0000));
  writeU32(bytes, 4, value % 0x1_0000_0000);
  return bytes;
}

/** The u32 at `offset`; throws a RangeError beyond the end. */
export function readU32(bytes: Uint8Array, offset: number): number {
  if (!Number.isInteger(offset) || offset < 0 || offset + 4 > bytes.length)
    throw new RangeError('u32 beyond the end');
  const at = (index: number): number => bytes[offset + index] as number;
  return ((at(0) << 24) | (at(1) << 16) | (at(2) << 8) | at(3)) >>> 0;
}

/** The u64 at `offset`; throws a RangeError beyond the end or above 2^53−1. */
export function readU64(bytes: Uint8Array, offset: number): number {
  const high = readU32(bytes, offset);
  if (high > 0x1f_ffff) throw new RangeError('u64 above 2^53-1');
  return high * 0x1_0000_0000 + readU32(bytes, offset + 4);
}

function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

function assertInteger(value: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new RangeError('integer out of range');
}
