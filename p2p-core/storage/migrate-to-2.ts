/**
 * Schema 1 → 2: every record is opened with the old device-bound keys, sealed under the DEK, and put under its new
 * name. In steps of MIGRATION_BATCH_RECORDS, each one transaction that deletes the old records and puts the new ones:
 * after a crash at any step each record is there once, in one form, told apart by its first byte, and the next start
 * goes on. The old keys go last. A record that does not open is kept, unopened, where it would be looked for, and is
 * as corrupt as before. P2P-STO-09.
 */
import type { VaultKeys } from '@enk/crypto-core';
import type { IDBPDatabase } from 'idb';
import { P2pError } from '../errors.ts';
import { MIGRATION_BATCH_RECORDS } from '../limits.ts';
import { META, META_KEYS, committed, updateMeta } from './database.ts';
import { decodeRecord } from './record-codec.ts';
import {
  type RecordName,
  STORE_NAMES,
  type StoreName,
  orderedName,
  ordinalOf,
  recordName,
} from './record-name.ts';
import { type Schema1Keys, isSchema1Record, openSchema1Record } from './schema-1.ts';
import { openRecord, sealBytes } from './sealed-record.ts';

export interface MigrationKeys {
  readonly old: Schema1Keys;
  readonly keys: VaultKeys;
  /** HMAC key of the new names. */
  readonly naming: CryptoKey;
}

/** Old name or prefix, in hex → new name or prefix. */
type Names = ReadonlyMap<string, RecordName>;

interface Moved {
  readonly from: RecordName;
  readonly to: RecordName;
  readonly sealed: Uint8Array;
}

const PREFIX_BYTES = 32;
/** First byte of a record that no key of schema 1 opened. */
const UNOPENED = 255;
const SINGLE_NAMES: readonly (readonly [StoreName, string])[] = [
  ['profile', 'self'],
  ['settings', 'privacy'],
  ['settings', 'network'],
];

/** Does what is left of the migration. Idempotent; resolves when nothing of schema 1 is left. */
export async function migrateToSchema2(db: IDBPDatabase, keys: MigrationKeys): Promise<void> {
  const names = await listNames(db, keys);
  for (const store of STORE_NAMES) await migrateStore(db, store, names, keys);
  await updateMeta(db, async tx => {
    await tx.objectStore(META).delete(META_KEYS.schema1Keys);
  });
}

async function migrateStore(
  db: IDBPDatabase,
  store: StoreName,
  names: Names,
  keys: MigrationKeys,
): Promise<void> {
  let after: IDBKeyRange | undefined;
  for (;;) {
    const [found, values] = await readBatch(db, store, after);
    const last = found.at(-1);
    if (last === undefined) return;
    after = IDBKeyRange.lowerBound(last, true);
    const moved: Moved[] = [];
    for (const [index, name] of found.entries()) {
      const sealed = values[index];
      if (isSchema1Record(sealed)) moved.push(await move({ store, name }, sealed, names, keys));
    }
    await commit(db, store, moved);
  }
}

async function readBatch(
  db: IDBPDatabase,
  store: StoreName,
  range: IDBKeyRange | undefined,
): Promise<[RecordName[], unknown[]]> {
  const objects = db.transaction(store).store;
  const [names, values] = await Promise.all([
    objects.getAllKeys(range, MIGRATION_BATCH_RECORDS),
    objects.getAll(range, MIGRATION_BATCH_RECORDS),
  ]);
  return [names.map(toName), values];
}

async function move(
  place: { readonly store: StoreName; readonly name: RecordName },
  sealed: Uint8Array<ArrayBuffer>,
  names: Names,
  { old, keys, naming }: MigrationKeys,
): Promise<Moved> {
  const { store, name } = place;
  const plaintext = await openSchema1Record(old, place, sealed);
  const own = plaintext === null ? null : ownId(store, plaintext);
  const known = names.get(hex(name.slice(0, PREFIX_BYTES))) ?? null;
  // Records of nobody whom the store knows stay under their name: sealed anew, found by nobody, as before.
  const to = own === null ? renamed(name, known) : await recordName(naming, store, own);
  if (plaintext !== null) {
    return { from: name, to, sealed: await sealBytes(keys, { store, name: to }, plaintext) };
  }
  const unopened = new Uint8Array(1 + sealed.length);
  unopened[0] = UNOPENED;
  unopened.set(sealed, 1);
  return { from: name, to, sealed: unopened };
}

async function commit(db: IDBPDatabase, store: StoreName, moved: readonly Moved[]): Promise<void> {
  if (moved.length === 0) return;
  try {
    const tx = db.transaction(store, 'readwrite', { durability: 'strict' });
    await committed(tx, () =>
      moved.flatMap(({ from, to, sealed }) => [tx.store.delete(from), tx.store.put(sealed, to)]),
    );
  } catch (cause) {
    throw new P2pError('storage-unavailable', { cause });
  }
}

/** Contacts and invites carry the id that they are stored under. */
function ownId(store: StoreName, plaintext: Uint8Array): string | null {
  if (store !== 'contacts' && store !== 'invites') return null;
  const record = decodeRecord(plaintext);
  const id = typeof record === 'object' && record !== null && 'id' in record ? record.id : null;
  return typeof id === 'string' ? id : null;
}

/** Old names cannot be read back: they are computed anew from every id that the store knows. */
async function listNames(db: IDBPDatabase, keys: MigrationKeys): Promise<Names> {
  const names = new Map<string, RecordName>();
  const add = async (store: StoreName, name: string): Promise<void> => {
    const old = await recordName(keys.old.naming, store, name);
    names.set(hex(old), await recordName(keys.naming, store, name));
  };
  for (const [store, name] of SINGLE_NAMES) await add(store, name);
  for (const id of await listContactIds(db, keys)) {
    for (const store of ['cursors', 'messages', 'outbox'] as const) await add(store, id);
  }
  return names;
}

/** From contacts of either form: a crash may have left some of both. */
async function listContactIds(db: IDBPDatabase, { old, keys }: MigrationKeys): Promise<string[]> {
  const objects = db.transaction('contacts').store;
  const [names, values] = await Promise.all([objects.getAllKeys(), objects.getAll() as Promise<unknown[]>]);
  const ids: string[] = [];
  for (const [index, key] of names.entries()) {
    const place = { store: 'contacts', name: toName(key) } as const;
    const sealed = values[index];
    const record = isSchema1Record(sealed)
      ? await openSchema1Record(old, place, sealed)
      : await openRecord(keys, place, sealed).catch(() => null); // unopened, or damaged since: it names nobody
    const id = record instanceof Uint8Array ? ownId('contacts', record) : idOf(record);
    if (id !== null) ids.push(id);
  }
  return ids;
}

function idOf(record: unknown): string | null {
  if (typeof record !== 'object' || record === null || !('id' in record)) return null;
  return typeof record.id === 'string' ? record.id : null;
}

function renamed(old: RecordName, prefix: RecordName | null): RecordName {
  if (prefix === null) return old;
  return old.length === PREFIX_BYTES ? prefix : orderedName(prefix, ordinalOf(old));
}

function toName(key: IDBValidKey): RecordName {
  if (key instanceof ArrayBuffer) return new Uint8Array(key) as RecordName;
  throw new P2pError('storage-corrupt');
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
