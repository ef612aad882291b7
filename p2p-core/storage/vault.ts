/**
 * The vault: one IndexedDB database `enk:<profile>` in which every record is sealed. Reads go straight to the
 * database; writes go through ONE queue, each as one unit of work: read, decide, then all puts and deletes in one
 * IndexedDB transaction. WebCrypto awaits would end an IndexedDB transaction, so sealing comes first; the
 * transaction then compares the revision, so that a second writer (a bug, or a copied lock) fails instead of
 * mixing. Nothing is ever deleted because it does not open. A vault exists while its keys are in memory, from unlock
 * to close; the ways to open it are the keyring's. P2P-STO-04 … P2P-STO-07.
 */
import type { VaultKeys } from '@enk/crypto-core';
import type { IDBPDatabase } from 'idb';
import { P2pError } from '../errors.ts';
import { type Clock, systemClock } from '../ports/clock.ts';
import { META, META_KEYS } from './database.ts';
import { DatabaseWriter } from './journal/database-writer.ts';
import { Journal } from './journal/journal.ts';
import { type OpenJournalFile, openJournalFile } from './journal/journal-file.ts';
import type { SealedChange } from './journal/sealed-change.ts';
import { Keyring } from './keyring.ts';
import { migrateToSchema2 } from './migrate-to-2.ts';
import {
  type NameRange,
  type RecordName,
  type StoreName,
  keyRange,
  ordinalOf,
  orderedRange,
  recordName,
} from './record-name.ts';
import { isSchema1Keys } from './schema-1.ts';
import { openRecord, sealRecord } from './sealed-record.ts';

type Change =
  | { readonly kind: 'put'; readonly store: StoreName; readonly name: RecordName; readonly record: object }
  | { readonly kind: 'delete'; readonly store: StoreName; readonly at: NameRange };

/** Changes of one unit of work. Reads do not see them; they take effect together or not at all. */
export class WriteBatch {
  readonly changes: Change[] = [];
  readonly commitHooks: (() => void)[] = [];

  put(store: StoreName, name: RecordName, record: object): void {
    this.changes.push({ kind: 'put', store, name, record });
  }

  delete(store: StoreName, name: RecordName): void {
    this.deleteRange(store, { first: name, last: name });
  }

  deleteRange(store: StoreName, range: NameRange): void {
    this.changes.push({ kind: 'delete', store, at: range });
  }

  /** Runs right after the commit and before the next unit of work: the place to update a cache. */
  onCommit(hook: () => void): void {
    this.commitHooks.push(hook);
  }
}

export interface ReadRecord {
  readonly name: RecordName;
  readonly record: unknown;
}

/** What a vault needs of its surroundings; the platform's own where it is left out. */
export interface VaultPorts {
  readonly openJournal?: OpenJournalFile;
  readonly clock?: Clock;
}

export class Vault {
  readonly keyring: Keyring;
  readonly #db: IDBPDatabase;
  readonly #keys: VaultKeys;
  #naming: CryptoKey | null;
  readonly #writer: DatabaseWriter;
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(keyring: Keyring, keys: VaultKeys, naming: CryptoKey, writer: DatabaseWriter) {
    this.keyring = keyring;
    this.#db = keyring.db;
    this.#keys = keys;
    this.#naming = naming;
    this.#writer = writer;
  }

  /**
   * Opens or creates the vault of a device that opens it by itself. The caller holds the profile's lock. Throws as
   * `Keyring.open`, and P2pError `vault-locked` when somebody must be asked.
   */
  static async open(profile: string): Promise<Vault> {
    const keyring = await Keyring.open(profile, { nowMs: () => Date.now() });
    try {
      const keys = await keyring.openByDevice();
      if (keys === null) throw new P2pError('vault-locked');
      return await Vault.unlocked(keyring, keys);
    } catch (error) {
      await keyring.close();
      throw error;
    }
  }

  /**
   * The vault of a keyring that was opened. Brings the database up to the journal, then finishes what is left of a
   * migration. The keyring is the vault's from here on. Throws P2pError `storage-…`.
   */
  static async unlocked(
    keyring: Keyring,
    keys: VaultKeys,
    { openJournal = openJournalFile, clock = systemClock }: VaultPorts = {},
  ): Promise<Vault> {
    const { db, profile, vaultId } = keyring;
    const naming = await keys.deriveNamingKey();
    const file = await openJournal({ profile, vaultId });
    try {
      const writer = await DatabaseWriter.open(db, file && (await Journal.open(file)), clock);
      const old: unknown = await db.get(META, META_KEYS.schema1Keys);
      if (old !== undefined) {
        if (!isSchema1Keys(old)) throw new P2pError('storage-corrupt');
        await migrateToSchema2(db, { old, keys, naming });
      }
      return new Vault(keyring, keys, naming, writer);
    } catch (error) {
      file?.close();
      throw error;
    }
  }

  /** Name of a single record, or prefix of ordered ones. */
  name(store: StoreName, name: string): Promise<RecordName> {
    if (this.#naming === null) return Promise.reject(new P2pError('vault-locked'));
    return recordName(this.#naming, store, name);
  }

  /** The record, or undefined when there is none. Throws P2pError `storage-corrupt`. */
  async get(store: StoreName, name: RecordName): Promise<unknown> {
    const sealed: unknown = await this.#writer.read(() => this.#db.get(store, name));
    return sealed === undefined ? undefined : openRecord(this.#keys, { store, name }, sealed);
  }

  /** Every record of a store, in order of names. */
  async all(store: StoreName): Promise<readonly ReadRecord[]> {
    return this.#read(store, undefined, Number.POSITIVE_INFINITY);
  }

  /** How many records a store has. */
  count(store: StoreName): Promise<number> {
    return this.#writer.read(() => this.#db.count(store));
  }

  /** The first `limit` ordered records with first ≤ ordinal ≤ last. */
  async range(
    store: StoreName,
    bounds: { readonly prefix: RecordName; readonly first: number; readonly last: number },
    limit: number,
  ): Promise<readonly ReadRecord[]> {
    if (bounds.first > bounds.last || limit < 1) return [];
    return this.#read(store, keyRange(orderedRange(bounds.prefix, bounds.first, bounds.last)), limit);
  }

  /** The first `limit` ordered records that there are with first ≤ ordinal ≤ last; none of them is opened. */
  async ordinals(
    store: StoreName,
    { prefix, first, last }: { readonly prefix: RecordName; readonly first: number; readonly last: number },
    limit?: number,
  ): Promise<readonly number[]> {
    if (first > last) return [];
    const range = keyRange(orderedRange(prefix, first, last));
    const keys = await this.#writer.read(() => this.#db.getAllKeys(store, range, limit));
    return keys.map(key => ordinalOf(toName(key)));
  }

  async #read(
    store: StoreName,
    range: IDBKeyRange | undefined,
    limit: number,
  ): Promise<readonly ReadRecord[]> {
    // Two requests of one transaction: a cursor would cost a round trip a record.
    const count = Number.isFinite(limit) ? limit : undefined;
    const [keys, values] = await this.#writer.read(() => {
      const objectStore = this.#db.transaction(store).store;
      return Promise.all([
        objectStore.getAllKeys(range, count),
        objectStore.getAll(range, count) as Promise<unknown[]>,
      ]);
    });
    return Promise.all(
      keys.map(async (key, index) => {
        const name = toName(key);
        return { name, record: await openRecord(this.#keys, { store, name }, values[index]) };
      }),
    );
  }

  /**
   * One unit of work. `work` reads and fills the batch; when it rejects nothing is written. Resolves after the
   * transaction is on disk. Units run one after the other.
   */
  update<R>(work: (batch: WriteBatch) => Promise<R> | R): Promise<R> {
    const run = this.#writes.then(() => this.#runUnit(work));
    this.#writes = run.catch(() => undefined); // the caller gets the error; the queue goes on
    return run;
  }

  async #runUnit<R>(work: (batch: WriteBatch) => Promise<R> | R): Promise<R> {
    const batch = new WriteBatch();
    const result = await work(batch);
    if (batch.changes.length > 0) await this.#writer.commit(await this.#seal(batch.changes));
    for (const hook of batch.commitHooks) hook();
    return result;
  }

  #seal(changes: readonly Change[]): Promise<SealedChange[]> {
    return Promise.all(
      changes.map(async change => {
        if (change.kind === 'delete') return change;
        const { store, name, record } = change;
        return { kind: 'put', store, name, sealed: await sealRecord(this.#keys, change, record) };
      }),
    );
  }

  /** Waits for the writes under way, forgets the keys and closes the database. */
  async close(): Promise<void> {
    await this.#writes;
    this.#keys.lock();
    this.#naming = null;
    await this.#writer.close();
    await this.keyring.close();
  }
}

function toName(key: IDBValidKey): RecordName {
  if (key instanceof ArrayBuffer) return new Uint8Array(key) as RecordName;
  throw new P2pError('storage-corrupt');
}
