import { expect } from '@esm-bundle/chai';
import { deleteDB, openDB } from 'idb';
import { STORAGE_SCHEMA_VERSION } from '../limits.ts';
import type { KeyFile } from './key-file.ts';
import { orderedName, ordinalOf } from './record-name.ts';
import { Vault } from './vault.ts';

const CANARY = 'canary-5f1e9 Größe';

/** Everything that a database holds, as its raw values, read through the IndexedDB API. */
async function dump(name: string): Promise<{ keys: IDBValidKey[]; values: unknown[] }> {
  const db = await openDB(name);
  const keys: IDBValidKey[] = [];
  const values: unknown[] = [];
  for (const store of db.objectStoreNames) {
    keys.push(...(await db.getAllKeys(store)));
    values.push(...(await db.getAll(store)));
  }
  db.close();
  return { keys, values };
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new TextEncoder().encode(JSON.stringify(value) ?? '');
}

/** True when the canary is anywhere in the dump: UTF-8, UTF-16 or base64. */
function contains({ keys, values }: { keys: IDBValidKey[]; values: unknown[] }, text: string): boolean {
  const utf8 = new TextEncoder().encode(text);
  const utf16 = new Uint8Array(Uint16Array.from(text, character => character.charCodeAt(0)).buffer);
  const base64 = new TextEncoder().encode(btoa(String.fromCharCode(...utf8)).slice(0, 16));
  const latin1 = (bytes: Uint8Array): string => Array.from(bytes, byte => String.fromCharCode(byte)).join('');
  const needles = [utf8, utf16, base64].map(latin1);
  return [...keys, ...values].some(item => {
    const hay = latin1(bytesOf(item));
    return needles.some(needle => hay.includes(needle));
  });
}

describe('vault', () => {
  let profile: string;
  let vault: Vault;

  beforeEach(async () => {
    profile = `vault-${crypto.randomUUID()}`;
    vault = await Vault.open(profile);
  });

  afterEach(async () => {
    await vault.close();
  });

  async function put(name: string, record: object): Promise<void> {
    const key = await vault.name('contacts', name);
    await vault.update(batch => batch.put('contacts', key, record));
  }

  async function get(name: string): Promise<unknown> {
    return vault.get('contacts', await vault.name('contacts', name));
  }

  it('P2P-STO-02: stores nothing readable; the same scan finds a clear canary', async () => {
    await put(CANARY, { text: CANARY, bytes: new TextEncoder().encode(CANARY) });
    expect(contains(await dump(`enk:${profile}`), CANARY)).to.equal(false);
    const clearName = `clear-${profile}`;
    const clear = await openDB(clearName, 1, { upgrade: db => void db.createObjectStore('s') });
    await clear.put('s', { text: CANARY }, 'key');
    clear.close();
    expect(contains(await dump(clearName), CANARY)).to.equal(true);
    expect(await get(CANARY)).to.deep.equal({ text: CANARY, bytes: new TextEncoder().encode(CANARY) });
  });

  it('P2P-STO-01: keeps the DEK as a wrap, and the key of the wrap as a CryptoKey that cannot be exported', async () => {
    const db = await openDB(`enk:${profile}:keys:1`);
    const file = (await db.get('file', 'file')) as KeyFile;
    db.close();
    expect(file.slots.map(({ method }) => method)).to.deep.equal(['device']);
    const [slot] = file.slots;
    const refused = await crypto.subtle
      .exportKey('raw', slot?.deviceKey as CryptoKey)
      .catch((e: unknown) => e);
    expect(refused).to.be.instanceOf(DOMException);
    const { values } = await dump(`enk:${profile}`);
    expect(values.some(value => value instanceof CryptoKey)).to.equal(false);
  });

  it('P2P-STO-02: a flipped byte, a moved and a renamed record are corrupt, and stay where they are', async () => {
    await put('a', { value: 1 });
    const nameA = await vault.name('contacts', 'a');
    const db = await openDB(`enk:${profile}`);
    const sealed = (await db.get('contacts', nameA)) as Uint8Array;
    const nameB = await vault.name('contacts', 'b');
    await db.put('contacts', sealed, nameB);
    await db.put('invites', sealed, nameA);
    for (const index of [0, 5, 20, sealed.length - 1]) {
      const broken = sealed.slice();
      broken[index] = (broken[index] ?? 0) ^ 1;
      await db.put('contacts', broken, nameA);
      const error: unknown = await vault.get('contacts', nameA).catch((reason: unknown) => reason);
      expect(['storage-corrupt', 'storage-newer']).to.include((error as { code: string }).code);
      expect(await db.get('contacts', nameA)).to.deep.equal(broken);
    }
    for (const [store, name] of [
      ['contacts', nameB],
      ['invites', nameA],
    ] as const) {
      const error: unknown = await vault.get(store, name).catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'storage-corrupt');
    }
    db.close();
  });

  it('P2P-STO-04: a unit of work is all or nothing, and units run one after the other', async () => {
    const [a, b] = await Promise.all([vault.name('contacts', 'a'), vault.name('invites', 'b')]);
    const failed = vault.update(batch => {
      batch.put('contacts', a, { value: 1 });
      batch.put('invites', b, { value: 1 });
      throw new Error('stop');
    });
    expect(await failed.catch((error: unknown) => (error as Error).message)).to.equal('stop');
    expect(await vault.get('contacts', a)).to.equal(undefined);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        vault.update(async batch => {
          const current = (await vault.get('contacts', a)) as { value: number } | undefined;
          batch.put('contacts', a, { value: (current?.value ?? 0) + 1 });
        }),
      ),
    );
    expect(await vault.get('contacts', a)).to.deep.equal({ value: 20 });
  });

  it('P2P-STO-07: a second writer fails instead of mixing', async () => {
    const other = await Vault.open(profile);
    await put('a', { value: 1 });
    const key = await other.name('contacts', 'a');
    const error: unknown = await other
      .update(batch => batch.put('contacts', key, { value: 2 }))
      .catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'storage-conflict');
    expect(await get('a')).to.deep.equal({ value: 1 });
    await other.close();
  });

  it('P2P-STO-05: a newer database is refused and untouched', async () => {
    await put('a', { value: 1 });
    await vault.close();
    const newer = await openDB(`enk:${profile}`, STORAGE_SCHEMA_VERSION + 1);
    newer.close();
    const before = await dump(`enk:${profile}`);
    const error: unknown = await Vault.open(profile).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'storage-newer');
    expect(JSON.stringify((await dump(`enk:${profile}`)).values)).to.equal(JSON.stringify(before.values));
  });

  it('P2P-STO-06: lost keys are corruption, not a first start', async () => {
    await put('a', { value: 1 });
    await vault.close();
    await deleteDB(`enk:${profile}:keys:1`);
    const error: unknown = await Vault.open(profile).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'storage-corrupt');
  });

  it('P2P-STO-06: records whose generation of keys is not known are corruption too', async () => {
    await put('a', { value: 1 });
    await vault.close();
    const db = await openDB(`enk:${profile}`);
    await db.delete('meta', 'generation');
    db.close();
    const error: unknown = await Vault.open(profile).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'storage-corrupt');
  });

  it('P2P-VLT-06: a closed vault opens, seals and names nothing any more', async () => {
    await put('a', { value: 1 });
    const key = await vault.name('contacts', 'a');
    await vault.close();
    const codes = await Promise.all(
      [vault.name('contacts', 'a'), vault.update(batch => batch.put('contacts', key, { value: 2 }))].map(
        done =>
          done.then(
            () => 'done',
            (error: unknown) => (error as { code: string }).code,
          ),
      ),
    );
    expect(codes).to.deep.equal(['vault-locked', 'vault-locked']);
  });

  it('P2P-STO-03: ordered names sort by ordinal, and hide what they belong to', async () => {
    const prefix = await vault.name('messages', CANARY);
    const ordinals = [0, 1, 255, 256, 65_536, 2 ** 32, 2 ** 53 - 1];
    const names = ordinals.map(ordinal => orderedName(prefix, ordinal));
    expect(names.map(ordinalOf)).to.deep.equal(ordinals);
    for (let index = 1; index < names.length; index++) {
      expect(indexedDB.cmp(names[index - 1] as Uint8Array, names[index] as Uint8Array)).to.equal(-1);
    }
    expect(contains({ keys: [prefix.slice().buffer], values: [] }, CANARY)).to.equal(false);
  });

  it('P2P-STO-03: ranges are in order and stay within their prefix and limit', async () => {
    const [mine, other] = await Promise.all([vault.name('messages', 'x'), vault.name('messages', 'y')]);
    await vault.update(batch => {
      for (let index = 0; index < 10; index++) {
        batch.put('messages', orderedName(mine, index), { index });
        batch.put('messages', orderedName(other, index), { other: index });
      }
    });
    const found = await vault.range('messages', { prefix: mine, first: 4, last: 8 }, 3);
    expect(found.map(({ record }) => record)).to.deep.equal([{ index: 4 }, { index: 5 }, { index: 6 }]);
    const last = await vault.range(
      'messages',
      { prefix: mine, first: 8, last: 99 },
      Number.POSITIVE_INFINITY,
    );
    expect(last.map(({ record }) => record)).to.deep.equal([{ index: 8 }, { index: 9 }]);
    expect(await vault.range('messages', { prefix: mine, first: 0, last: 9 }, 0)).to.deep.equal([]);
    expect(await vault.range('messages', { prefix: mine, first: 5, last: 4 }, 3)).to.deep.equal([]);
  });
});
