/**
 * Strict base64url without padding (RFC 4648 §5): one text per byte string. No padding, no white
 * space, no non-zero trailing bits, so that no value has a second form of itself in a transcript.
 */
import { decodeUtf8, utf8 } from './utf8.ts';

const CODES = utf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const INVALID = 0xff;
const VALUES = new Uint8Array(128).fill(INVALID);
for (const [value, code] of CODES.entries()) VALUES[code] = value;

/** base64url text of `bytes`. */
export function encodeBase64Url(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let [i, offset] = [0, 0];
  for (; i + 2 < bytes.length; i += 3) {
    const group = (at(bytes, i) << 16) | (at(bytes, i + 1) << 8) | at(bytes, i + 2);
    text[offset++] = digit(group >> 18);
    text[offset++] = digit(group >> 12);
    text[offset++] = digit(group >> 6);
    text[offset++] = digit(group);
  }
  const rest = bytes.length - i;
  if (rest > 0) {
    const group = (at(bytes, i) << 16) | (rest === 2 ? at(bytes, i + 1) << 8 : 0);
    text[offset++] = digit(group >> 18);
    text[offset++] = digit(group >> 12);
    if (rest === 2) text[offset] = digit(group >> 6);
  }
  return decodeUtf8(text);
}

/** Bytes of strict base64url; throws a SyntaxError on anything else. */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 === 1) throw new SyntaxError('base64url length');
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let buffer = 0;
  let bits = 0;
  let offset = 0;
  for (let i = 0; i < text.length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? INVALID;
    if (value === INVALID) throw new SyntaxError('base64url character');
    buffer = ((buffer << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[offset++] = (buffer >> bits) & 0xff;
    }
  }
  if ((buffer & ((1 << bits) - 1)) !== 0) throw new SyntaxError('base64url trailing bits');
  return bytes;
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

/** The character code of six bits. */
function digit(value: number): number {
  return CODES[value & 63] as number;
}
