/**
 * IndexedDB in memory (fake-indexeddb) under the simulator's control: its tasks wait in the task queue, each commit
 * is told, a device's connection can be torn down at any moment (what has not committed is rolled back), and a
 * database can be put back to an older state.
 */
import 'fake-indexeddb/auto';
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

/** Every record of one database at one moment. Values are never changed in place. */
export type DatabaseCopy = ReadonlyMap<string, readonly RawRecord[]>;

export class SimStorage {
  /** Called right after a transaction that writes is durable, before its author learns of it. */
  onCommit: (database: string) => void = () => undefined;
  commits = 0;
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
    if (made.mode === 'readwrite' && made.durability !== 'strict') {
      throw new Error('a transaction that writes is not strictly durable');
    }
    made.addEventListener('complete', () => {
      this.commits += 1;
      this.onCommit(database);
    });
  }

  #database(name: string): RawDatabase {
    const database = (indexedDB as unknown as RawFactory)._databases.get(name);
    if (database === undefined) throw new RangeError(`no database ${name}`);
    return database;
  }

  /** The process that used this database and its key file is gone: what has not committed never happened. */
  kill(name: string): void {
    const names = [...(indexedDB as unknown as RawFactory)._databases.keys()];
    for (const one of names.filter(found => found === name || found.startsWith(`${name}:`))) this.#kill(one);
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

  /** What is durable now. No transaction may be under way. */
  copy(name: string): DatabaseCopy {
    const stores = [...this.#database(name).rawObjectStores];
    return new Map(
      stores.map(([store, { records }]) => [
        store,
        [...records.values()].map(({ key, value }) => ({ key, value })),
      ]),
    );
  }

  /** Puts an older state back. Nobody may have the database open. */
  putBack(name: string, copy: DatabaseCopy): void {
    for (const [store, { records }] of this.#database(name).rawObjectStores) {
      records.clear();
      for (const record of copy.get(store) ?? []) records.put({ ...record });
    }
  }

  /** Records per store. */
  sizes(name: string): Readonly<Record<string, number>> {
    const stores = [...this.#database(name).rawObjectStores];
    return Object.fromEntries(stores.map(([store, { records }]) => [store, records.size()]));
  }

  /** Every key and value as bytes, for a scan; CryptoKeys, which have none, are left out. */
  bytes(name: string): Uint8Array[] {
    const records = [...this.copy(name).values()].flat();
    return records.flatMap(({ key, value }) => [toBytes(key), toBytes(value)]);
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
