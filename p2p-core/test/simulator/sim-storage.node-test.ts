/** The simulated storage loses what a loss of power loses, and nothing else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from './random.ts';
import { SimStorage } from './sim-storage.ts';
import { TaskQueue } from './task-queue.ts';

const NAME = 'power';

async function open(queue: TaskQueue): Promise<IDBDatabase> {
  let opened: IDBDatabase | null = null;
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => void request.result.createObjectStore('records');
  request.onsuccess = () => (opened = request.result);
  await queue.settle();
  assert(opened !== null);
  return opened;
}

async function put(queue: TaskQueue, db: IDBDatabase, key: string, durability: IDBTransactionDurability) {
  db.transaction('records', 'readwrite', { durability }).objectStore('records').put(key, key);
  await queue.settle();
}

describe('the simulated storage', () => {
  it('P2P-STO-04: undoes relaxed commits at a loss of power, unless a strict one followed', async () => {
    const queue = new TaskQueue(new SeededRandom(1, 'power'));
    const storage = new SimStorage(queue);
    try {
      const keys = (): unknown[] => [...(storage.copy(NAME).get('records') ?? [])].map(({ value }) => value);
      let db = await open(queue);
      await put(queue, db, 'strict', 'strict');
      await put(queue, db, 'relaxed', 'relaxed');
      assert.deepEqual(keys(), ['relaxed', 'strict']);
      storage.kill(NAME);
      assert.deepEqual(keys(), ['strict']);
      db = await open(queue);
      await put(queue, db, 'relaxed', 'relaxed');
      await put(queue, db, 'flush', 'strict');
      storage.kill(NAME);
      assert.deepEqual(keys(), ['flush', 'relaxed', 'strict']);
    } finally {
      storage.close();
    }
  });
});
