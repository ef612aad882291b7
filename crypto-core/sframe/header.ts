/**
 * The SFrame header (RFC 9605 §4.3): which key, which counter.
 *
 *     config  X(1) K(3) Y(1) C(3)     X = 0: K is the KID itself (0 … 7)     X = 1: K + 1 bytes of KID follow
 *                                     Y and C: the same for the CTR, which follows the KID
 *
 * Both are u64, big-endian, in the least number of bytes. There is one encoding of a header: the decoder refuses
 * every other, so that nobody can vary a header that is bound as associated data.
 */
import { concat } from '../bytes/concat.ts';
import { CryptoCoreError } from '../errors.ts';

/** Config byte, and at most 8 bytes for each of KID and CTR. */
export const SFRAME_HEADER_MAX_BYTES = 17;

const U64_MAX = (1n << 64n) - 1n;
/** The largest value that fits into the config byte. */
const INLINE_MAX = 7n;
const LONG_FORM = 0x08;

/** KID and CTR: unsigned 64-bit integers. */
export interface SFrameHeader {
  readonly kid: bigint;
  readonly ctr: bigint;
}

/** A header with the number of bytes that it takes. */
export interface DecodedSFrameHeader extends SFrameHeader {
  /** 1 … 17. */
  readonly sizeBytes: number;
}

/** 1 to 17 bytes. Throws `invalid-argument` for anything but two unsigned 64-bit integers. */
export function encodeSFrameHeader({ kid, ctr }: SFrameHeader): Uint8Array<ArrayBuffer> {
  const [k, c] = [encodeField(kid), encodeField(ctr)];
  return concat(Uint8Array.of((k.bits << 4) | c.bits), k.bytes, c.bytes);
}

/** The header at the start of `frame`. Throws `protocol-error` when it is truncated or not the shortest form. */
export function decodeSFrameHeader(frame: Uint8Array): DecodedSFrameHeader {
  const config = frame[0];
  if (config === undefined) throw new CryptoCoreError('protocol-error');
  const kid = decodeField(frame, 1, config >> 4);
  const ctr = decodeField(frame, kid.end, config & 0x0f);
  return { kid: kid.value, ctr: ctr.value, sizeBytes: ctr.end };
}

function encodeField(value: bigint): { readonly bits: number; readonly bytes: Uint8Array } {
  if (value < 0n || value > U64_MAX) throw new CryptoCoreError('invalid-argument');
  if (value <= INLINE_MAX) return { bits: Number(value), bytes: new Uint8Array(0) };
  const bytes = encodeU64(value);
  const shortest = bytes.subarray(bytes.findIndex(byte => byte !== 0));
  return { bits: LONG_FORM | (shortest.length - 1), bytes: shortest };
}

/** `bits`: a flag and three bits that are the value or its length minus one. */
function decodeField(
  frame: Uint8Array,
  start: number,
  bits: number,
): { readonly value: bigint; readonly end: number } {
  if ((bits & LONG_FORM) === 0) return { value: BigInt(bits), end: start };
  const end = start + (bits & 0x07) + 1;
  if (frame.length < end) throw new CryptoCoreError('protocol-error');
  const bytes = frame.subarray(start, end);
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  if (bytes[0] === 0 || value <= INLINE_MAX) throw new CryptoCoreError('protocol-error');
  return { value, end };
}

/** 8 bytes, big-endian. */
export function encodeU64(value: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}
