/**
 * Form of the suite's HPKE public keys: X-Wing, ML-KEM-768 (1,184) ‖ X25519 (32).
 *
 * A member with valid keys could put a key into the tree to which nobody can encapsulate: every later
 * Commit with a path through it would fail. So keys are checked when they enter, not when they are used.
 */
import { isAcceptableX25519Key } from '../identity/public-key-check.ts';

/** Size of an X-Wing public key. */
export const HPKE_PUBLIC_KEY_BYTES = 1_216;

const ML_KEM_BYTES = 1_184;
/** Of the ML-KEM key, the packed coefficients; the rest is the seed of the matrix. */
const COEFFICIENTS_BYTES = 1_152;
const Q = 3_329;

/** True when encapsulation to this key cannot fail (FIPS 203 §7.2; SPEC.md CC-ID-03 for the X25519 part). */
export function isAcceptableHpkeKey(key: Uint8Array): boolean {
  if (key.length !== HPKE_PUBLIC_KEY_BYTES) return false;
  for (let i = 0; i < COEFFICIENTS_BYTES; i += 3) {
    const [a, b, c] = [key[i] as number, key[i + 1] as number, key[i + 2] as number];
    if ((a | ((b & 0x0f) << 8)) >= Q || ((b >> 4) | (c << 4)) >= Q) return false;
  }
  return isAcceptableX25519Key(key.subarray(ML_KEM_BYTES));
}
