/**
 * SHA-256, HMAC-SHA-256 and HKDF-SHA-256 (RFC 5869), and the profile's one labelled derivation.
 *
 * Synchronous on purpose: ratchets derive many short keys, and each WebCrypto call costs more than
 * the hash itself. All outputs are new arrays that the caller owns and wipes.
 */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concat } from './concat.ts';
import { withHmacSha256 } from './hmac-sha256.ts';
import type { Mac } from './hmac-sha256.ts';
import { utf8 } from './utf8.ts';
import { wipe } from './wipe.ts';

/** Byte length of SHA-256 outputs and of all derived keys. */
export const HASH_BYTES = 32;

/** RFC 5869 §2.3: the block index is one byte. */
const MAX_BLOCKS = 255;
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
  return withHmacSha256(key, mac => mac(message));
}

/** HMAC-SHA-256 of two messages under one key, 32 bytes each: what a step of a symmetric ratchet takes. */
export function hmacSha256Pair(
  key: Uint8Array,
  first: Uint8Array,
  second: Uint8Array,
): readonly [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] {
  return withHmacSha256(key, mac => [mac(first), mac(second)] as const);
}

/** HKDF-Extract (RFC 5869 §2.2): 32 bytes. An empty salt is 32 zero bytes. */
export function hkdfExtract(salt: Uint8Array, ikm: Uint8Array): Uint8Array<ArrayBuffer> {
  return hmacSha256(salt, ikm);
}

/** HKDF-Expand (RFC 5869 §2.3) to `length` bytes (at most 8,160, else a RangeError). */
export function hkdfExpand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(length) || length < 0 || length > MAX_BLOCKS * HASH_BYTES)
    throw new RangeError('HKDF length');
  return withHmacSha256(key, mac => expandBlocks(mac, info, length));
}

/** HKDF, extract and expand, to `length` bytes. */
export function hkdfSha256(input: {
  readonly ikm: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  readonly length: number;
}): Uint8Array<ArrayBuffer> {
  const key = hkdfExtract(input.salt, input.ikm);
  const output = hkdfExpand(key, input.info, input.length);
  wipe(key);
  return output;
}

/** T(1) ‖ T(2) ‖ …, T(i) = HMAC(T(i−1) ‖ info ‖ u8 i), cut to `length`. */
function expandBlocks(mac: Mac, info: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(length);
  const message = new Uint8Array(HASH_BYTES + info.length + 1);
  message.set(info, HASH_BYTES);
  for (let offset = 0, index = 1; offset < length; offset += HASH_BYTES, index++) {
    message[message.length - 1] = index;
    const block = mac(index === 1 ? message.subarray(HASH_BYTES) : message);
    message.set(block);
    output.set(block.subarray(0, Math.min(HASH_BYTES, length - offset)), offset);
    wipe(block);
  }
  wipe(message);
  return output;
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
