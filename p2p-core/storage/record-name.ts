/**
 * Record names: HMACs, so that neither the IndexedDB API nor raw files show a contact, a peer id or a key.
 * Ordered names append a big-endian u64, so that IndexedDB's own order of binary keys is the order of messages;
 * how many there are stays visible, what they belong to does not. P2P-STO-03.
 */

/** Object stores of the database. Their names tell concepts, never content. */
export type StoreName =
  | 'profile'
  | 'settings'
  | 'contacts'
  | 'invites'
  | 'cursors'
  | 'messages'
  | 'outbox'
  | 'files'
  | 'file-tails'
  | 'transfers'
  | 'search';

export const STORE_NAMES: readonly StoreName[] = [
  'profile',
  'settings',
  'contacts',
  'invites',
  'cursors',
  'messages',
  'outbox',
  'files',
  'file-tails',
  'transfers',
  'search',
];

/** 32 bytes for a single record; 40 for an ordered one. */
export type RecordName = Uint8Array<ArrayBuffer> & { readonly __brand: 'RecordName' };

const NAME_BYTES = 32;

/** HMAC-SHA-256 over store ‖ 0 ‖ name, 32 bytes. */
export async function recordName(key: CryptoKey, store: StoreName, name: string): Promise<RecordName> {
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${store}\0${name}`));
  return new Uint8Array(mac) as RecordName;
}

/** Appends `ordinal` (0 … 2^53 − 1) as u64 to a 32-byte name. */
export function orderedName(prefix: RecordName, ordinal: number): RecordName {
  const name = new Uint8Array(NAME_BYTES + 8);
  name.set(prefix);
  new DataView(name.buffer).setBigUint64(NAME_BYTES, BigInt(ordinal));
  return name as RecordName;
}

/** The ordinal of an ordered name. Throws RangeError on another length. */
export function ordinalOf(name: Uint8Array): number {
  if (name.byteLength !== NAME_BYTES + 8) throw new RangeError('ordered name');
  return Number(new DataView(name.buffer, name.byteOffset).getBigUint64(NAME_BYTES));
}

/** Names from `first` to `last`, both included, in IndexedDB's order of binary keys. */
export interface NameRange {
  readonly first: RecordName;
  readonly last: RecordName;
}

/** Every name of a store. */
export const EVERY_NAME: NameRange = {
  first: new Uint8Array(0) as RecordName,
  last: new Uint8Array(NAME_BYTES + 9).fill(0xff) as RecordName,
};

/** All ordered names under `prefix` with first ≤ ordinal ≤ last. */
export function orderedRange(prefix: RecordName, first: number, last: number): NameRange {
  return { first: orderedName(prefix, first), last: orderedName(prefix, last) };
}

export function keyRange({ first, last }: NameRange): IDBKeyRange {
  return IDBKeyRange.bound(first, last);
}
