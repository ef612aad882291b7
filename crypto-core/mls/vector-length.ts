/**
 * Variable-size vectors `opaque x<V>` (RFC 9420 §2.1.2): a length of 1, 2 or 4 bytes, then the bytes.
 *
 * The decoder takes the shortest form of a length only, as the RFC demands.
 */
import { CryptoCoreError } from '../errors.ts';

const ONE_BYTE_LIMIT = 2 ** 6;
const TWO_BYTE_LIMIT = 2 ** 14;
const FOUR_BYTE_LIMIT = 2 ** 30;

/** How many bytes the length of a vector of `sizeBytes` takes. Throws `invalid-argument` from 2^30 on. */
export function vectorLengthSize(sizeBytes: number): 1 | 2 | 4 {
  if (sizeBytes < ONE_BYTE_LIMIT) return 1;
  if (sizeBytes < TWO_BYTE_LIMIT) return 2;
  if (sizeBytes < FOUR_BYTE_LIMIT) return 4;
  throw new CryptoCoreError('invalid-argument');
}

/** Writes the length of a vector of `sizeBytes` at `offset`; the offset behind it. */
export function writeVectorLength(bytes: Uint8Array, offset: number, sizeBytes: number): number {
  const lengthSize = vectorLengthSize(sizeBytes);
  for (let i = 0; i < lengthSize; i++) bytes[offset + i] = sizeBytes >>> (8 * (lengthSize - 1 - i));
  bytes[offset] = (bytes[offset] as number) | (lengthSize === 1 ? 0x00 : lengthSize === 2 ? 0x40 : 0x80);
  return offset + lengthSize;
}

/** Writes length and bytes of `data` at `offset`; the offset behind them. */
export function writeVector(bytes: Uint8Array, offset: number, data: Uint8Array): number {
  const start = writeVectorLength(bytes, offset, data.length);
  bytes.set(data, start);
  return start + data.length;
}

/** `data` as a vector, in a new array. */
export function encodeVector(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(vectorLengthSize(data.length) + data.length);
  writeVector(bytes, 0, data);
  return bytes;
}

/**
 * The vector at `offset`: a view of its bytes, and the offset behind them. Throws `protocol-error` beyond the end,
 * for a length that is not in its shortest form, and for the 8-byte prefix.
 */
export function readVector(
  bytes: Uint8Array,
  offset: number,
): { readonly data: Uint8Array; readonly end: number } {
  const first = bytes[offset];
  if (first === undefined || first >= 0xc0) return fail();
  const lengthSize = 1 << (first >>> 6);
  let sizeBytes = first & 0x3f;
  for (let i = 1; i < lengthSize; i++) {
    const next = bytes[offset + i];
    if (next === undefined) return fail();
    sizeBytes = sizeBytes * 256 + next;
  }
  const end = offset + lengthSize + sizeBytes;
  if (vectorLengthSize(sizeBytes) !== lengthSize || end > bytes.length) return fail();
  return { data: bytes.subarray(offset + lengthSize, end), end };
}

function fail(): never {
  throw new CryptoCoreError('protocol-error');
}
