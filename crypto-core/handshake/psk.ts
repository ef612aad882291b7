/**
 * Pre-shared keys of the handshake: their ids, and the binders that prove their knowledge in the hellos.
 *
 * Kinds: 0 none (32 zero bytes, no binder) · 1 invite secret · 2 pair secret of an earlier handshake.
 * A binder is checked before any other work is done for a dialler. SPEC.md §7.2.
 */
import { concat } from '../bytes/concat.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { deriveKey, hkdfExtract, hmacSha256 } from '../bytes/kdf.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';

export const PSK_ID_SIZE_BYTES = 16;
const PSK_SIZE_BYTES = 32;
const EMPTY = new Uint8Array(0);

/** Most PSKs in one hello: pair secret current and previous, and an invite. */
export const PSKS_MAX = 3;

/** 0 none · 1 invite · 2 pair secret. */
export type PskKind = 0 | 1 | 2;

/** A secret that both sides had before. The caller owns and wipes `secret`. */
export interface Psk {
  /** 1 invite secret · 2 pair secret. */
  readonly kind: 1 | 2;
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** The PSK of a pair secret (32 bytes, copied: whoever asks wipes the copy). */
export function pairPsk(pairSecret: Uint8Array): Psk {
  return { kind: 2, id: pairPskId(pairSecret), secret: pairSecret.slice() };
}

/** Its id, `L(pair, "psk id", "")` cut to 16 bytes: no secret. Throws `invalid-argument` unless 32 bytes are given. */
export function pairPskId(pairSecret: Uint8Array): Uint8Array {
  if (pairSecret.length !== PSK_SIZE_BYTES) throw new CryptoCoreError('invalid-argument');
  return deriveKey(pairSecret, 'psk id', EMPTY).slice(0, PSK_ID_SIZE_BYTES);
}

/** Throws `invalid-argument` unless every PSK has the right lengths and there are at most three. */
export function assertPsks(psks: readonly Psk[]): void {
  const isValid = (psk: Psk): boolean =>
    psk.id.length === PSK_ID_SIZE_BYTES && psk.secret.length === PSK_SIZE_BYTES;
  if (psks.length > PSKS_MAX || !psks.every(isValid)) throw new CryptoCoreError('invalid-argument');
}

/** The secret that enters the key schedule: of the PSK, or 32 zero bytes. The caller wipes the copy. */
export function pskSecret(psk: Psk | null): Uint8Array {
  return psk === null ? new Uint8Array(PSK_SIZE_BYTES) : psk.secret.slice();
}

/** What a binder is computed over, and by whom. */
export interface BinderInput {
  readonly psk: Psk;
  readonly role: 'A' | 'B';
  /** A: `P ‖ hello_A sans binders`. B: `P ‖ H(hello_A) ‖ hello_B sans binders`. */
  readonly content: readonly Uint8Array[];
}

/** `HMAC(L(HKDF-Extract(0, psk), "binder X", ""), content)`: 32 bytes. */
export function computeBinder({ psk, role, content }: BinderInput): Uint8Array {
  const extracted = hkdfExtract(EMPTY, psk.secret);
  const key = deriveKey(extracted, `binder ${role}`, EMPTY);
  const binder = hmacSha256(key, concat(...content));
  wipe(extracted, key);
  return binder;
}

/** Throws `protocol-error` unless `binder` proves knowledge of the PSK for exactly this content. */
export function verifyBinder(input: BinderInput, binder: Uint8Array): void {
  if (!constantTimeEqual(computeBinder(input), binder)) throw new CryptoCoreError('protocol-error');
}
