/**
 * SHA-256, HMAC-SHA-256 and HKDF-SHA-256 (RFC 5869), and the profile's one labelled derivation.
 *
 * Synchronous on purpose: ratchets derive many short keys, and each WebCrypto call costs more than
 * the hash itself. All outputs are new arrays that the caller owns and wipes.
 */
import { expand, extract, hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concat } from './concat.ts';
import { utf8 } from './utf8.ts';

/** Byte length of SHA-256 outputs and of all derived keys. */
export const HASH_BYTES = 32;

const ZERO_BYTE = new Uint8Array(1);
const labelPrefixes = new Map<string, Uint8Array>();

/** SHA-256 of the concatenated parts: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return nobleSha256(parts[0] as Uint8Array) as Uint8Array<ArrayBuffer>;
  const hash = nobleSha256.create();
  for (const part of parts) hash.update(part);
  return hash.digest() as Uint8Array<ArrayBuffer>;
}

/** HMAC-SHA-256 of `message`: 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  return hmac(nobleSha256, key, message) as Uint8Array<ArrayBuffer>;
}

/** HKDF-Extract (RFC 5869 §2.2): 32 bytes. An empty salt is 32 zero bytes. */
export function hkdfExtract(salt: Uint8Array, ikm: Uint8Array): Uint8Array<ArrayBuffer> {
  return extract(nobleSha256, ikm, salt) as Uint8Array<ArrayBuffer>;
}

/** HKDF-Expand (RFC 5869 §2.3) to `length` bytes (at most 8,160). */
export function hkdfExpand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  return expand(nobleSha256, key, info, length) as Uint8Array<ArrayBuffer>;
}

/** HKDF, extract and expand, to `length` bytes. */
export function hkdfSha256(input: {
  readonly ikm: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  readonly length: number;
}): Uint8Array<ArrayBuffer> {
  return hkdf(nobleSha256, input.ikm, input.salt, input.info, input.length) as Uint8Array<ArrayBuffer>;
}

/**
 * `L(k, label, ctx)` of SPEC.md: HKDF-Expand(k, "enk/v1 " ‖ label ‖ 0x00 ‖ SHA-256(ctx), 32).
 * `label` is one of the profile's constants, never input of a peer.
 */
export function deriveKey(key: Uint8Array, label: string, ctx: Uint8Array): Uint8Array<ArrayBuffer> {
  let prefix = labelPrefixes.get(label);
  if (prefix === undefined) {
    prefix = concat(utf8(`enk/v1 ${label}`), ZERO_BYTE);
    labelPrefixes.set(label, prefix);
  }
  return hkdfExpand(key, concat(prefix, sha256(ctx)), HASH_BYTES);
}
