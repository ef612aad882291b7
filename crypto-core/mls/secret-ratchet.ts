/**
 * The sender ratchet of one leaf for application messages (RFC 9420 §9.1), as ts-mls keeps it in its state.
 *
 *     key, nonce, next secret = DeriveTreeSecret(secret_[n], "key" | "nonce" | "secret", generation n)
 *
 * Nothing is skipped and no old generation is kept: the streams of a pair are strictly ordered (SPEC.md CC-MLS-07).
 */
import { isAllZero } from '../bytes/equal.ts';
import { u32 } from '../bytes/integers.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { AES_KEY_BYTES, GCM_NONCE_BYTES, importAesKey } from '../primitives/aes-gcm.ts';
import { expandLabel, expandWithLabel, importExpandKey, MLS_HASH_BYTES } from './expand-with-label.ts';

const KEY = expandLabel('key', AES_KEY_BYTES);
const NONCE = expandLabel('nonce', GCM_NONCE_BYTES);
const SECRET = expandLabel('secret', MLS_HASH_BYTES);
const LAST_GENERATION = 0xffff_ffff;

/** A ratchet before message `generation`. `secret`: 64 bytes. */
export interface SecretRatchet {
  readonly secret: Uint8Array;
  readonly generation: number;
}

/** What one message is sealed with, and the ratchet after it. */
export interface RatchetStep {
  /** Non-extractable, AES-256-GCM. */
  readonly key: CryptoKey;
  /** 12 bytes; before use its first four are xored with the reuse guard. */
  readonly nonce: Uint8Array;
  readonly next: SecretRatchet;
}

/**
 * One step. `ratchet.secret` stays: the caller wipes it after the message was accepted. Throws `invalid-argument`
 * for a wiped secret: it belongs to a superseded state, and everybody can derive keys from zeros.
 */
export async function stepSecretRatchet(ratchet: SecretRatchet): Promise<RatchetStep> {
  const { secret, generation } = ratchet;
  if (isAllZero(secret) || generation >= LAST_GENERATION) throw new CryptoCoreError('invalid-argument');
  const expandKey = await importExpandKey(secret);
  const context = u32(generation);
  const [keyBytes, nonce, nextSecret] = await Promise.all([
    expandWithLabel(expandKey, KEY, context),
    expandWithLabel(expandKey, NONCE, context),
    expandWithLabel(expandKey, SECRET, context),
  ]);
  const key = await importAesKey(keyBytes);
  wipe(keyBytes);
  return { key, nonce, next: { secret: nextSecret, generation: generation + 1 } };
}
