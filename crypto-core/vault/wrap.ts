/**
 * Wraps a DEK for a secret, and unwraps it.
 *
 *     wrap key   = HKDF(salt, KEK, "enk/v1 vault wrap"       ‖ 0x00 ‖ H(header), 32)
 *     commitment = HKDF(salt, KEK, "enk/v1 vault commitment" ‖ 0x00 ‖ H(header), 32)
 *     wrapped    = AES-256-GCM(wrap key, nonce 0^12, AD = header ‖ commitment, DEK)
 *
 * The salt is fresh for each wrap, so each wrap key encrypts once and the nonce can be zero. GCM alone commits to no
 * key: one ciphertext could open under many passwords; the commitment ends that, and tells a wrong secret from
 * damaged data. AES-KW would have neither associated data nor commitment.
 *
 * The DEK is unwrapped by WebCrypto straight into a non-extractable key. Its bytes are in memory only while a vault
 * or a further slot is made.
 */
import { concat } from '../bytes/concat.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { sha256 } from '../bytes/kdf.ts';
import { source } from '../bytes/source.ts';
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import { COMMITMENT_BYTES, decodeEnvelope, encodeEnvelopeHeader, type Envelope } from './envelope.ts';
import type { EnvelopeHeader } from './envelope.ts';
import { deriveKek, type UnlockSecret } from './unlock-secret.ts';

const ZERO = new Uint8Array(1);
const WRAP_LABEL = concat(utf8('enk/v1 vault wrap'), ZERO);
const COMMITMENT_LABEL = concat(utf8('enk/v1 vault commitment'), ZERO);
const NONCE = new Uint8Array(12);

/** The envelope of `dek` (32 bytes, which stay the caller's) for a secret. */
export async function wrapDek(
  dek: Uint8Array,
  header: EnvelopeHeader,
  secret: UnlockSecret,
): Promise<Uint8Array<ArrayBuffer>> {
  const headerBytes = encodeEnvelopeHeader(header);
  const kek = await deriveKek(secret, header);
  const commitment = await deriveCommitment(kek, header, headerBytes);
  const wrapKey = await deriveWrapKey(kek, header, headerBytes);
  const algorithm = gcm(headerBytes, commitment);
  const wrapped = new Uint8Array(await crypto.subtle.encrypt(algorithm, wrapKey, source(dek)));
  return concat(headerBytes, commitment, wrapped);
}

/** The DEK as a non-extractable HKDF key. Throws as {@link openEnvelope}. */
export async function unwrapDek(
  bytes: Uint8Array,
  vaultId: Uint8Array,
  secret: UnlockSecret,
): Promise<CryptoKey> {
  const { wrapKey, algorithm, wrapped } = await openEnvelope(bytes, vaultId, secret);
  const usages: KeyUsage[] = ['deriveKey', 'deriveBits'];
  try {
    return await crypto.subtle.unwrapKey('raw', wrapped, wrapKey, algorithm, 'HKDF', false, usages);
  } catch (cause) {
    throw new CryptoCoreError('vault-corrupt', { cause });
  }
}

/** The DEK's 32 bytes, to be wrapped anew at once and wiped. Throws as {@link openEnvelope}. */
export async function unwrapDekBytes(
  bytes: Uint8Array,
  vaultId: Uint8Array,
  secret: UnlockSecret,
): Promise<Uint8Array<ArrayBuffer>> {
  const { wrapKey, algorithm, wrapped } = await openEnvelope(bytes, vaultId, secret);
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, wrapKey, wrapped));
  } catch (cause) {
    throw new CryptoCoreError('vault-corrupt', { cause });
  }
}

interface OpenedEnvelope {
  readonly wrapKey: CryptoKey;
  readonly algorithm: AesGcmParams;
  readonly wrapped: Uint8Array<ArrayBuffer>;
}

/**
 * Checks form, vault and secret. Throws `vault-corrupt` for what is no envelope of this vault, `unlock-failed` when
 * the secret is another one, or the header was changed: the two cannot be told apart.
 */
async function openEnvelope(
  bytes: Uint8Array,
  vaultId: Uint8Array,
  secret: UnlockSecret,
): Promise<OpenedEnvelope> {
  const envelope: Envelope = decodeEnvelope(bytes.slice()); // a copy: nobody changes it while Argon2id runs
  const { header, headerBytes, commitment } = envelope;
  if (!constantTimeEqual(header.vaultId, vaultId)) throw new CryptoCoreError('vault-corrupt');
  const kek = await deriveKek(secret, header);
  const expected = await deriveCommitment(kek, header, headerBytes);
  if (!constantTimeEqual(commitment, expected)) throw new CryptoCoreError('unlock-failed');
  return {
    wrapKey: await deriveWrapKey(kek, header, headerBytes),
    algorithm: gcm(headerBytes, commitment),
    wrapped: source(envelope.wrapped),
  };
}

async function deriveCommitment(
  kek: CryptoKey,
  header: EnvelopeHeader,
  headerBytes: Uint8Array,
): Promise<Uint8Array> {
  const algorithm = hkdf(header, COMMITMENT_LABEL, headerBytes);
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, kek, COMMITMENT_BYTES * 8));
}

function deriveWrapKey(kek: CryptoKey, header: EnvelopeHeader, headerBytes: Uint8Array): Promise<CryptoKey> {
  const usages: KeyUsage[] = ['encrypt', 'decrypt', 'unwrapKey'];
  const aes = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(hkdf(header, WRAP_LABEL, headerBytes), kek, aes, false, usages);
}

function hkdf(header: EnvelopeHeader, label: Uint8Array, headerBytes: Uint8Array): HkdfParams {
  const info = concat(label, sha256(headerBytes));
  return { name: 'HKDF', hash: 'SHA-256', salt: source(header.salt), info };
}

function gcm(headerBytes: Uint8Array, commitment: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: NONCE, additionalData: concat(headerBytes, commitment) };
}
