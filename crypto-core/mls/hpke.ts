/**
 * HPKE (RFC 9180), base mode, single-shot, for the one suite of the profile: X-Wing, HKDF-SHA-512, AES-256-GCM. It
 * stands in for ts-mls's own, which runs X-Wing in JavaScript; each opens what the other seals.
 *
 *     suite_id = "HPKE" ‖ 0x647a ‖ 0x0003 ‖ 0x0002
 *     context  = 0x00 ‖ LabeledExtract("", "psk_id_hash", "") ‖ LabeledExtract("", "info_hash", info)
 *     secret   = LabeledExtract(shared secret, "secret", "")
 *     key, base nonce, exporter secret = LabeledExpand(secret, "key" | "base_nonce" | "exp", context)
 *
 * Keys are ts-mls's opaque handles: nobody but this module looks inside.
 */
import type { CiphersuiteImpl, PrivateKey, PublicKey } from 'ts-mls';
import { concat } from '../bytes/concat.ts';
import { isAllZero } from '../bytes/equal.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import {
  aesGcmDecrypt,
  aesGcmEncrypt,
  AES_KEY_BYTES,
  GCM_NONCE_BYTES,
  importAesKey,
} from '../primitives/aes-gcm.ts';
import { importExpandKey, MLS_HASH_BYTES } from './expand-with-label.ts';
import {
  decapsulateXWing,
  deriveXWingSeed,
  encapsulateXWing,
  X_WING_PUBLIC_KEY_BYTES,
  X_WING_SEED_BYTES,
  xWingPublicKey,
} from './x-wing.ts';

type Hpke = CiphersuiteImpl['hpke'];

const VERSION_AND_SUITE = concat(utf8('HPKE-v1'), utf8('HPKE'), Uint8Array.of(0x64, 0x7a, 0, 3, 0, 2));
const BASE_MODE = new Uint8Array(1);
const EMPTY = new Uint8Array(0);
/** HMAC with no key is HMAC with a block of zeros; some platforms import no empty key. */
const NO_SALT = new Uint8Array(MLS_HASH_BYTES);
/** HKDF-Expand's block index: one block is the most that is asked for. */
const FIRST_BLOCK = Uint8Array.of(1);

/** The suite's HPKE for ts-mls. Each method throws `protocol-error` for what a peer could have sent wrong. */
export const xWingHpke: Hpke = {
  keyLength: AES_KEY_BYTES,
  nonceLength: GCM_NONCE_BYTES,

  async seal(publicKey, plaintext, info, aad = EMPTY) {
    const { ciphertext: enc, sharedSecret } = await encapsulateXWing(bytesOf(publicKey, 'public'));
    const input = await messageKey(sharedSecret, info, aad);
    return { ct: await aesGcmEncrypt(input, plaintext), enc };
  },

  async open(privateKey, kemOutput, ciphertext, info, aad = EMPTY) {
    const sharedSecret = await decapsulateXWing(bytesOf(privateKey, 'private'), kemOutput);
    return aesGcmDecrypt(await messageKey(sharedSecret, info, aad), ciphertext);
  },

  async exportSecret(publicKey, exporterContext, length, info) {
    const { ciphertext: enc, sharedSecret } = await encapsulateXWing(bytesOf(publicKey, 'public'));
    return { enc, secret: await exportFrom(sharedSecret, info, exporterContext, length) };
  },

  async importSecret(privateKey, exporterContext, kemOutput, length, info) {
    const sharedSecret = await decapsulateXWing(bytesOf(privateKey, 'private'), kemOutput);
    return exportFrom(sharedSecret, info, exporterContext, length);
  },

  generateKeyPair: () => keyPairOf(randomBytes(X_WING_SEED_BYTES)),
  deriveKeyPair: async ikm => keyPairOf(deriveXWingSeed(ikm)),

  // No copies of seeds: who wipes a private key's bytes wipes them everywhere.
  importPrivateKey: async bytes => asPrivateKey(bytes),
  importPublicKey: async bytes => asPublicKey(bytes.slice()),
  exportPrivateKey: async key => bytesOf(key, 'private'),
  exportPublicKey: async key => bytesOf(key, 'public').slice(),

  async encryptAead(key, nonce, aad = EMPTY, plaintext) {
    return aesGcmEncrypt({ key: await importAesKey(key), nonce, associatedData: aad }, plaintext);
  },
  async decryptAead(key, nonce, aad = EMPTY, ciphertext) {
    return aesGcmDecrypt({ key: await importAesKey(key), nonce, associatedData: aad }, ciphertext);
  },
};

/** What a handle of ts-mls is here: the raw bytes of a key. */
interface KeyHandle {
  readonly type: 'private' | 'public';
  readonly bytes: Uint8Array;
}

function asPrivateKey(bytes: Uint8Array): PrivateKey {
  if (bytes.length !== X_WING_SEED_BYTES) throw new CryptoCoreError('protocol-error');
  // A seed of zeros is a wiped one: what it would open, everybody could.
  if (isAllZero(bytes)) throw new CryptoCoreError('invalid-argument');
  const handle: KeyHandle = { type: 'private', bytes };
  return handle as unknown as PrivateKey;
}

function asPublicKey(bytes: Uint8Array): PublicKey {
  if (bytes.length !== X_WING_PUBLIC_KEY_BYTES) throw new CryptoCoreError('protocol-error');
  const handle: KeyHandle = { type: 'public', bytes };
  return handle as unknown as PublicKey;
}

function bytesOf(key: PrivateKey | PublicKey, type: KeyHandle['type']): Uint8Array {
  const handle = key as unknown as Partial<KeyHandle>;
  if (handle.type !== type || !(handle.bytes instanceof Uint8Array)) throw new CryptoCoreError('internal');
  return handle.bytes;
}

async function keyPairOf(seed: Uint8Array): Promise<{ privateKey: PrivateKey; publicKey: PublicKey }> {
  return { privateKey: asPrivateKey(seed), publicKey: asPublicKey(await xWingPublicKey(seed)) };
}

/** Wipes `sharedSecret`. */
async function messageKey(
  sharedSecret: Uint8Array,
  info: Uint8Array,
  associatedData: Uint8Array,
): Promise<{ readonly key: CryptoKey; readonly nonce: Uint8Array; readonly associatedData: Uint8Array }> {
  const { secret, context } = await schedule(sharedSecret, info);
  const [keyBytes, nonce] = await Promise.all([
    labeledExpand(secret, 'key', context, AES_KEY_BYTES),
    labeledExpand(secret, 'base_nonce', context, GCM_NONCE_BYTES),
  ]);
  const key = await importAesKey(keyBytes);
  wipe(keyBytes);
  return { key, nonce, associatedData };
}

/** HPKE's Export of up to 64 bytes. Wipes `sharedSecret`. */
async function exportFrom(
  sharedSecret: Uint8Array,
  info: Uint8Array,
  exporterContext: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  if (length > MLS_HASH_BYTES) throw new CryptoCoreError('invalid-argument');
  const { secret, context } = await schedule(sharedSecret, info);
  const exporterSecret = await labeledExpand(secret, 'exp', context, MLS_HASH_BYTES);
  const exported = await labeledExpand(await importExpandKey(exporterSecret), 'sec', exporterContext, length);
  wipe(exporterSecret);
  return exported;
}

let noPskHash: Promise<Uint8Array> | undefined;

async function schedule(
  sharedSecret: Uint8Array,
  info: Uint8Array,
): Promise<{ readonly secret: CryptoKey; readonly context: Uint8Array }> {
  noPskHash ??= labeledExtract(NO_SALT, 'psk_id_hash', EMPTY);
  const infoHash = await labeledExtract(NO_SALT, 'info_hash', info);
  const secretBytes = await labeledExtract(sharedSecret, 'secret', EMPTY);
  const secret = await importExpandKey(secretBytes);
  wipe(sharedSecret, secretBytes);
  return { secret, context: concat(BASE_MODE, await noPskHash, infoHash) };
}

async function labeledExtract(salt: Uint8Array, label: string, ikm: Uint8Array): Promise<Uint8Array> {
  const key = await importExpandKey(salt);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, concat(VERSION_AND_SUITE, utf8(label), ikm)));
}

async function labeledExpand(
  key: CryptoKey,
  label: string,
  info: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  const size = Uint8Array.of(length >>> 8, length);
  const input = concat(size, VERSION_AND_SUITE, utf8(label), info, FIRST_BLOCK);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, input), 0, length);
}
