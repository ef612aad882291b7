/**
 * What schema 1 stored, as far as a migration must read it: two device-bound keys, and records
 * `schema u32 BE = 1 ‖ IV 12 ‖ AES-256-GCM ciphertext and tag` with AAD = lp(store) ‖ lp(name) ‖ schema.
 */
import type { RecordPlace } from './sealed-record.ts';

const SCHEMA = 1;
const SCHEMA_BYTES = 4;
const IV_BYTES = 12;

/** Both non-extractable, of this browser profile alone. */
export interface Schema1Keys {
  /** AES-256-GCM. */
  readonly sealing: CryptoKey;
  /** HMAC-SHA-256. */
  readonly naming: CryptoKey;
}

/** True when `value` is a pair of keys of the right kinds that cannot be exported. */
export function isSchema1Keys(value: unknown): value is Schema1Keys {
  if (typeof value !== 'object' || value === null) return false;
  const { sealing, naming } = value as Record<string, unknown>;
  return isKey(sealing, 'AES-GCM') && isKey(naming, 'HMAC');
}

/** Records of schema 2 begin with 1, those that a migration could not open with 255. */
export function isSchema1Record(sealed: unknown): sealed is Uint8Array<ArrayBuffer> {
  return sealed instanceof Uint8Array && sealed[0] === 0;
}

/** AAD of a record of schema 1. */
export function schema1Aad({ store, name }: RecordPlace): Uint8Array<ArrayBuffer> {
  const storeBytes = new TextEncoder().encode(store);
  const data = new Uint8Array(4 + storeBytes.length + 4 + name.length + 4);
  const view = new DataView(data.buffer);
  view.setUint32(0, storeBytes.length);
  data.set(storeBytes, 4);
  view.setUint32(4 + storeBytes.length, name.length);
  data.set(name, 8 + storeBytes.length);
  view.setUint32(8 + storeBytes.length + name.length, SCHEMA);
  return data;
}

/** The plaintext, or null for what these keys did not seal for this place. */
export async function openSchema1Record(
  keys: Schema1Keys,
  place: RecordPlace,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const iv = sealed.slice(SCHEMA_BYTES, SCHEMA_BYTES + IV_BYTES);
  const algorithm = { name: 'AES-GCM', iv, additionalData: schema1Aad(place) };
  try {
    const ciphertext = sealed.slice(SCHEMA_BYTES + IV_BYTES);
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, keys.sealing, ciphertext));
  } catch {
    return null; // damaged: the caller keeps the bytes
  }
}

function isKey(value: unknown, algorithm: string): boolean {
  return value instanceof CryptoKey && value.algorithm.name === algorithm && !value.extractable;
}
