/** What file-store.test.ts claims, run inside a worker: synchronous handles exist nowhere else. */
import { expect } from '@esm-bundle/chai';
import { P2pError } from '../../errors.ts';
import { FILE_CHUNK_BYTES } from '../../limits.ts';
import { pathOf } from '../../files/folder-tree.ts';
import type { FolderChange } from '../../worker/api.ts';
import { inspectStored } from '../../worker/files.ts';
import { thumbnailOf } from '../../worker/thumbnails.ts';
import { applyFolderChange } from '../../worker/vault-folders.ts';
import { FolderRepository } from '../../storage/files/folder-repository.ts';
import { FileStore } from '../../storage/files/file-store.ts';
import { openFileFolder, type SyncHandle } from '../../storage/files/opfs.ts';
import { Vault } from '../../storage/vault.ts';

const SEALED_CHUNK = FILE_CHUNK_BYTES + 16;
const FILE = { name: 'plan für Ana.pdf', mediaType: 'application/pdf', createdAtMs: 5 };

interface Stage {
  readonly profile: string;
  readonly folder: FileSystemDirectoryHandle;
  vault: Vault;
  store: FileStore;
}

async function open(profile = `files-${crypto.randomUUID()}`): Promise<Stage> {
  const [vault, folder] = [await Vault.open(profile), await openFileFolder(profile)];
  return { profile, folder, vault, store: await FileStore.open(vault, folder) };
}

/** As after a crash: nothing is told to the store; what it held is let go. */
async function restart(stage: Stage): Promise<Stage> {
  await stage.store.close();
  await stage.vault.close();
  return open(stage.profile);
}

/** Bytes that tell their place: a moved byte shows. */
function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i ^ (seed * 0x9e37), 0x85ebca6b);
  return new Uint8Array(words.buffer, 0, length).slice();
}

async function write({ store }: Stage, bytes: Uint8Array, step = bytes.length): Promise<string> {
  const writer = await store.create({ ...FILE, expectedBytes: bytes.length });
  for (let at = 0; at < bytes.length; at += step) await writer.write(bytes.subarray(at, at + step));
  await writer.commit();
  return writer.id;
}

async function readAll({ store }: Stage, id: string): Promise<Uint8Array> {
  const reader = await store.open(id);
  try {
    return await reader.read(0, reader.sizeBytes);
  } finally {
    await reader.close();
  }
}

async function codeOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    return error instanceof P2pError ? error.code : String(error);
  }
  return 'no error';
}

/** Changes a stored file behind the store's back. */
async function tamper({ folder }: Stage, change: (handle: SyncHandle) => void): Promise<void> {
  const [name] = await names(folder);
  const file = await folder.getFileHandle(name ?? '');
  const handle = await (
    file as unknown as { createSyncAccessHandle(): Promise<SyncHandle> }
  ).createSyncAccessHandle();
  change(handle);
  handle.close();
}

async function names(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const found: string[] = [];
  for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) found.push(name);
  return found;
}

function flip(handle: SyncHandle, at: number): void {
  const byte = new Uint8Array(1);
  handle.read(byte, { at });
  handle.write(Uint8Array.of((byte[0] ?? 0) ^ 1), { at });
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  async sizes() {
    const stage = await open();
    for (const length of [0, 1, 1024, FILE_CHUNK_BYTES - 1, FILE_CHUNK_BYTES, FILE_CHUNK_BYTES * 9 + 7]) {
      const bytes = pattern(length, length + 1);
      for (const step of [Math.max(1, length), 100_000, FILE_CHUNK_BYTES]) {
        expect(equal(await readAll(stage, await write(stage, bytes, step)), bytes), `${length}`).to.equal(
          true,
        );
      }
    }
    const again = await restart(stage);
    const list = await again.store.list();
    expect(list).to.have.length(18);
    expect(list.every(({ name, mediaType }) => name === FILE.name && mediaType === FILE.mediaType)).to.equal(
      true,
    );
    expect(Math.max(...list.map(({ sizeBytes }) => sizeBytes))).to.equal(FILE_CHUNK_BYTES * 9 + 7);
  },

  async ranges() {
    const stage = await open();
    const bytes = pattern(FILE_CHUNK_BYTES * 4 + 1000);
    const reader = await stage.store.open(await write(stage, bytes));
    for (const [offset, length] of [
      [0, 0],
      [0, 10],
      [FILE_CHUNK_BYTES - 5, 10],
      [FILE_CHUNK_BYTES * 2, FILE_CHUNK_BYTES],
      [17, FILE_CHUNK_BYTES * 3],
      [FILE_CHUNK_BYTES * 4 - 1, 1001],
      [bytes.length, 0],
    ] as const) {
      const got = await reader.read(offset, length);
      expect(equal(got, bytes.subarray(offset, offset + length)), `${offset} ${length}`).to.equal(true);
    }
    for (const [offset, length] of [
      [-1, 1],
      [0, bytes.length + 1],
      [bytes.length, 1],
      [0.5, 1],
    ] as const) {
      expect(await codeOf(() => reader.read(offset, length))).to.equal('bad-request');
    }
    await reader.close();
    expect(await codeOf(() => reader.read(0, 1))).to.equal('unknown-file');
  },

  /** A range opens although every other chunk is destroyed: the rest is not read. */
  async onlyWhatIsNeeded() {
    const stage = await open();
    const bytes = pattern(FILE_CHUNK_BYTES * 5);
    const id = await write(stage, bytes);
    await stage.store.close();
    await tamper(stage, handle => [0, 1, 2, 4].forEach(index => flip(handle, index * SEALED_CHUNK + 9)));
    const reader = await stage.store.open(id);
    const range = [FILE_CHUNK_BYTES * 3 + 5, 1000] as const;
    expect(equal(await reader.read(...range), bytes.subarray(range[0], range[0] + 1000))).to.equal(true);
    expect(await codeOf(() => reader.read(0, 1))).to.equal('storage-corrupt');
    await reader.close();
  },

  async damage() {
    const stage = await open();
    const bytes = pattern(FILE_CHUNK_BYTES * 3 + 10);
    const id = await write(stage, bytes);
    const refused = async (what: string, change: (handle: SyncHandle) => void): Promise<void> => {
      await stage.store.close();
      let before = new Uint8Array(0);
      await tamper(stage, handle => {
        before = new Uint8Array(handle.getSize());
        handle.read(before, { at: 0 });
        change(handle);
      });
      expect(await codeOf(() => readAll(stage, id)), what).to.equal('storage-corrupt');
      await stage.store.close();
      await tamper(stage, handle => {
        handle.truncate(before.length);
        handle.write(before, { at: 0 });
      });
      expect(equal(await readAll(stage, id), bytes), `${what}, put back`).to.equal(true);
    };
    for (const at of [
      0,
      FILE_CHUNK_BYTES - 1,
      FILE_CHUNK_BYTES,
      SEALED_CHUNK - 1,
      SEALED_CHUNK,
      SEALED_CHUNK * 3 - 1,
    ]) {
      await refused(`byte ${at}`, handle => flip(handle, at));
    }
    await refused('swapped chunks', handle => {
      const [first, second] = [new Uint8Array(SEALED_CHUNK), new Uint8Array(SEALED_CHUNK)];
      handle.read(first, { at: 0 });
      handle.read(second, { at: SEALED_CHUNK });
      handle.write(second, { at: 0 });
      handle.write(first, { at: SEALED_CHUNK });
    });
    await refused('a chunk twice', handle => {
      const first = new Uint8Array(SEALED_CHUNK);
      handle.read(first, { at: 0 });
      handle.write(first, { at: SEALED_CHUNK });
    });
    await refused('a chunk less', handle => handle.truncate(SEALED_CHUNK * 2));
    await refused('a byte less', handle => handle.truncate(SEALED_CHUNK * 3 - 1));
  },

  /** Chunks of another file, at the same index, do not pass for this one's. */
  async mixed() {
    const stage = await open();
    const bytes = pattern(FILE_CHUNK_BYTES);
    const ids = [await write(stage, bytes), await write(stage, bytes)];
    await stage.store.close();
    const [a, b] = await names(stage.folder);
    const blobs = await Promise.all(
      [a, b].map(async name =>
        (await (await stage.folder.getFileHandle(name ?? '')).getFile()).arrayBuffer(),
      ),
    );
    for (const [index, name] of [a, b].entries()) {
      const target = await (await stage.folder.getFileHandle(name ?? '')).createWritable();
      await target.write(blobs[1 - index] as ArrayBuffer);
      await target.close();
    }
    for (const id of ids) expect(await codeOf(() => readAll(stage, id))).to.equal('storage-corrupt');
  },

  async missing() {
    const stage = await open();
    const id = await write(stage, pattern(FILE_CHUNK_BYTES));
    await stage.store.close();
    for (const name of await names(stage.folder)) await stage.folder.removeEntry(name);
    expect(await codeOf(() => readAll(stage, id))).to.equal('storage-corrupt');
    const again = await restart(stage);
    expect(await again.store.list()).to.have.length(1);
    expect(await codeOf(() => again.store.open('nothing'))).to.equal('unknown-file');
  },

  async append() {
    let stage = await open();
    const whole = pattern(FILE_CHUNK_BYTES * 3 + 123);
    const id = await write(stage, whole.subarray(0, 1000));
    for (const [from, to] of [
      [1000, FILE_CHUNK_BYTES - 1],
      [FILE_CHUNK_BYTES - 1, FILE_CHUNK_BYTES * 2 + 5],
      [FILE_CHUNK_BYTES * 2 + 5, whole.length],
    ] as const) {
      stage = await restart(stage);
      const writer = await stage.store.append(id);
      expect(await codeOf(() => stage.store.append(id)), 'one writer').to.equal('storage-conflict');
      const reader = await stage.store.open(id);
      await writer.write(whole.subarray(from, to));
      expect(equal(await reader.read(0, reader.sizeBytes), whole.subarray(0, from)), 'as it was').to.equal(
        true,
      );
      await writer.commit();
      expect(reader.sizeBytes).to.equal(from);
      await reader.close();
      expect(equal(await readAll(stage, id), whole.subarray(0, to)), `to ${to}`).to.equal(true);
    }
    expect(await names(stage.folder)).to.have.length(1);
    expect(await codeOf(() => stage.store.append('nothing'))).to.equal('unknown-file');
  },

  async abort() {
    const stage = await open();
    const kept = pattern(FILE_CHUNK_BYTES * 2 + 9);
    const id = await write(stage, kept);
    const fresh = await stage.store.create(FILE);
    await fresh.write(pattern(FILE_CHUNK_BYTES * 10));
    expect(await names(stage.folder), 'visible in OPFS only').to.have.length(2);
    expect(await stage.store.list()).to.have.length(1);
    await fresh.abort();
    await fresh.abort();
    expect(await codeOf(() => fresh.write(kept))).to.equal('bad-request');
    const more = await stage.store.append(id);
    await more.write(pattern(FILE_CHUNK_BYTES * 10, 7));
    await more.abort();
    expect(await names(stage.folder)).to.have.length(1);
    expect(equal(await readAll(stage, id), kept)).to.equal(true);
    await tamper({ ...stage, ...(await closed(stage)) }, handle =>
      expect(handle.getSize()).to.equal(SEALED_CHUNK * 2),
    );
  },

  /** The crash walk: the worker dies before each step of create, append and delete; then the store opens. */
  async crashes() {
    const kept = pattern(FILE_CHUNK_BYTES + 77);
    const longer = pattern(FILE_CHUNK_BYTES * 9, 3);
    let stage = await open();
    const id = await write(stage, kept);

    const created = await stage.store.create(FILE);
    stage = await restart(stage); // before anything was written
    const again = await stage.store.create(FILE);
    await again.write(longer); // chunks lie in OPFS, nothing is committed
    stage = await restart(stage);
    expect((await stage.store.list()).map(file => file.id)).to.deep.equal([id]);
    expect(await names(stage.folder)).to.have.length(1);
    expect(await stage.store.find(created.id)).to.equal(null);

    const more = await stage.store.append(id);
    await more.write(longer);
    stage = await restart(stage);
    expect(equal(await readAll(stage, id), kept)).to.equal(true);
    await tamper({ ...stage, ...(await closed(stage)) }, handle =>
      expect(handle.getSize(), 'cut off').to.equal(SEALED_CHUNK),
    );

    // The record is gone, OPFS is not: what `delete` leaves when it dies between its two steps.
    const orphan = await stage.folder.getFileHandle('AAAAAAAAAAAAAAAAAAAAAA', { create: true });
    const writable = await orphan.createWritable();
    await writable.write(longer);
    await writable.close();
    stage = await restart(stage);
    expect(await names(stage.folder)).to.have.length(1);
    expect(equal(await readAll(stage, id), kept)).to.equal(true);
  },

  async partial() {
    let stage = await open();
    const bytes = pattern(FILE_CHUNK_BYTES * 12 + 5);
    let writer = await stage.store.begin(FILE);
    const { id } = writer;
    await writer.write(bytes.subarray(0, FILE_CHUNK_BYTES * 8 + 100));
    const written = writer.writtenBytes;
    expect(written).to.be.at.least(FILE_CHUNK_BYTES * 4);
    expect(await stage.store.list()).to.deep.equal([]);
    stage = await restart(stage);
    expect(stage.store.partialsAtOpen).to.deep.equal([id]);
    expect(await stage.store.stateOf(id)).to.equal('partial');

    const seen: Uint8Array[] = [];
    writer = await stage.store.resume(id, chunk => void seen.push(chunk.slice()));
    expect(await codeOf(() => stage.store.resume(id, () => undefined))).to.equal('storage-conflict');
    expect(writer.sizeBytes).to.equal(seen.length * FILE_CHUNK_BYTES);
    expect(writer.sizeBytes).to.be.at.least(written);
    for (const [index, chunk] of seen.entries()) {
      expect(equal(chunk, bytes.subarray(index * FILE_CHUNK_BYTES, (index + 1) * FILE_CHUNK_BYTES))).to.equal(
        true,
      );
    }
    await writer.write(bytes.subarray(writer.sizeBytes, FILE_CHUNK_BYTES * 10));
    await writer.abort();

    // A chunk that was torn, and all behind it, is gone; what is before it stays.
    await tamper(stage, handle => flip(handle, SEALED_CHUNK * 3 + 9));
    stage = await restart(stage);
    writer = await stage.store.resume(id, () => undefined);
    expect(writer.sizeBytes).to.equal(FILE_CHUNK_BYTES * 3);
    await writer.write(bytes.subarray(FILE_CHUNK_BYTES * 3));
    await writer.commit();
    stage = await restart(stage);
    expect(equal(await readAll(stage, id), bytes)).to.equal(true);
    expect((await stage.store.list()).map(({ id: listed }) => listed)).to.deep.equal([id]);
    await stage.store.delete(id);
    expect(await names(stage.folder)).to.deep.equal([]);
  },

  async renameAndDelete() {
    let stage = await open();
    const [a, b] = [await write(stage, pattern(FILE_CHUNK_BYTES)), await write(stage, pattern(10))];
    await stage.store.rename(a, 'другое имя');
    const writer = await stage.store.append(b);
    await writer.write(pattern(FILE_CHUNK_BYTES));
    await stage.store.rename(b, 'meanwhile');
    await writer.commit();
    stage = await restart(stage);
    expect((await stage.store.find(a))?.name).to.equal('другое имя');
    expect(await stage.store.find(b)).to.deep.include({
      name: 'meanwhile',
      sizeBytes: FILE_CHUNK_BYTES + 10,
    });
    const reader = await stage.store.open(a);
    const late = await stage.store.append(a);
    await late.write(pattern(FILE_CHUNK_BYTES));
    await stage.store.delete(a);
    await stage.store.delete(a);
    expect(await codeOf(() => reader.read(0, 1)), 'deleted under a reader').to.equal('unknown-file');
    expect(await codeOf(() => late.commit()), 'deleted under a writer').to.not.equal('no error');
    expect(await codeOf(() => stage.store.rename(a, 'x'))).to.equal('unknown-file');
    await stage.store.delete(b);
    expect(await stage.store.list()).to.deep.equal([]);
    expect(await names(stage.folder)).to.deep.equal([]);
  },

  /** Files and folders move together, or not at all; a folder goes with what is in it, and nothing else does. */
  async folders() {
    let stage = await open();
    const change = (wanted: FolderChange): Promise<string | null> =>
      applyFolderChange({ ...stage, nowMs: 9 }, wanted);
    const [a, b, c] = [
      await write(stage, pattern(10)),
      await write(stage, pattern(20)),
      await write(stage, pattern(5)),
    ];
    const outer = (await change({ kind: 'make', name: 'outer', parentId: null })) ?? '';
    const inner = (await change({ kind: 'make', name: 'inner', parentId: outer })) ?? '';
    await change({ kind: 'move', fileIds: [a, b], folderIds: [], to: inner });
    const half = { kind: 'move', fileIds: [c, 'gone'], folderIds: [inner], to: null } as const;
    expect(await codeOf(() => change(half))).to.equal('unknown-file');
    stage = await restart(stage);
    const at = async (): Promise<(string | null | undefined)[]> =>
      Promise.all([a, b, c].map(async id => (await stage.store.find(id))?.folderId));
    expect(await at()).to.deep.equal([inner, inner, null]);
    expect(pathOf(await new FolderRepository(stage.vault).load(), inner)).to.deep.equal(['outer', 'inner']);
    await stage.store.rename(a, 'renamed');
    await change({ kind: 'move', fileIds: [b], folderIds: [], to: outer });
    expect(await at(), 'a rename leaves it there').to.deep.equal([inner, outer, null]);
    await change({ kind: 'delete', folderId: inner });
    expect(await at()).to.deep.equal([undefined, outer, null]);
    await change({ kind: 'delete', folderId: outer });
    expect(await at()).to.deep.equal([undefined, undefined, null]);
    expect(await new FolderRepository(stage.vault).load()).to.deep.equal([]);
  },

  /** Made once, kept sealed, gone with the file; a bomb and a damaged picture have none. */
  async thumbnails() {
    const stage = await open();
    const canvas = new OffscreenCanvas(900, 300);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('no canvas');
    context.fillStyle = 'rgb(0, 200, 0)';
    context.fillRect(0, 0, 900, 300);
    const png = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    const id = await write(stage, png);
    const small = await thumbnailOf(stage.store, id);
    const bitmap = await createImageBitmap(new Blob([small as Uint8Array<ArrayBuffer>]));
    expect([bitmap.width, bitmap.height]).to.deep.equal([320, 320]);
    expect(await stage.store.loadThumbnail(id)).to.deep.equal(small);
    expect(await find(stage, (small as Uint8Array).subarray(0, 40)), 'sealed').to.deep.equal([]);
    const bomb = png.slice();
    new DataView(bomb.buffer).setUint32(16, 100_000);
    new DataView(bomb.buffer).setUint32(20, 100_000);
    for (const bytes of [
      bomb,
      png.subarray(0, 60),
      new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ]) {
      const other = await write(stage, bytes.slice());
      expect(await thumbnailOf(stage.store, other)).to.equal(null);
    }
    const tower = await write(stage, await columnPng(30_000));
    expect(await thumbnailOf(stage.store, tower), 'one column is drawn as it is').not.to.equal(null);
    expect(await inspectStored(stage.store, { fileId: await write(stage, bomb) })).to.include({
      isSafeImage: false,
    });
    await stage.store.delete(id);
    expect(await stage.store.loadThumbnail(id)).to.equal(null);
    expect(await codeOf(() => thumbnailOf(stage.store, id))).to.equal('unknown-file');
  },

  /** Neither OPFS nor IndexedDB shows a name, a type or a byte; the same scan finds a clear canary in both. */
  async nothingReadable() {
    const stage = await open();
    const canary = new TextEncoder().encode('canary-77c1 for the scan');
    const bytes = pattern(FILE_CHUNK_BYTES + 5000);
    bytes.set(canary, 100);
    bytes.set(canary, FILE_CHUNK_BYTES + 100);
    const id = await write(stage, bytes);
    const reader = await stage.store.open(id);
    await stage.store.rename(id, 'canary-77c1 for the scan');
    await reader.close();
    expect(await find(stage, canary)).to.deep.equal([]);
    const clear = await (await stage.folder.getFileHandle('clear', { create: true })).createWritable();
    await clear.write(bytes);
    await clear.close();
    expect(await find(stage, canary)).to.deep.equal(['opfs clear']);
    const [own] = (await names(stage.folder)).filter(name => name !== 'clear');
    expect(own).to.match(/^[\w-]{22}$/);
  },

  async full() {
    const stage = await open();
    const kept = pattern(FILE_CHUNK_BYTES * 2);
    const id = await write(stage, kept);
    const { estimate } = navigator.storage;
    const lend = (bytes: number) => async () => ({ usage: 0, quota: bytes });
    navigator.storage.estimate = lend(16 * 1024 * 1024 + 1);
    expect(await codeOf(() => stage.store.create({ ...FILE, expectedBytes: 2 ** 30 }))).to.equal(
      'storage-full',
    );
    const writer = await stage.store.create(FILE);
    const more = await stage.store.append(id);
    expect(await codeOf(() => writeUntilFull(writer)), 'while writing').to.equal('storage-full');
    expect(await codeOf(() => writeUntilFull(more)), 'while appending').to.equal('storage-full');
    navigator.storage.estimate = estimate;
    expect(await stage.store.list()).to.have.length(1);
    expect(await names(stage.folder)).to.have.length(1);
    expect(equal(await readAll(stage, id), kept)).to.equal(true);
  },
};

async function writeUntilFull(writer: { write(bytes: Uint8Array): Promise<void> }): Promise<void> {
  const part = pattern(FILE_CHUNK_BYTES * 16);
  for (let i = 0; i < 64; i++) await writer.write(part);
}

/** Handles are exclusive: the store lets go of its own before anybody else looks. */
async function closed({ store }: Stage): Promise<object> {
  await store.close();
  return {};
}

/** Where the bytes stand: in OPFS files or in raw records. */
async function find(stage: Stage, wanted: Uint8Array): Promise<string[]> {
  await stage.store.close();
  const found: string[] = [];
  for (const name of await names(stage.folder)) {
    const bytes = await (await (await stage.folder.getFileHandle(name)).getFile()).arrayBuffer();
    if (includes(new Uint8Array(bytes), wanted) || name.includes('canary')) found.push(`opfs ${name}`);
  }
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(`enk:${stage.profile}`);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  for (const store of db.objectStoreNames) {
    const values = await new Promise<unknown[]>(resolve => {
      const request = db.transaction(store).objectStore(store).getAll();
      request.onsuccess = () => resolve(request.result);
    });
    if (values.some(value => value instanceof Uint8Array && includes(value, wanted)))
      found.push(`idb ${store}`);
  }
  db.close();
  return found;
}

function includes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const latin1 = (part: Uint8Array): string => new TextDecoder('latin1').decode(part);
  return latin1(bytes).includes(latin1(wanted));
}

/** One pixel wide: enlarged until it is as wide as a thumbnail it would take gigabytes. */
async function columnPng(height: number): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(1, height);
  canvas.getContext('2d')?.fillRect(0, 0, 1, height);
  return new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
}
