/**
 * IndexedDB in memory (fake-indexeddb) and the vaults' journals under the simulator's control: tasks wait in the task
 * queue, each commit is told, a device's connection can be torn down at any moment (what has not committed is rolled
 * back; when the power goes too, also what committed without a flush), and everything can be put back to an older
 * state.
 */
import 'fake-indexeddb/auto';
import type { JournalFile } from '../../storage/journal/journal.ts';
import { SimJournal } from './sim-journal.ts';
import type { TaskQueue } from './task-queue.ts';

/** What fake-indexeddb keeps inside; version pinned in package.json. */
interface RawRecord {
  readonly key: unknown;
  readonly value: unknown;
}
interface RawStore {
  readonly records: {
    values(): Iterable<RawRecord>;
    put(record: RawRecord): void;
    clear(): void;
    size(): number;
  };
}
interface RawTransaction {
  readonly db: RawConnection;
  _state: string;
  readonly _rollbackLog: (() => void)[];
  readonly _requests: unknown[];
}
interface RawConnection extends EventTarget {
  readonly name: string;
  _closePending: boolean;
  _closed: boolean;
}
interface RawDatabase {
  connections: RawConnection[];
  readonly transactions: RawTransaction[];
  readonly rawObjectStores: ReadonlyMap<string, RawStore>;
}
interface RawFactory {
  readonly _databases: Map<string, RawDatabase>;
  /** Opens of one database wait for each other here. */
  readonly _connectionQueues: Map<string, Promise<void>>;
}

/** Every record of one database at one moment, and its journal. Values are never changed in place. */
export interface DatabaseCopy {
  readonly stores: ReadonlyMap<string, readonly RawRecord[]>;
  readonly journal: Uint8Array;
}

export class SimStorage {
  /** Called right after something that was written is durable or visible, before its author learns of it. */
  onCommit: (database: string) => void = () => undefined;
  /** Units of work that became durable. */
  commits = 0;
  readonly #journals = new Map<string, SimJournal>();
  /** What takes back the commits that were not flushed, oldest first. */
  readonly #unflushed = new Map<string, (() => void)[]>();
  readonly #giveBack: () => void;

  constructor(queue: TaskQueue) {
    const { setImmediate } = globalThis;
    const { prototype } = IDBDatabase;
    const { transaction } = prototype;
    // fake-indexeddb asks for the global at each task.
    globalThis.setImmediate = ((task: () => void) => queue.add('storage', task)) as typeof setImmediate;
    const begun = (database: IDBDatabase, made: IDBTransaction): void => this.#begun(database.name, made);
    prototype.transaction = function (this: IDBDatabase, ...args) {
      const made = transaction.apply(this, args);
      begun(this, made);
      return made;
    };
    this.#giveBack = () => {
      globalThis.setImmediate = setImmediate;
      prototype.transaction = transaction;
    };
  }

  #begun(database: string, made: IDBTransaction): void {
    if (made.mode === 'readonly') return;
    made.addEventListener('complete', () => {
      const isFlushed = made.mode === 'versionchange' || made.durability === 'strict';
      if (isFlushed) {
        this.commits += 1;
        this.#unflushed.delete(database);
      } else {
        const undo = (made as unknown as RawTransaction)._rollbackLog;
        this.#unflushed.set(database, [...(this.#unflushed.get(database) ?? []), ...undo]);
      }
      this.onCommit(database);
    });
  }

  #database(name: string): RawDatabase {
    const database = (indexedDB as unknown as RawFactory)._databases.get(name);
    if (database === undefined) throw new RangeError(`no database ${name}`);
    return database;
  }

  /** The journal of a database, for the one process that uses both. */
  openJournal(name: string): JournalFile {
    const journal = this.#journals.get(name) ?? new SimJournal(() => this.#flushed(name));
    this.#journals.set(name, journal);
    return journal.open();
  }

  #flushed(name: string): void {
    this.commits += 1;
    this.onCommit(name);
  }

  /**
   * The process that used this database and its key file is gone: what has not committed never happened. When the
   * power is lost, nor did what was not flushed.
   */
  kill(name: string, { losesPower }: { readonly losesPower: boolean }): void {
    const names = [...(indexedDB as unknown as RawFactory)._databases.keys()];
    for (const one of names.filter(found => found === name || found.startsWith(`${name}:`))) {
      this.#kill(one);
      if (losesPower) for (const undo of (this.#unflushed.get(one) ?? []).reverse()) undo();
      if (losesPower) this.#unflushed.delete(one);
    }
    this.#journals.get(name)?.kill({ losesPower });
  }

  #kill(name: string): void {
    const { _databases, _connectionQueues } = indexedDB as unknown as RawFactory;
    const database = _databases.get(name);
    if (database === undefined) return;
    _connectionQueues.delete(name);
    for (const transaction of database.transactions) {
      if (transaction._state === 'finished') continue;
      for (const undo of transaction._rollbackLog.reverse()) undo();
      transaction._requests.length = 0; // nobody is left to be told
      transaction._state = 'finished';
    }
    database.transactions.length = 0;
    for (const connection of database.connections) {
      connection._closePending = true;
      connection._closed = true;
    }
    database.connections = [];
  }

  /** What is stored now. No transaction may be under way. */
  copy(name: string): DatabaseCopy {
    const stores = [...this.#database(name).rawObjectStores].map(
      ([store, { records }]) =>
        [store, [...records.values()].map(({ key, value }) => ({ key, value }))] as const,
    );
    return { stores: new Map(stores), journal: this.#journals.get(name)?.copy() ?? new Uint8Array(0) };
  }

  /** Puts an older state back. Nobody may have the database open. */
  putBack(name: string, copy: DatabaseCopy): void {
    for (const [store, { records }] of this.#database(name).rawObjectStores) {
      records.clear();
      for (const record of copy.stores.get(store) ?? []) records.put({ ...record });
    }
    this.#unflushed.delete(name);
    this.#journals.get(name)?.putBack(copy.journal);
  }

  /** Records per store. */
  sizes(name: string): Readonly<Record<string, number>> {
    const stores = [...this.#database(name).rawObjectStores];
    return Object.fromEntries(stores.map(([store, { records }]) => [store, records.size()]));
  }

  /** Every key and value as bytes, for a scan; CryptoKeys, which have none, are left out. */
  bytes(name: string): Uint8Array[] {
    const { stores, journal } = this.copy(name);
    const records = [...stores.values()].flat();
    return [...records.flatMap(({ key, value }) => [toBytes(key), toBytes(value)]), journal];
  }

  /** Drops every database and gives IndexedDB back. */
  close(): void {
    (indexedDB as unknown as RawFactory)._databases.clear();
    this.#giveBack();
  }
}

function toBytes(item: unknown): Uint8Array {
  if (item instanceof Uint8Array) return item;
  if (item instanceof ArrayBuffer) return new Uint8Array(item);
  return new TextEncoder().encode(JSON.stringify(item) ?? '');
}
