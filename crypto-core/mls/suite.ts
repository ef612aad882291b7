/**
 * The one MLS cipher suite of the profile: X-Wing, AES-256-GCM, SHA-512, Ed25519.
 *
 * ts-mls numbers it 83, a private value that another release may change, so the profile knows it by
 * name alone. HKDF runs on noble, synchronously: the library's path costs two WebCrypto calls for
 * each derivation. HPKE runs on the platform's primitives (hpke.ts). Signature keys are imported once per key object.
 */
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { getCiphersuiteFromName, getCiphersuiteImpl } from 'ts-mls';
import type { CiphersuiteImpl, Kdf, Signature } from 'ts-mls';
import { xWingHpke } from './hpke.ts';
import { signWithLeafKey, verifyWithLeafKey } from './leaf-signature.ts';

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
  return { ...suite, hpke: xWingHpke, kdf: hkdfSha512, signature: withCachedKeys(suite.signature) };
}

const hkdfSha512: Kdf = {
  size: 64,
  extract: async (salt, ikm) => extract(sha512, ikm, salt),
  expand: async (prk, info, length) => expand(sha512, prk, info, length),
};

function withCachedKeys(signature: Signature): Signature {
  return { keygen: () => signature.keygen(), sign: signWithLeafKey, verify: verifyWithLeafKey };
}
