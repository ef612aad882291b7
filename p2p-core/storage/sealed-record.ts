/**
 * One record at rest: `schema u32 BE ‖ IV 12 ‖ AES-256-GCM ciphertext and tag`. The AAD binds store, name and
 * schema version, so that a record cannot be moved, renamed or relabelled. A random 96-bit IV under one key is
 * safe for 2^32 writes, far above a device's life. P2P-STO-02.
 */
import { P2pError } from '../errors.ts';
import { MAX_RECORD_BYTES, STORAGE_SCHEMA_VERSION } from '../limits.ts';
import type { RecordName, StoreName } from './record-name.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';

const SCHEMA_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface RecordPlace {
  readonly store: StoreName;
  readonly name: RecordName;
}

function associatedData(place: RecordPlace, schema: number): Uint8Array<ArrayBuffer> {
  const store = new TextEncoder().encode(place.store);
  const data = new Uint8Array(4 + store.length + 4 + place.name.length + 4);
  const view = new DataView(data.buffer);
  view.setUint32(0, store.length);
  data.set(store, 4);
  view.setUint32(4 + store.length, place.name.length);
  data.set(place.name, 8 + store.length);
  view.setUint32(8 + store.length + place.name.length, schema);
  return data;
}

/** Seals a record for its place. Throws P2pError `internal` when it is larger than MAX_RECORD_BYTES. */
export async function sealRecord(
  key: CryptoKey,
  place: RecordPlace,
  record: object,
): Promise<Uint8Array<ArrayBuffer>> {
  const plaintext = encodeRecord(record);
  if (plaintext.length > MAX_RECORD_BYTES) throw new P2pError('internal');
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const additionalData = associatedData(place, STORAGE_SCHEMA_VERSION);
  const ciphertext = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plaintext);
  const sealed = new Uint8Array(SCHEMA_BYTES + IV_BYTES + ciphertext.byteLength);
  new DataView(sealed.buffer).setUint32(0, STORAGE_SCHEMA_VERSION);
  sealed.set(iv, SCHEMA_BYTES);
  sealed.set(new Uint8Array(ciphertext), SCHEMA_BYTES + IV_BYTES);
  return sealed;
}

/**
 * Opens a record of its place. Throws P2pError `storage-newer` on a newer schema and `storage-corrupt` on
 * anything that this device's key did not seal for exactly this place. Deletes nothing.
 */
export async function openRecord(key: CryptoKey, place: RecordPlace, sealed: unknown): Promise<unknown> {
  const minimum = SCHEMA_BYTES + IV_BYTES + TAG_BYTES;
  if (!(sealed instanceof Uint8Array) || sealed.length < minimum) throw new P2pError('storage-corrupt');
  if (sealed.length > MAX_RECORD_BYTES + minimum) throw new P2pError('storage-corrupt');
  const bytes = new Uint8Array(sealed);
  const schema = new DataView(bytes.buffer).getUint32(0);
  if (schema > STORAGE_SCHEMA_VERSION) throw new P2pError('storage-newer');
  const iv = bytes.subarray(SCHEMA_BYTES, SCHEMA_BYTES + IV_BYTES);
  const ciphertext = bytes.subarray(SCHEMA_BYTES + IV_BYTES);
  try {
    const additionalData = associatedData(place, schema);
    const plaintext = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, ciphertext);
    return decodeRecord(new Uint8Array(plaintext));
  } catch (cause) {
    throw new P2pError('storage-corrupt', { cause });
  }
}
