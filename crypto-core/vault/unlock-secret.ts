/**
 * What a person or a device opens a slot with, and the KEK that it gives: a non-extractable HKDF key, from which only
 * the wrap key and the commitment of one envelope are derived (`wrap.ts`).
 */
import { source } from '../bytes/source.ts';
import { concat } from '../bytes/concat.ts';
import { sha256 } from '../bytes/kdf.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { type Argon2id, type Argon2idParameters, encodePassword } from './argon2id.ts';
import type { EnvelopeHeader } from './envelope.ts';
import { RECOVERY_KEY_BYTES } from './recovery-key.ts';

/** One of the ways to open a slot. */
export type UnlockSecret =
  | { readonly kind: 'device'; readonly key: CryptoKey }
  /** `prfOutput`: 32 bytes of WebAuthn's PRF for {@link passkeyPrfInput}; the caller wipes it. */
  | { readonly kind: 'passkey'; readonly prfOutput: Uint8Array }
  /** Passcodes too. `argon2id`: an implementation of Argon2id. */
  | { readonly kind: 'password'; readonly password: string; readonly argon2id: Argon2id }
  /** `recoveryKey`: 16 bytes; the caller wipes it. */
  | { readonly kind: 'recovery-key'; readonly recoveryKey: Uint8Array };

const PRF_OUTPUT_BYTES = 32;
const KEK_BYTES = 32;
const PRF_PREFIX = concat(utf8('enk/v1 vault prf'), new Uint8Array(1));

/** A key for a `device` slot: it cannot be exported, and can be kept in IndexedDB. */
export async function generateDeviceKey(): Promise<CryptoKey> {
  const bytes = randomBytes(KEK_BYTES);
  try {
    return await importKek(bytes);
  } finally {
    wipe(bytes);
  }
}

/** `eval.first` of WebAuthn's PRF extension: 32 bytes, the same for all passkeys of a vault. */
export function passkeyPrfInput(vaultId: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(PRF_PREFIX, vaultId);
}

/**
 * The KEK for an envelope. Throws `unlock-failed` when the secret is not of the envelope's kind, `invalid-argument`
 * when it is none at all, `internal` when Argon2id broke down.
 */
export async function deriveKek(secret: UnlockSecret, header: EnvelopeHeader): Promise<CryptoKey> {
  if (secret.kind !== header.kind) throw new CryptoCoreError('unlock-failed');
  switch (secret.kind) {
    case 'device':
      return checkDeviceKey(secret.key);
    case 'passkey':
      return importKek(ofLength(secret.prfOutput, PRF_OUTPUT_BYTES));
    case 'recovery-key':
      return importKek(ofLength(secret.recoveryKey, RECOVERY_KEY_BYTES));
    case 'password': {
      if (header.argon2id === undefined) throw new CryptoCoreError('internal');
      return derivePasswordKek(secret, header.argon2id, header.salt);
    }
  }
}

async function derivePasswordKek(
  secret: { readonly password: string; readonly argon2id: Argon2id },
  parameters: Argon2idParameters,
  salt: Uint8Array,
): Promise<CryptoKey> {
  const password = encodePassword(secret.password);
  const bytes = await runArgon2id(secret.argon2id, { ...parameters, password, salt, lengthBytes: KEK_BYTES });
  try {
    if (bytes.length !== KEK_BYTES) throw new CryptoCoreError('internal');
    return await importKek(bytes);
  } finally {
    wipe(bytes);
  }
}

/** Wipes the password's bytes. */
async function runArgon2id(argon2id: Argon2id, input: Parameters<Argon2id>[0]): Promise<Uint8Array> {
  try {
    return await argon2id(input);
  } catch (cause) {
    throw new CryptoCoreError('internal', { cause });
  } finally {
    wipe(input.password);
  }
}

function importKek(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', source(bytes), 'HKDF', false, ['deriveKey', 'deriveBits']);
}

function checkDeviceKey(key: CryptoKey): CryptoKey {
  if (key.algorithm.name !== 'HKDF' || key.extractable) throw new CryptoCoreError('invalid-argument');
  return key;
}

function ofLength(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new CryptoCoreError('invalid-argument');
  return bytes;
}
