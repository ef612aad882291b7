/** Copies a profile's databases, as restoring a backup of the browser's folder would. */
import { openDB } from 'idb';

/** Copies `enk:from` to `enk:to`, the key file included. */
export async function copyProfile(from: string, to: string): Promise<void> {
  for (const { name = '' } of await indexedDB.databases()) {
    if (name === `enk:${from}` || name.startsWith(`enk:${from}:`)) {
      await copyDatabase(name, `enk:${to}${name.slice(`enk:${from}`.length)}`);
    }
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = await openDB(from);
  const stores = [...source.objectStoreNames];
  const target = await openDB(to, source.version, {
    upgrade: db => stores.forEach(store => db.createObjectStore(store)),
  });
  for (const store of stores) {
    const keys = await source.getAllKeys(store);
    const values: unknown[] = await source.getAll(store);
    const tx = target.transaction(store, 'readwrite');
    await Promise.all([...keys.map((key, index) => tx.store.put(values[index], key)), tx.done]);
  }
  source.close();
  target.close();
}
