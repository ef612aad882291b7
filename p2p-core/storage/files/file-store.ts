/**
 * Files at rest: contents in OPFS, in sealed chunks under random names; everything that is known about them in sealed
 * records of the vault. One owner (the profile's lock). P2P-FIL-01 … P2P-FIL-07.
 *
 * Order of every change, so that a crash between any two steps leaves the old state or the new one:
 *
 *     write:   chunks in OPFS, flushed  →  index record and rest, ONE transaction         (until then: invisible)
 *     delete:  index record and rest, ONE transaction  →  OPFS                            (after it: an orphan)
 *     open:    what no record knows goes; what lies behind the last committed chunk is cut off
 */
import {
  FileChunkOpener,
  generateFileRunKey,
  VAULT_FILE_CHUNK_OVERHEAD_BYTES,
  VAULT_FILE_ID_BYTES,
} from '@enk/crypto-core';
import { P2pError } from '../../errors.ts';
import { FILE_CHUNK_BYTES, MAX_FILE_RUNS } from '../../limits.ts';
import { decodeBase64Url, encodeBase64Url } from '../base64url.ts';
import type { Vault, WriteBatch } from '../vault.ts';
import { FileReader } from './file-reader.ts';
import { type FileRecord, FileRepository, wholeChunks } from './file-record.ts';
import { FileWriter, type WriterPort, type Written } from './file-writer.ts';
import { SealedFiles, type SyncHandle } from './opfs.ts';
import { assertRoom } from './room.ts';

/** What is known about a file. */
export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** Of a folder that is kept as one: its files in the order of their bytes. Null: one file. */
  readonly entries: readonly FileEntry[] | null;
  /** The folder of the vault that it is in; null: at the top. */
  readonly folderId: string | null;
}

/** One file of a folder that is kept as one. */
export interface FileEntry {
  /** Relative, parts joined by `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

export interface NewFile {
  /** base64url of 16 bytes that no other file has; random when absent. */
  readonly id?: string;
  readonly name: string;
  readonly mediaType: string;
  readonly createdAtMs: number;
  /** When it is known: room for it is asked for first. */
  readonly expectedBytes?: number;
  readonly entries?: readonly FileEntry[] | null;
  readonly folderId?: string | null;
}

export class FileStore {
  readonly #repository: FileRepository;
  readonly #files: SealedFiles;
  /** Files that were still arriving when the store was opened. */
  partialsAtOpen: readonly string[] = [];
  /** Files that are being written: one writer each. */
  readonly #writing = new Set<string>();

  private constructor(repository: FileRepository, files: SealedFiles) {
    this.#repository = repository;
    this.#files = files;
  }

  /** Opens the store in its folder, and removes what a crash left over. Throws P2pError `storage-…`. */
  static async open(vault: Vault, folder: FileSystemDirectoryHandle): Promise<FileStore> {
    const store = new FileStore(new FileRepository(vault), new SealedFiles(folder));
    await store.#sweep();
    return store;
  }

  async #sweep(): Promise<void> {
    const records = await this.#repository.all();
    const known = new Map(records.map(record => [record.place, record]));
    this.partialsAtOpen = records.filter(({ isPartial }) => isPartial).map(({ id }) => encodeBase64Url(id));
    for (const name of await this.#files.names()) {
      const record = known.get(name);
      if (record === undefined) await this.#files.remove(name);
      else if (!record.isPartial) await this.#cutOff(name, record);
    }
  }

  /** Drops chunks behind the committed ones: a run of writing that never ended. */
  async #cutOff(place: string, record: FileRecord): Promise<void> {
    const handle = await this.#files.use(place, { create: false });
    const sizeBytes = wholeChunks(record) * (record.chunkBytes + VAULT_FILE_CHUNK_OVERHEAD_BYTES);
    if (handle.getSize() > sizeBytes) handle.truncate(sizeBytes);
    await this.#files.release(place);
  }

  /** Those that are whole. */
  async list(): Promise<StoredFile[]> {
    return (await this.#repository.all()).filter(({ isPartial }) => !isPartial).map(toView);
  }

  /** Null when there is none. */
  async find(id: string): Promise<StoredFile | null> {
    const record = await this.#repository.load(id);
    return record === null ? null : toView(record);
  }

  /** How much there is of a file. */
  async stateOf(id: string): Promise<'none' | 'partial' | 'whole'> {
    const record = await this.#repository.load(id);
    if (record === null) return 'none';
    return record.isPartial ? 'partial' : 'whole';
  }

  /** Begins a file; it is there once its writer commits. Throws P2pError `storage-full`. */
  async create(file: NewFile): Promise<FileWriter> {
    await assertRoom(file.expectedBytes ?? 0);
    return this.#write(newRecord(file), true);
  }

  /**
   * Begins a file that may take several sittings: hidden until it is committed, and `resume` goes on behind what is in
   * OPFS, also after a crash. Throws P2pError `storage-full`.
   */
  async begin(file: NewFile): Promise<FileWriter> {
    await assertRoom(file.expectedBytes ?? 0);
    const record = { ...newRecord(file), place: randomName(), isPartial: true };
    const id = encodeBase64Url(record.id);
    const runKey = generateFileRunKey();
    const next = { ...record, runs: [{ firstChunk: 0, key: runKey }] };
    await this.#repository.update(id, () => ({ next, result: undefined }));
    return this.#writePartial(record, runKey);
  }

  /**
   * Goes on with a file that `begin` began, under a new key. `onChunk` sees what is there, in order and opened: whatever
   * does not open, and all behind it, is gone. Throws P2pError `unknown-file`, `storage-conflict`, `storage-…`.
   */
  async resume(id: string, onChunk: (chunk: Uint8Array) => Promise<void> | void): Promise<FileWriter> {
    const record = await this.#require(id);
    const { place } = record;
    if (!record.isPartial || place === null) throw new P2pError('unknown-file');
    if (this.#writing.has(id)) throw new P2pError('storage-conflict');
    const handle = await this.#files.use(place, { create: true });
    try {
      const chunks = await readWholeChunks(record, handle, onChunk);
      handle.truncate(chunks * (record.chunkBytes + VAULT_FILE_CHUNK_OVERHEAD_BYTES));
      const runKey = generateFileRunKey();
      const kept = record.runs.filter(({ firstChunk }) => firstChunk < chunks);
      if (kept.length >= MAX_FILE_RUNS) throw new P2pError('bad-request');
      const base = { ...record, sizeBytes: chunks * record.chunkBytes };
      const next = { ...base, sizeBytes: 0, runs: [...kept, { firstChunk: chunks, key: runKey }] };
      await this.#repository.update(id, current => {
        if (current === null) throw new P2pError('unknown-file'); // deleted meanwhile
        return { next: { ...next, name: current.name }, result: undefined };
      });
      return await this.#writePartial(base, runKey);
    } finally {
      await this.#files.release(place);
    }
  }

  /** Its record names the run's key already; nothing else changes before the commit, and an abort keeps what is there. */
  async #writePartial(base: FileRecord, runKey: Uint8Array<ArrayBuffer>): Promise<FileWriter> {
    const id = encodeBase64Url(base.id);
    const place = base.place ?? '';
    this.#writing.add(id);
    let isUsed = false;
    const end = async (): Promise<void> => {
      runKey.fill(0);
      this.#writing.delete(id);
      if (isUsed) await this.#files.release(place);
    };
    const port: WriterPort = {
      useFile: async () => {
        const handle = await this.#files.use(place, { create: true });
        isUsed = true;
        return handle;
      },
      commit: async ({ sizeBytes, tail }) => {
        await this.#repository.update(id, current => {
          if (current === null) throw new P2pError('unknown-file'); // deleted meanwhile
          const hasChunks = sizeBytes >= current.chunkBytes;
          const whole = hasChunks ? {} : { place: null, runs: [] };
          const tailId = tail.length === 0 ? null : randomName();
          return {
            next: { ...current, ...whole, sizeBytes, tailId, isPartial: false },
            tail,
            result: undefined,
          };
        });
        await end();
      },
      abort: end,
    };
    try {
      return await FileWriter.start(id, place, port, { record: base, tail: new Uint8Array(0), runKey });
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** Continues a file behind its end. Throws P2pError `unknown-file`, `storage-conflict` (it is being written). */
  async append(id: string): Promise<FileWriter> {
    const record = await this.#require(id);
    if (record.runs.length >= MAX_FILE_RUNS) throw new P2pError('bad-request');
    return this.#write(record, false);
  }

  async #write(record: FileRecord, isNew: boolean): Promise<FileWriter> {
    const id = encodeBase64Url(record.id);
    if (this.#writing.has(id)) throw new P2pError('storage-conflict');
    this.#writing.add(id);
    const runKey = generateFileRunKey();
    const place = record.place ?? randomName();
    let isUsed = false;
    const end = async (): Promise<void> => {
      runKey.fill(0);
      this.#writing.delete(id);
      if (isUsed) await this.#files.release(place);
    };
    const port: WriterPort = {
      useFile: async name => {
        const handle = await this.#files.use(name, { create: record.place === null });
        isUsed = true;
        return handle;
      },
      commit: async written => {
        await this.#commit(id, { base: record, isNew, written, runKey, place });
        await end();
      },
      abort: async () => {
        await end();
        if (isUsed) await this.#dropUncommitted(id, place);
      },
    };
    try {
      const tail = isNew ? new Uint8Array(0) : await this.#repository.loadTail(record);
      return await FileWriter.start(id, place, port, { record, tail, runKey });
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** What is committed now stays; of a file that is not there, nothing. */
  async #dropUncommitted(id: string, place: string): Promise<void> {
    const current = await this.#repository.load(id);
    if (current?.place === place) await this.#cutOff(place, current);
    else await this.#files.remove(place);
  }

  #commit(
    id: string,
    {
      base,
      isNew,
      written,
      runKey,
      place,
    }: { base: FileRecord; isNew: boolean; written: Written; runKey: Uint8Array<ArrayBuffer>; place: string },
  ): Promise<void> {
    const { sizeBytes, tail, hasNewChunks } = written;
    return this.#repository.update(id, current => {
      if (current === null && !isNew) throw new P2pError('unknown-file'); // deleted meanwhile
      const known = current ?? base; // renamed meanwhile: that stays
      const run = { firstChunk: wholeChunks(base), key: runKey };
      const next: FileRecord = {
        ...known,
        sizeBytes,
        place: hasNewChunks ? place : known.place,
        runs: hasNewChunks ? [...known.runs, run] : known.runs,
        tailId: tail.length === 0 ? null : randomName(),
      };
      return { next, tail, result: undefined };
    });
  }

  /** Opens a file for reading as it is now; who opens it closes it. Throws P2pError `unknown-file`, `storage-corrupt`. */
  async open(id: string): Promise<FileReader> {
    const record = await this.#require(id);
    const tail = await this.#repository.loadTail(record);
    const { place } = record;
    const handle = place === null ? null : await this.#files.use(place, { create: false });
    const release = async (): Promise<void> => {
      if (place !== null) await this.#files.release(place);
    };
    try {
      return await FileReader.open({ record, tail, handle, release });
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Throws P2pError `unknown-file`. */
  async rename(id: string, name: string): Promise<void> {
    await this.#repository.update(id, current => {
      if (current === null) throw new P2pError('unknown-file');
      return { next: { ...current, name }, result: undefined };
    });
  }

  /** Puts files into a folder, as part of a unit of work. Throws P2pError `unknown-file`: none is moved then. */
  place(batch: WriteBatch, ids: readonly string[], folderId: string | null): Promise<void> {
    return this.#repository.place(batch, ids, folderId);
  }

  /** The small picture of a file; null: none was made yet. Empty: none can be made. */
  loadThumbnail(id: string): Promise<Uint8Array | null> {
    return this.#repository.loadThumbnail(id);
  }

  putThumbnail(id: string, thumbnail: Uint8Array): Promise<void> {
    return this.#repository.putThumbnail(id, thumbnail);
  }

  /** Its keys go first, with the record: what is left in OPFS does not open any more, and goes next. Idempotent. */
  async delete(id: string): Promise<void> {
    const place = await this.#repository.update(id, current => ({
      next: null,
      result: current?.place ?? null,
    }));
    if (place !== null) await this.#files.remove(place);
  }

  async #require(id: string): Promise<FileRecord> {
    const record = await this.#repository.load(id);
    if (record === null) throw new P2pError('unknown-file');
    return record;
  }

  /** Closes every file. Writers that have not committed leave nothing. */
  async close(): Promise<void> {
    await this.#files.close();
  }
}

function toView({ id, name, mediaType, sizeBytes, createdAtMs, entries, folderId }: FileRecord): StoredFile {
  return { id: encodeBase64Url(id), name, mediaType, sizeBytes, createdAtMs, entries, folderId };
}

function newRecord({
  id,
  name,
  mediaType,
  createdAtMs,
  entries = null,
  folderId = null,
}: NewFile): FileRecord {
  return {
    id: id === undefined ? crypto.getRandomValues(new Uint8Array(VAULT_FILE_ID_BYTES)) : decodeBase64Url(id),
    name,
    mediaType,
    sizeBytes: 0,
    createdAtMs,
    place: null,
    chunkBytes: FILE_CHUNK_BYTES,
    runs: [],
    tailId: null,
    isPartial: false,
    folderId,
    entries: entries === null ? null : [...entries],
  };
}

/** Reads a partial file from its start as far as its chunks open; how many do. */
async function readWholeChunks(
  { id, runs, chunkBytes }: FileRecord,
  handle: SyncHandle,
  onChunk: (chunk: Uint8Array) => Promise<void> | void,
): Promise<number> {
  const openers = await Promise.all(
    runs.map(({ key }) => FileChunkOpener.create({ runKey: key, fileId: id, chunkBytes })),
  );
  const sealed = new Uint8Array(chunkBytes + VAULT_FILE_CHUNK_OVERHEAD_BYTES);
  for (let index = 0; ; index++) {
    const run = runs.findLastIndex(({ firstChunk }) => firstChunk <= index);
    if (run === -1 || handle.read(sealed, { at: index * sealed.length }) !== sealed.length) return index;
    const chunk = await (openers[run] as FileChunkOpener).open(index, sealed).catch(() => null);
    if (chunk === null) return index; // torn by the crash, or of an end that was cut off
    await onChunk(chunk);
  }
}

/** 16 random bytes: tells nothing about what it names. */
function randomName(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}
