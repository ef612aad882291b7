/** Reads what a page's origin stores, as any script of that origin could, and plants clear canaries beside it. */
import type { Page } from 'puppeteer-core';

/** Everything in IndexedDB (every database, store, key and value), localStorage, sessionStorage, Cache Storage, cookies. */
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

export interface StorageCanaries {
  readonly 'IndexedDB, text': string;
  readonly 'IndexedDB, bytes': string;
  readonly localStorage: string;
  readonly 'Cache Storage': string;
}

/** Stores clear texts by every route that {@link dumpStorage} reads. */
export async function plantInStorage(page: Page, canaries: StorageCanaries): Promise<void> {
  await page.evaluate(async planted => {
    const opening = indexedDB.open('canary', 1);
    opening.onupgradeneeded = () => void opening.result.createObjectStore('canary');
    await new Promise<void>((resolve, reject) => {
      opening.onsuccess = () => resolve();
      opening.onerror = () => reject(new Error('IndexedDB'));
    });
    const database = opening.result;
    const transaction = database.transaction('canary', 'readwrite', { durability: 'strict' });
    const store = transaction.objectStore('canary');
    store.put({ text: planted['IndexedDB, text'] }, 'text');
    store.put(new TextEncoder().encode(planted['IndexedDB, bytes']), Uint8Array.of(1));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(new Error('IndexedDB'));
    });
    database.close();
    localStorage.setItem('canary', planted.localStorage);
    const cache = await caches.open('canary');
    await cache.put('/canary', new Response(planted['Cache Storage']));
  }, canaries);
}
