/**
 * What is pinned, offered and feared, in IndexedDB. Records are written whole, one transaction a change, so a worker
 * that is stopped in the middle leaves the state before or after.
 */
import type { Pin } from '@enk/release-manifest';
import type { ReleaseAlarm, ReleaseCheck, ReleaseSource } from '@enk/context';

const DATABASE = 'enk-release';
const STORE = 'state';
const VERSION = 1;

/** A release that was accepted, and whose every file is in the cache. */
export interface StoredRelease {
  /** What is held fast once it runs. */
  readonly pin: Pin;
  /** The bytes of its release.json. */
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly signatures: string;
  readonly signers: readonly string[];
  /** Keys and threshold that had to vouch for it. */
  readonly demanded: { readonly threshold: number; readonly keyCount: number };
  readonly sources: readonly ReleaseSource[];
}

export interface StoredRecords {
  readonly current: StoredRelease;
  /** The one before: pages that were opened under it may still ask for its files. */
  readonly previous: StoredRelease;
  readonly offered: StoredRelease;
  readonly check: ReleaseCheck;
  readonly alarm: ReleaseAlarm;
  /** The last good text of config.json. */
  readonly config: string;
}

type Name = keyof StoredRecords;
/** Null removes. */
type Changes = { readonly [N in Name]?: StoredRecords[N] | null };

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB refused.'));
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => void request.result.createObjectStore(STORE);
  return settled(request);
}

async function withStore<T>(
  mode: IDBTransactionMode,
  use: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const database = await open();
  try {
    const transaction = database.transaction(STORE, mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB aborted.'));
    });
    const [result] = await Promise.all([use(transaction.objectStore(STORE)), done]);
    return result;
  } finally {
    database.close();
  }
}

export async function readRecord<N extends Name>(name: N): Promise<StoredRecords[N] | null> {
  const value = await withStore(
    'readonly',
    store => settled(store.get(name)) as Promise<StoredRecords[N] | undefined>,
  );
  return value ?? null;
}

/** All changes or none. */
export async function writeRecords(changes: Changes): Promise<void> {
  await withStore('readwrite', async store => {
    const written = Object.entries(changes).map(([name, value]) =>
      value === null ? settled(store.delete(name)) : settled(store.put(value, name)),
    );
    await Promise.all<unknown>(written);
  });
}
