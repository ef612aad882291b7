/** The RFC 9420 §17.1 suites of the published vectors, all seven, as ts-mls wants them. */
import { getCiphersuiteFromName, getCiphersuiteImpl } from 'ts-mls';
import type { CiphersuiteImpl, CiphersuiteName } from 'ts-mls';
import { ciphersuites } from 'ts-mls';
import { makeHashImpl } from 'ts-mls/crypto/implementation/default/makeHashImpl.js';
import { makeKdf, makeKdfImpl } from 'ts-mls/crypto/implementation/default/makeKdfImpl.js';
import { makeNobleSignatureImpl } from 'ts-mls/crypto/implementation/default/makeNobleSignatureImpl.js';
import { defaultRng } from 'ts-mls/crypto/implementation/default/rng.js';
import { decodeHex } from '../../bytes/hex.ts';
import { createNobleHpke } from './noble-hpke.ts';
import type { NobleHpkeParameters } from './noble-hpke.ts';

/** Suites whose KEM or AEAD is an optional package that is not installed. */
const OWN_HPKE: Readonly<Record<number, NobleHpkeParameters>> = {
  3: { kem: 'X25519', hash: 'SHA-256', aead: 'ChaCha20-Poly1305' },
  4: { kem: 'X448', hash: 'SHA-512', aead: 'AES-256-GCM' },
  6: { kem: 'X448', hash: 'SHA-512', aead: 'ChaCha20-Poly1305' },
};

const loading = new Map<number, Promise<CiphersuiteImpl>>();

/** The name of a suite's number in the RFC. */
export function suiteName(id: number): CiphersuiteName {
  const names = Object.keys(ciphersuites) as CiphersuiteName[];
  const name = names.find(candidate => ciphersuites[candidate] === id);
  if (name === undefined) throw new Error(`no suite ${id}`);
  return name;
}

/** The suite of this number, loaded once. */
export function loadVectorSuite(id: number): Promise<CiphersuiteImpl> {
  const loaded = loading.get(id) ?? createSuite(id);
  loading.set(id, loaded);
  return loaded;
}

async function createSuite(id: number): Promise<CiphersuiteImpl> {
  const suite = getCiphersuiteFromName(suiteName(id));
  const own = OWN_HPKE[id];
  if (own === undefined) return getCiphersuiteImpl(suite);
  return {
    hash: makeHashImpl(crypto.subtle, suite.hash),
    kdf: makeKdfImpl(makeKdf(suite.hpke.kdf)),
    signature: await makeNobleSignatureImpl(suite.signature),
    hpke: createNobleHpke(own),
    rng: defaultRng,
    name: suite.name,
  };
}

/** A signature key of a vector. Their P-521 scalars lack leading zeros; @noble/curves wants all 66 bytes. */
export function decodeSignatureKey(hex: string, suite: number): Uint8Array {
  return decodeHex(suite === 5 ? hex.padStart(132, '0') : hex);
}

/** The value that a decoder makes of all of `bytes`. */
export function decodeAll<T>(
  decode: (bytes: Uint8Array, offset: number) => [T, number] | undefined,
  bytes: Uint8Array,
): T {
  const decoded = decode(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length) throw new Error('does not decode whole');
  return decoded[0];
}
