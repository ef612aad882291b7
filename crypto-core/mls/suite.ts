/**
 * The one MLS cipher suite of the profile: X-Wing, AES-256-GCM, SHA-512, Ed25519.
 *
 * ts-mls numbers it 83, a private value that another release may change, so the profile knows it by
 * name alone. HKDF runs on noble, synchronously: the library's path costs two WebCrypto calls for
 * each of the five derivations of a message. Signature keys are imported once per key object.
 */
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { getCiphersuiteFromName, getCiphersuiteImpl } from 'ts-mls';
import type { CiphersuiteImpl, Kdf, Signature } from 'ts-mls';
import { source } from '../bytes/source.ts';

/** The profile's name of the suite; stored and compared by name. */
export const MLS_SUITE = 'MLS_256_XWING_AES256GCM_SHA512_Ed25519';

let loading: Promise<CiphersuiteImpl> | undefined;

/** The suite, loaded once. */
export function loadMlsSuite(): Promise<CiphersuiteImpl> {
  loading ??= createSuite();
  return loading;
}

async function createSuite(): Promise<CiphersuiteImpl> {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName(MLS_SUITE));
  return { ...suite, kdf: hkdfSha512, signature: withCachedKeys(suite.signature) };
}

const hkdfSha512: Kdf = {
  size: 64,
  extract: async (salt, ikm) => extract(sha512, ikm, salt),
  expand: async (prk, info, length) => expand(sha512, prk, info, length),
};

function withCachedKeys(signature: Signature): Signature {
  const signKeys = new WeakMap<Uint8Array, CryptoKey>();
  const verifyKeys = new WeakMap<Uint8Array, CryptoKey>();
  return {
    keygen: () => signature.keygen(),
    async sign(pkcs8, message) {
      const key = signKeys.get(pkcs8) ?? (await importSignKey(pkcs8));
      signKeys.set(pkcs8, key);
      return new Uint8Array(await crypto.subtle.sign('Ed25519', key, source(message)));
    },
    async verify(publicKey, message, sig) {
      const key = verifyKeys.get(publicKey) ?? (await importVerifyKey(publicKey));
      verifyKeys.set(publicKey, key);
      return crypto.subtle.verify('Ed25519', key, source(sig), source(message));
    },
  };
}

function importSignKey(pkcs8: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', source(pkcs8), 'Ed25519', false, ['sign']);
}

function importVerifyKey(publicKey: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', source(publicKey), 'Ed25519', false, ['verify']);
}
