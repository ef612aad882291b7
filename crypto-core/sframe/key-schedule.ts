/**
 * Keys of one KID (RFC 9605 §4.4.2):
 *
 *     secret = HKDF-Extract("", base key)
 *     key    = HKDF-Expand(secret, "SFrame 1.0 Secret key "  ‖ KID u64 ‖ suite u16, Nk)
 *     salt   = HKDF-Expand(secret, "SFrame 1.0 Secret salt " ‖ KID u64 ‖ suite u16, Nn)
 *
 * KID and suite are in the label, so one base key serves many tracks and no key belongs to two suites.
 */
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concat } from '../bytes/concat.ts';
import { utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';
import { encodeU64 } from './header.ts';
import type { SFrameSuite } from './suites.ts';

/** Nn of every suite. */
export const SFRAME_NONCE_BYTES = 12;

const KEY_LABEL = utf8('SFrame 1.0 Secret key ');
const SALT_LABEL = utf8('SFrame 1.0 Secret salt ');
const NO_SALT = new Uint8Array(0);

/** The caller wipes all of it. */
export interface SFrameKeyMaterial {
  /** AES key, followed by the HMAC key if the suite has one. */
  readonly key: Uint8Array;
  /** 12 bytes. */
  readonly salt: Uint8Array;
}

/** sframe_secret: 32 or 64 bytes, which the caller wipes. */
export function deriveSFrameSecret(suite: SFrameSuite, baseKey: Uint8Array): Uint8Array {
  return extract(hashOf(suite), baseKey, NO_SALT);
}

/** sframe_key and sframe_salt of a KID. `baseKey` stays the caller's. */
export function deriveSFrameKey(suite: SFrameSuite, kid: bigint, baseKey: Uint8Array): SFrameKeyMaterial {
  const secret = deriveSFrameSecret(suite, baseKey);
  const suffix = concat(encodeU64(kid), Uint8Array.of(0, suite.id));
  const keyBytes = suite.aesKeyBytes + suite.macKeyBytes;
  const key = expand(hashOf(suite), secret, concat(KEY_LABEL, suffix), keyBytes);
  const salt = expand(hashOf(suite), secret, concat(SALT_LABEL, suffix), SFRAME_NONCE_BYTES);
  wipe(secret);
  return { key, salt };
}

/** nonce = salt xor CTR, right-aligned (RFC 9605 §4.4.3). */
export function deriveSFrameNonce(salt: Uint8Array, ctr: bigint): Uint8Array<ArrayBuffer> {
  const nonce = concat(new Uint8Array(SFRAME_NONCE_BYTES - 8), encodeU64(ctr));
  for (let i = 0; i < SFRAME_NONCE_BYTES; i++) nonce[i] = (nonce[i] as number) ^ (salt[i] as number);
  return nonce;
}

function hashOf(suite: SFrameSuite): Parameters<typeof extract>[0] {
  return suite.hash === 'SHA-256' ? sha256 : sha512;
}
