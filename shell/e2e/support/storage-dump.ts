/** Reads what a page's origin stores, as any script of that origin could, and plants clear canaries beside it. */
import type { Page } from 'puppeteer-core';
import { marker } from './scan.ts';

/**
 * Everything in IndexedDB (every database, store, key and value), the origin private file system, localStorage,
 * sessionStorage, Cache Storage, cookies.
 */
export async function dumpStorage(page: Page): Promise<Buffer> {
  const parts = await page.evaluate(async () => {
    const found: string[] = [];
    const toText = (bytes: Uint8Array): string => {
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      return text;
    };
    const utf8 = (text: string): string => toText(new TextEncoder().encode(text));
    const note = (value: unknown): void => {
      if (value instanceof ArrayBuffer) found.push(toText(new Uint8Array(value)));
      else if (ArrayBuffer.isView(value))
        found.push(toText(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
      else if (typeof value === 'object' && value !== null)
        for (const entry of Object.entries(value).flat()) note(entry);
      else found.push(utf8(String(value)));
    };
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
      });
    for (const { name = '' } of await indexedDB.databases()) {
      note(name);
      const database = await done(indexedDB.open(name));
      for (const storeName of database.objectStoreNames) {
        note(storeName);
        const store = database.transaction(storeName).objectStore(storeName);
        const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
        note(keys);
        note(values);
      }
      database.close();
    }
    note({ ...localStorage });
    note({ ...sessionStorage });
    note(document.cookie);
    note(history.state);
    for (const name of await caches.keys()) {
      note(name);
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        note(request.url);
        note(await (await cache.match(request))?.arrayBuffer());
      }
    }
    const noteFolder = async (folder: FileSystemDirectoryHandle): Promise<void> => {
      const entries = folder as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> };
      for await (const [name, entry] of entries.entries()) {
        note(name);
        if (entry.kind === 'directory') await noteFolder(entry as FileSystemDirectoryHandle);
        else note(await (await (entry as FileSystemFileHandle).getFile()).arrayBuffer());
      }
    };
    await noteFolder(await navigator.storage.getDirectory());
    return found;
  });
  return Buffer.concat(parts.map(part => Buffer.from(part, 'latin1')));
}

export interface VaultDump {
  /** Every CryptoKey of the profile's databases. */
  readonly keys: readonly { readonly extractable: boolean; readonly exported: boolean }[];
  readonly records: readonly {
    readonly store: string;
    readonly nameBytes: number;
    readonly valueType: string;
  }[];
}

/** The shape of the product's own databases: its keys, and each sealed record's place and type. */
export async function readVault(page: Page, profile = 'default'): Promise<VaultDump> {
  return page.evaluate(async prefix => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
      });
    const records: { store: string; nameBytes: number; valueType: string }[] = [];
    const keys: { extractable: boolean; exported: boolean }[] = [];
    const collect = async (value: unknown): Promise<void> => {
      if (value instanceof CryptoKey) {
        const exported = await crypto.subtle.exportKey('raw', value).then(
          () => true,
          () => false,
        );
        keys.push({ extractable: value.extractable, exported });
      } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
        for (const inner of Object.values(value)) await collect(inner);
      }
    };
    for (const { name: databaseName = '' } of await indexedDB.databases()) {
      if (databaseName !== prefix && !databaseName.startsWith(`${prefix}:`)) continue;
      const database = await done(indexedDB.open(databaseName));
      for (const store of database.objectStoreNames) {
        const content = database.transaction(store).objectStore(store);
        const [names, values] = await Promise.all([done(content.getAllKeys()), done(content.getAll())]);
        await collect(values);
        if (store === 'meta' || databaseName !== prefix) continue;
        values.forEach((value: unknown, i) => {
          const name = names[i];
          const nameBytes = name instanceof ArrayBuffer ? name.byteLength : -1;
          records.push({ store, nameBytes, valueType: Object.prototype.toString.call(value).slice(8, -1) });
        });
      }
      database.close();
    }
    return { keys, records };
  }, `enk:${profile}`);
}

/** Routes by which a page stores something. */
const ROUTES = [
  'IndexedDB, text',
  'IndexedDB, bytes',
  'IndexedDB, name',
  'IndexedDB, compressed table',
  'IndexedDB, compressed value',
  'OPFS, bytes',
  'OPFS, name',
  'localStorage',
  'sessionStorage',
  'Cache Storage',
] as const;

export type StorageCanaries = Readonly<Record<(typeof ROUTES)[number], string>>;

/** A clear text for each route that {@link dumpStorage} reads. */
export function makeCanaries(): StorageCanaries {
  return Object.fromEntries(ROUTES.map(route => [route, marker('canary')])) as Record<
    (typeof ROUTES)[number],
    string
  >;
}

/** Stores the canaries, each by its route. */
export async function plantInStorage(page: Page, canaries: StorageCanaries): Promise<void> {
  await page.evaluate(async planted => {
    const opening = indexedDB.open('canary', 1);
    opening.onupgradeneeded = () => void opening.result.createObjectStore('canary');
    await new Promise<void>((resolve, reject) => {
      opening.onsuccess = () => resolve();
      opening.onerror = () => reject(new Error('IndexedDB'));
    });
    const database = opening.result;
    /** A text whose second half the compressor has met before, so that it stands nowhere as a whole. */
    const split = (text: string): string => `${text.slice(-8)} ${'-'.repeat(99)} ${text}`;
    const write = async (put: (store: IDBObjectStore) => void): Promise<void> => {
      const transaction = database.transaction('canary', 'readwrite', { durability: 'strict' });
      put(transaction.objectStore('canary'));
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(new Error('IndexedDB'));
      });
    };
    await write(store => {
      store.put({ text: planted['IndexedDB, text'] }, 'text');
      store.put(new TextEncoder().encode(planted['IndexedDB, bytes']), Uint8Array.of(1));
      store.put(1, planted['IndexedDB, name']);
      store.put(split(planted['IndexedDB, compressed table']), 'table');
      store.put(split(planted['IndexedDB, compressed value']) + '-'.repeat(300_000), 'value');
    });
    // More than the engine keeps in its log: a table is written, and that log goes.
    for (let round = 0; round < 8; round++) {
      await write(store => {
        for (let n = 0; n < 40; n++)
          store.put(crypto.getRandomValues(new Uint8Array(32_768)), `${round} ${n}`);
      });
    }
    database.close();
    localStorage.setItem('canary', planted.localStorage);
    sessionStorage.setItem('canary', planted.sessionStorage);
    const cache = await caches.open('canary');
    await cache.put('/canary', new Response(planted['Cache Storage']));
    const root = await navigator.storage.getDirectory();
    const file = await root.getFileHandle(planted['OPFS, name'], { create: true });
    const writable = await file.createWritable();
    await writable.write(planted['OPFS, bytes']);
    await writable.close();
  }, canaries);
}
