/**
 * HMAC-SHA-256 (RFC 2104) of several short messages under one key, on @noble/hashes' compression function.
 *
 * The library makes two hash objects for each call and hashes the padded key each time. Ratchets ask for two or three
 * MACs of one key, tens of thousands of times: here both padded keys are hashed once, into hash objects that stay.
 * Nothing of a key stays in them: they are cleared before the call returns, whatever happens.
 */
import { sha256 } from '@noble/hashes/sha2.js';

const BLOCK_BYTES = 64;
const TAG_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

const start = sha256.create();
const innerKey = sha256.create();
const outerKey = sha256.create();
const work = sha256.create();
const block = new Uint8Array(BLOCK_BYTES);

/** Makes one MAC, 32 bytes in a new array. */
export type Mac = (message: Uint8Array) => Uint8Array<ArrayBuffer>;

/** Lends `use` a MAC under `key`, for the duration of the call alone. It must not be asked for another key in it. */
export function withHmacSha256<T>(key: Uint8Array, use: (mac: Mac) => T): T {
  const shortKey = key.length > BLOCK_BYTES ? sha256(key) : key;
  try {
    hashPaddedKey(shortKey, INNER_PAD, innerKey);
    hashPaddedKey(shortKey, OUTER_PAD, outerKey);
    return use(mac);
  } finally {
    block.fill(0);
    innerKey.destroy();
    outerKey.destroy();
    work.destroy();
  }
}

function hashPaddedKey(key: Uint8Array, pad: number, into: typeof innerKey): void {
  block.fill(pad);
  for (let i = 0; i < key.length; i++) block[i] = (key[i] as number) ^ pad;
  start._cloneInto(into).update(block);
}

function mac(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const tag = new Uint8Array(TAG_BYTES);
  innerKey._cloneInto(work).update(message).digestInto(tag);
  outerKey._cloneInto(work).update(tag).digestInto(tag);
  return tag;
}
