/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 as one KEM, on the platform's primitives where it has
 * them. Byte for byte what the library's own JavaScript does, at a fraction of the time.
 *
 *     seed (32) ──SHAKE256──► d ‖ z of ML-KEM (64) ‖ X25519 scalar (32)
 *     public key = ek (1,184) ‖ X25519 public key (32)             ciphertext = ct (1,088) ‖ ephemeral key (32)
 *     shared secret = SHA3-256(ss of ML-KEM ‖ ss of X25519 ‖ ephemeral key ‖ X25519 public key ‖ label)
 *
 * Whoever calls owns and wipes seeds and shared secrets.
 */
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { concat } from '../bytes/concat.ts';
import { randomBytes } from '../bytes/random.ts';
import { source } from '../bytes/source.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import {
  decapsulate,
  encapsulate,
  ML_KEM_CIPHERTEXT_BYTES,
  ML_KEM_ENCAPSULATION_KEY_BYTES,
  ML_KEM_SEED_BYTES,
  selectKem,
} from '../ml-kem/ml-kem-768.ts';

const X25519_BYTES = 32;
export const X_WING_SEED_BYTES = 32;
export const X_WING_PUBLIC_KEY_BYTES = ML_KEM_ENCAPSULATION_KEY_BYTES + X25519_BYTES;
export const X_WING_CIPHERTEXT_BYTES = ML_KEM_CIPHERTEXT_BYTES + X25519_BYTES;

/** `\.//^\`, the hybrid's label. */
const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);
/** u = 9: multiplying it gives a scalar's public key. */
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(X25519_BYTES - 1));
/** RFC 8410 §7: PrivateKeyInfo of X25519 up to the 32 secret bytes. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);

/** The 1,216-byte public key of a 32-byte seed. */
export async function xWingPublicKey(seed: Uint8Array): Promise<Uint8Array> {
  const expanded = expandSeed(seed);
  const kem = await selectKem();
  const { encapsulationKey } = await kem.keyPairFromSeed(expanded.kemSeed);
  const publicKey = concat(encapsulationKey, await publicKeyOf(expanded.scalar));
  wipe(expanded.kemSeed, expanded.scalar);
  return publicKey;
}

/** The seed that an HPKE DeriveKeyPair makes of `ikm`: SHAKE256(ikm, 32). */
export function deriveXWingSeed(ikm: Uint8Array): Uint8Array {
  return shake256(ikm, { dkLen: X_WING_SEED_BYTES });
}

/**
 * Encapsulates to `publicKey`. Throws `protocol-error` for a key of another length, with unreduced ML-KEM coefficients,
 * or with an X25519 part that leads to the all-zero result.
 */
export async function encapsulateXWing(
  publicKey: Uint8Array,
): Promise<{ readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array }> {
  if (publicKey.length !== X_WING_PUBLIC_KEY_BYTES) throw new CryptoCoreError('protocol-error');
  const peerKey = publicKey.subarray(ML_KEM_ENCAPSULATION_KEY_BYTES);
  const scalar = randomBytes(X25519_BYTES);
  const ephemeral = await importScalar(scalar);
  wipe(scalar);
  const [ephemeralKey, curveSecret] = [
    await multiply(ephemeral, BASE_POINT),
    await multiply(ephemeral, peerKey),
  ];
  const kem = await encapsulate(publicKey.subarray(0, ML_KEM_ENCAPSULATION_KEY_BYTES));
  const sharedSecret = combine({
    kemSecret: kem.sharedSecret,
    curveSecret,
    ephemeralKey,
    publicKey: peerKey,
  });
  return { ciphertext: concat(kem.ciphertext, ephemeralKey), sharedSecret };
}

/**
 * The shared secret of `ciphertext`. Throws `protocol-error` for another length and for an ephemeral key that leads to
 * the all-zero result; any other forgery gives another secret.
 */
export async function decapsulateXWing(seed: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array> {
  if (ciphertext.length !== X_WING_CIPHERTEXT_BYTES) throw new CryptoCoreError('protocol-error');
  const { kemSeed, scalar } = expandSeed(seed);
  const key = await importScalar(scalar);
  const ephemeralKey = ciphertext.subarray(ML_KEM_CIPHERTEXT_BYTES);
  try {
    const [publicKey, curveSecret] = [await multiply(key, BASE_POINT), await multiply(key, ephemeralKey)];
    const kemSecret = await decapsulate(kemSeed, ciphertext.subarray(0, ML_KEM_CIPHERTEXT_BYTES));
    return combine({ kemSecret, curveSecret, ephemeralKey, publicKey });
  } finally {
    wipe(kemSeed, scalar);
  }
}

function expandSeed(seed: Uint8Array): { readonly kemSeed: Uint8Array; readonly scalar: Uint8Array } {
  if (seed.length !== X_WING_SEED_BYTES) throw new CryptoCoreError('invalid-argument');
  const expanded = shake256(seed, { dkLen: ML_KEM_SEED_BYTES + X25519_BYTES });
  const parts = { kemSeed: expanded.slice(0, ML_KEM_SEED_BYTES), scalar: expanded.slice(ML_KEM_SEED_BYTES) };
  wipe(expanded);
  return parts;
}

/** Wipes both secrets that go in. */
function combine(parts: {
  readonly kemSecret: Uint8Array;
  readonly curveSecret: Uint8Array;
  readonly ephemeralKey: Uint8Array;
  readonly publicKey: Uint8Array;
}): Uint8Array {
  const { kemSecret, curveSecret, ephemeralKey, publicKey } = parts;
  const input = concat(kemSecret, curveSecret, ephemeralKey, publicKey, LABEL);
  const sharedSecret = sha3_256(input);
  wipe(input, kemSecret, curveSecret);
  return sharedSecret;
}

async function publicKeyOf(scalar: Uint8Array): Promise<Uint8Array> {
  return multiply(await importScalar(scalar), BASE_POINT);
}

async function importScalar(scalar: Uint8Array): Promise<CryptoKey> {
  const pkcs8 = concat(PKCS8_PREFIX, scalar);
  try {
    return await crypto.subtle.importKey('pkcs8', pkcs8, 'X25519', false, ['deriveBits']);
  } finally {
    wipe(pkcs8);
  }
}

/** RFC 7748's X25519; unlike a handshake's keys, the hybrid takes non-canonical coordinates, as its draft does. */
async function multiply(scalar: CryptoKey, point: Uint8Array): Promise<Uint8Array> {
  try {
    const peer = await crypto.subtle.importKey('raw', source(point), 'X25519', false, []);
    return new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: peer }, scalar, 256));
  } catch (cause) {
    throw new CryptoCoreError('protocol-error', { cause });
  }
}
