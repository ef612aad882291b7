/**
 * ML-KEM-768 (FIPS 203): the platform's where it has one, else @noble/post-quantum in software.
 *
 * Private keys are the 64-byte seed d ‖ z, the only form that both paths share. Which path runs is
 * probed once, with a real round trip.
 */
import { ml_kem768 as software } from '@noble/post-quantum/ml-kem.js';
import { ml_kem768 as native } from '@noble/post-quantum/webcrypto.js';
import { randomBytes } from '../bytes/random.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';

export const ML_KEM_SEED_BYTES = 64;
export const ML_KEM_ENCAPSULATION_KEY_BYTES = 1_184;
export const ML_KEM_CIPHERTEXT_BYTES = 1_088;
export const ML_KEM_SHARED_SECRET_BYTES = 32;

/** `seed`: 64 bytes, secret; `encapsulationKey`: 1,184 bytes. */
export interface KemKeyPair {
  readonly seed: Uint8Array;
  readonly encapsulationKey: Uint8Array;
}

/** `ciphertext`: 1,088 bytes; `sharedSecret`: 32 bytes, wiped by the caller. */
export interface Encapsulation {
  readonly ciphertext: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/** One implementation; both are exported for the vector tests. */
export interface KemImplementation {
  readonly name: 'webcrypto' | 'software';
  keyPairFromSeed(seed: Uint8Array): Promise<KemKeyPair>;
  encapsulate(encapsulationKey: Uint8Array): Promise<Encapsulation>;
  decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array>;
}

export const nativeKem: KemImplementation = {
  name: 'webcrypto',
  async keyPairFromSeed(seed) {
    // Not `keygen`: that gives a second copy of the seed, which nobody would wipe.
    return { seed, encapsulationKey: await native.getPublicKey(seed) };
  },
  async encapsulate(encapsulationKey) {
    const { cipherText, sharedSecret } = await native.encapsulate(encapsulationKey);
    return { ciphertext: cipherText, sharedSecret };
  },
  decapsulate: (seed, ciphertext) => native.decapsulate(ciphertext, seed),
};

export const softwareKem: KemImplementation = {
  name: 'software',
  async keyPairFromSeed(seed) {
    const { publicKey, secretKey } = software.keygen(seed);
    wipe(secretKey);
    return { seed, encapsulationKey: publicKey };
  },
  async encapsulate(encapsulationKey) {
    const { cipherText, sharedSecret } = software.encapsulate(encapsulationKey);
    return { ciphertext: cipherText, sharedSecret };
  },
  async decapsulate(seed, ciphertext) {
    const { secretKey } = software.keygen(seed);
    try {
      return software.decapsulate(ciphertext, secretKey);
    } finally {
      wipe(secretKey);
    }
  },
};

let probing: Promise<KemImplementation> | undefined;

/** The implementation in use here. */
export function selectKem(): Promise<KemImplementation> {
  probing ??= native.isSupported().then(isSupported => (isSupported ? nativeKem : softwareKem));
  return probing;
}

/** A fresh key pair. The caller wipes the seed. */
export async function generateKemKeyPair(): Promise<KemKeyPair> {
  const kem = await selectKem();
  return kem.keyPairFromSeed(randomBytes(ML_KEM_SEED_BYTES));
}

/**
 * Encapsulates to a peer's key. Throws `protocol-error` for a wrong length or coefficients that are
 * not reduced (FIPS 203 §7.2, encapsulation key check; both implementations make it).
 */
export async function encapsulate(encapsulationKey: Uint8Array): Promise<Encapsulation> {
  if (encapsulationKey.length !== ML_KEM_ENCAPSULATION_KEY_BYTES) throw new CryptoCoreError('protocol-error');
  const kem = await selectKem();
  try {
    return await kem.encapsulate(encapsulationKey);
  } catch (cause) {
    throw new CryptoCoreError('protocol-error', { cause });
  }
}

/**
 * The 32-byte shared secret. Throws `protocol-error` for a wrong length only: a forged ciphertext
 * gives a random secret (implicit rejection), and the next AEAD fails.
 */
export async function decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array> {
  if (ciphertext.length !== ML_KEM_CIPHERTEXT_BYTES) throw new CryptoCoreError('protocol-error');
  const kem = await selectKem();
  return kem.decapsulate(seed, ciphertext);
}
