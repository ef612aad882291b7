/** Copies a profile's whole database, as restoring a backup of the browser's folder would. */
import { openDB } from 'idb';

/** Copies `enk:from` to `enk:to`, keys included. */
export async function copyProfile(from: string, to: string): Promise<void> {
  const source = await openDB(`enk:${from}`);
  const stores = [...source.objectStoreNames];
  const target = await openDB(`enk:${to}`, source.version, {
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
