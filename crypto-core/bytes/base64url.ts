/**
 * Strict base64url without padding (RFC 4648 §5): one text per byte string. No padding, no white
 * space, no non-zero trailing bits, so that no value has a second form of itself in a transcript.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const INVALID = 0xff;
const VALUES = new Uint8Array(128).fill(INVALID);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** base64url text of `bytes`. */
export function encodeBase64Url(bytes: Uint8Array): string {
  let text = '';
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const group = (at(bytes, i) << 16) | (at(bytes, i + 1) << 8) | at(bytes, i + 2);
    text += digit(group >> 18) + digit(group >> 12) + digit(group >> 6) + digit(group);
  }
  const rest = bytes.length - i;
  if (rest === 1) text += digit(at(bytes, i) >> 2) + digit(at(bytes, i) << 4);
  if (rest === 2) {
    const group = (at(bytes, i) << 8) | at(bytes, i + 1);
    text += digit(group >> 10) + digit(group >> 4) + digit(group << 2);
  }
  return text;
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

function digit(value: number): string {
  return ALPHABET.charAt(value & 63);
}
