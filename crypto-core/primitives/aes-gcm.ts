/**
 * AES-256-GCM (NIST SP 800-38D) on WebCrypto with 96-bit nonces and 128-bit tags.
 *
 * Who calls owns the uniqueness of (key, nonce); nothing here chooses a nonce.
 */
import { source } from '../bytes/source.ts';
import { CryptoCoreError } from '../errors.ts';

export const AES_KEY_BYTES = 32;
export const GCM_NONCE_BYTES = 12;
export const GCM_TAG_BYTES = 16;

/** Input of one AEAD operation. `nonce`: 12 bytes, never used twice under `key`. */
export interface AeadInput {
  readonly key: CryptoKey;
  readonly nonce: Uint8Array;
  readonly associatedData: Uint8Array;
}

/** 32 key bytes as a non-extractable key for both directions. The caller wipes the bytes. */
export function importAesKey(key: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', source(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** ciphertext ‖ tag: 16 bytes longer than `plaintext`. */
export async function aesGcmEncrypt(
  input: AeadInput,
  plaintext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = await crypto.subtle.encrypt(algorithm(input), input.key, source(plaintext));
  return new Uint8Array(sealed);
}

/** The plaintext; throws `protocol-error` when the tag does not verify. */
export async function aesGcmDecrypt(
  input: AeadInput,
  ciphertext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  if (ciphertext.length < GCM_TAG_BYTES) throw new CryptoCoreError('protocol-error');
  try {
    const opened = await crypto.subtle.decrypt(algorithm(input), input.key, source(ciphertext));
    return new Uint8Array(opened);
  } catch (cause) {
    throw new CryptoCoreError('protocol-error', { cause });
  }
}

function algorithm(input: AeadInput): AesGcmParams {
  return {
    name: 'AES-GCM',
    iv: source(input.nonce),
    additionalData: source(input.associatedData),
  };
}
