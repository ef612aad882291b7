/**
 * The two device-bound keys: both are CryptoKeys that the browser refuses to export, made at first start and kept
 * as such in IndexedDB. They protect against reading through the IndexedDB API and against a scan of raw files
 * for content; they do not protect against someone who owns the whole browser profile (wraps under passkey,
 * passcode and password come with the unlock methods). P2P-STO-01.
 */

export interface VaultKeys {
  /** AES-256-GCM, non-extractable. Seals every record. */
  readonly sealing: CryptoKey;
  /** HMAC-SHA-256, non-extractable. Makes record names. */
  readonly naming: CryptoKey;
}

/** Makes fresh keys. They exist nowhere else until they are stored. */
export async function generateVaultKeys(): Promise<VaultKeys> {
  const sealing = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const naming = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 256 }, false, [
    'sign',
  ]);
  return { sealing, naming };
}

/** True when `value` is a pair of keys of the right kinds that cannot be exported. */
export function isVaultKeys(value: unknown): value is VaultKeys {
  if (typeof value !== 'object' || value === null) return false;
  const { sealing, naming } = value as Record<string, unknown>;
  return isKey(sealing, 'AES-GCM') && isKey(naming, 'HMAC');
}

function isKey(value: unknown, algorithm: string): boolean {
  return value instanceof CryptoKey && value.algorithm.name === algorithm && !value.extractable;
}
