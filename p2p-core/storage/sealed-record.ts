/**
 * One record at rest: crypto-core's vault record over store, name and schema version, so that a record cannot be
 * moved, renamed or relabelled. Each write has a key of its own (HKDF from the DEK, fresh salt). P2P-STO-02.
 */
import { CryptoCoreError, type VaultKeys } from '@enk/crypto-core';
import { P2pError } from '../errors.ts';
import { MAX_RECORD_BYTES, STORAGE_SCHEMA_VERSION } from '../limits.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import type { RecordName, StoreName } from './record-name.ts';

export interface RecordPlace {
  readonly store: StoreName;
  readonly name: RecordName;
}

/** Bytes in front of and behind the plaintext: 53, with room for a later format. */
const MAX_OVERHEAD_BYTES = 64;

/**
 * Seals a record for its place. Throws P2pError `internal` when it is larger than MAX_RECORD_BYTES, `vault-locked`
 * once the keys are gone.
 */
export async function sealRecord(
  keys: VaultKeys,
  place: RecordPlace,
  record: object,
): Promise<Uint8Array<ArrayBuffer>> {
  return sealBytes(keys, place, encodeRecord(record));
}

/** The same for a record that is encoded already. */
export async function sealBytes(
  keys: VaultKeys,
  { store, name }: RecordPlace,
  plaintext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  if (plaintext.length > MAX_RECORD_BYTES) throw new P2pError('internal');
  try {
    return await keys.sealRecord({ store, key: name, version: STORAGE_SCHEMA_VERSION }, plaintext);
  } catch (cause) {
    throw fromCryptoCore(cause);
  }
}

/**
 * Opens a record of its place. Throws P2pError `storage-newer` on a newer schema, `vault-locked` once the keys are
 * gone, and `storage-corrupt` on anything that this vault did not seal for exactly this place. Deletes nothing.
 */
export async function openRecord(
  keys: VaultKeys,
  { store, name }: RecordPlace,
  sealed: unknown,
): Promise<unknown> {
  if (!(sealed instanceof Uint8Array) || sealed.length > MAX_RECORD_BYTES + MAX_OVERHEAD_BYTES) {
    throw new P2pError('storage-corrupt');
  }
  try {
    const { version, plaintext } = await keys.openRecord({ store, key: name }, new Uint8Array(sealed));
    if (version > STORAGE_SCHEMA_VERSION) throw new P2pError('storage-newer');
    return decodeRecord(plaintext);
  } catch (cause) {
    throw fromCryptoCore(cause);
  }
}

function fromCryptoCore(cause: unknown): P2pError {
  if (cause instanceof P2pError) return cause;
  const isLocked = cause instanceof CryptoCoreError && cause.code === 'session-closed';
  return new P2pError(isLocked ? 'vault-locked' : 'storage-corrupt', { cause });
}
