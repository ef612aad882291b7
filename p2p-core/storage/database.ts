/** The profile's database: its object stores, and the few values about itself that are not sealed. */
import { type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import { P2pError, storageError } from '../errors.ts';
import { STORAGE_SCHEMA_VERSION } from '../limits.ts';
import { STORE_NAMES } from './record-name.ts';

export const META = 'meta';

/** What stands in META. */
export const META_KEYS = {
  /** Counts transactions; see Vault. */
  revision: 'revision',
  /** Which key file is in force. */
  generation: 'generation',
  /** Tries at the lock. */
  tries: 'tries',
  /** When everything was last exported, in milliseconds since 1970: told while locked too. */
  lastExport: 'last-export',
  /** Set while everything is being erased. */
  erasing: 'erasing',
  /** Schema 1: the two device-bound keys; gone when the migration is done. */
  schema1Keys: 'keys',
} as const;

export const databaseName = (profile: string): string => `enk:${profile}`;

/**
 * Opens or creates it. Throws P2pError `storage-newer`, `storage-full` or `storage-unavailable`; a newer one stays
 * untouched. `onLost` is told when it is closed from outside: the site's data was cleared, or its disk failed.
 */
export async function openDatabase(
  profile: string,
  onLost: () => void = () => undefined,
): Promise<IDBPDatabase> {
  try {
    return await openDB(databaseName(profile), STORAGE_SCHEMA_VERSION, {
      upgrade(db) {
        for (const store of [META, ...STORE_NAMES]) {
          if (!db.objectStoreNames.contains(store)) db.createObjectStore(store);
        }
      },
      blocking(_current, _blocked, event) {
        (event.target as IDBDatabase).close(); // erasing or upgrading elsewhere must not hang on us
        onLost();
      },
      terminated: onLost,
    });
  } catch (cause) {
    const isNewer = cause instanceof DOMException && cause.name === 'VersionError';
    throw isNewer ? new P2pError('storage-newer', { cause }) : storageError(cause);
  }
}

/** One durable transaction over the values about the database itself. */
export async function updateMeta(
  db: IDBPDatabase,
  work: (meta: IDBPTransaction<unknown, string[], 'readwrite'>) => Promise<void>,
): Promise<void> {
  try {
    const tx = db.transaction([META], 'readwrite', { durability: 'strict' });
    await committed(tx, () => [work(tx)]);
  } catch (cause) {
    throw cause instanceof P2pError ? cause : new P2pError('storage-unavailable', { cause });
  }
}

/** Resolves when the transaction is durable with all that `requests` asks of it; rejects with the first failure. */
export async function committed(
  { done }: { readonly done: Promise<void> },
  requests: () => readonly Promise<unknown>[],
): Promise<void> {
  done.catch(() => undefined); // awaited below, unless a request throws before it is one
  await Promise.all([...requests(), done]);
}
