/**
 * Sender data of a PrivateMessage (RFC 9420 §6.3.2): who sent it, at which generation, and the reuse guard.
 *
 *     SenderData = leaf index u32 ‖ generation u32 ‖ reuse guard (4)
 *     key, nonce = ExpandWithLabel(sender_data_secret, "key" | "nonce", first 64 bytes of the ciphertext)
 */
import { readU32, u32 } from '../bytes/integers.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import {
  aesGcmDecrypt,
  aesGcmEncrypt,
  AES_KEY_BYTES,
  GCM_NONCE_BYTES,
  GCM_TAG_BYTES,
  importAesKey,
} from '../primitives/aes-gcm.ts';
import type { AeadInput } from '../primitives/aes-gcm.ts';
import { concat } from '../bytes/concat.ts';
import { expandLabel, expandWithLabel, MLS_HASH_BYTES } from './expand-with-label.ts';

const KEY = expandLabel('key', AES_KEY_BYTES);
const NONCE = expandLabel('nonce', GCM_NONCE_BYTES);
export const REUSE_GUARD_BYTES = 4;
const SENDER_DATA_BYTES = 8 + REUSE_GUARD_BYTES;
/** Byte length of `encrypted_sender_data`. */
export const ENCRYPTED_SENDER_DATA_BYTES = SENDER_DATA_BYTES + GCM_TAG_BYTES;

export interface SenderData {
  readonly leafIndex: number;
  readonly generation: number;
  /** 4 bytes. */
  readonly reuseGuard: Uint8Array;
}

/** What sender data is bound to. */
export interface SenderDataContext {
  /** `sender_data_secret` of the epoch, by `importExpandKey`. */
  readonly secret: CryptoKey;
  /** SenderDataAAD. */
  readonly aad: Uint8Array;
  /** Of the message's content. */
  readonly ciphertext: Uint8Array;
}

/** `encrypted_sender_data`, 28 bytes. */
export async function encryptSenderData(context: SenderDataContext, data: SenderData): Promise<Uint8Array> {
  const encoded = concat(u32(data.leafIndex), u32(data.generation), data.reuseGuard);
  return aesGcmEncrypt(await aeadInput(context), encoded);
}

/** Throws `protocol-error` for what does not open or has another size. */
export async function decryptSenderData(
  context: SenderDataContext,
  encrypted: Uint8Array,
): Promise<SenderData> {
  if (encrypted.length !== ENCRYPTED_SENDER_DATA_BYTES) throw new CryptoCoreError('protocol-error');
  const encoded = await aesGcmDecrypt(await aeadInput(context), encrypted);
  return {
    leafIndex: readU32(encoded, 0),
    generation: readU32(encoded, 4),
    reuseGuard: encoded.subarray(8),
  };
}

/** The nonce of the content: `nonce` with the reuse guard xored into its first four bytes, in a new array. */
export function guardNonce(nonce: Uint8Array, reuseGuard: Uint8Array): Uint8Array {
  const guarded = nonce.slice();
  for (let i = 0; i < REUSE_GUARD_BYTES; i++) {
    guarded[i] = (guarded[i] as number) ^ (reuseGuard[i] as number);
  }
  return guarded;
}

async function aeadInput({ secret, aad, ciphertext }: SenderDataContext): Promise<AeadInput> {
  const sample = ciphertext.subarray(0, MLS_HASH_BYTES);
  const [keyBytes, nonce] = await Promise.all([
    expandWithLabel(secret, KEY, sample),
    expandWithLabel(secret, NONCE, sample),
  ]);
  const key = await importAesKey(keyBytes);
  wipe(keyBytes);
  return { key, nonce, associatedData: aad };
}
