/**
 * What the vault keeps of a file: its index record, and the rest that fills no chunk. P2P-FIL-01, -02.
 *
 *     files       HMAC(file id)              → name, type, size, where its chunks lie, and the key of each run
 *     file-tails  HMAC(file id ‖ tail id)    → the last bytes, padded; a fresh tail id with each commit
 *     file-tails  HMAC(file id ‖ "small")    → its small picture, once one was made; goes with the file
 */
import * as v from 'valibot';
import { P2pError } from '../../errors.ts';
import { encodeBase64Url } from '../base64url.ts';
import type { RecordName } from '../record-name.ts';
import { parseRecord } from '../records.ts';
import type { Vault, WriteBatch } from '../vault.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const FileRecordSchema = v.strictObject({
  id: v.instance(Uint8Array),
  name: v.string(),
  mediaType: v.string(),
  sizeBytes: count,
  createdAtMs: v.number(),
  /** Name in OPFS; null while there is no whole chunk. Random: it says nothing. */
  place: v.nullable(v.string()),
  chunkBytes: v.pipe(count, v.minValue(1)),
  /** Which key sealed the chunks from `firstChunk` on, ascending. */
  runs: v.array(v.strictObject({ firstChunk: count, key: v.instance(Uint8Array) })),
  /** Null when the chunks are all of it. */
  tailId: v.nullable(v.string()),
  /** The folder it is in; null, or of a folder that is gone: at the top. */
  folderId: v.optional(v.nullable(v.string()), null),
  /** It is still arriving: hidden, and its chunks count as far as they open. */
  isPartial: v.optional(v.boolean(), false),
  /** Of a folder: its files in the order of their bytes, by path. Null: one file. */
  entries: v.optional(
    v.nullable(v.array(v.strictObject({ path: v.string(), sizeBytes: count, mediaType: v.string() }))),
    null,
  ),
});
export type FileRecord = Readonly<v.InferOutput<typeof FileRecordSchema>>;

export function wholeChunks({ sizeBytes, chunkBytes }: FileRecord): number {
  return Math.floor(sizeBytes / chunkBytes);
}

/** Length of a padded tail: a power of two from 1 KiB up, so that the record's size tells little. */
function paddedLength(length: number): number {
  let padded = 1024;
  while (padded < length) padded *= 2;
  return padded;
}

export class FileRepository {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async all(): Promise<FileRecord[]> {
    return (await this.#vault.all('files')).map(({ record }) => parseRecord(FileRecordSchema, record));
  }

  async load(id: string): Promise<FileRecord | null> {
    const record = await this.#vault.get('files', await this.#vault.name('files', id));
    return record === undefined ? null : parseRecord(FileRecordSchema, record);
  }

  /** The bytes after the whole chunks. Throws P2pError `storage-corrupt` when they are not there. */
  async loadTail(record: FileRecord): Promise<Uint8Array> {
    const length = record.sizeBytes - wholeChunks(record) * record.chunkBytes;
    if (record.tailId === null || length === 0) return new Uint8Array(0);
    const tail = parseRecord(TailSchema, await this.#vault.get('file-tails', await this.#tailName(record)));
    return parseRecord(TailSchema, tail.length < length ? null : tail.subarray(0, length));
  }

  /** Runs `change` on the stored record inside one unit of work, and stores what it returns (null deletes). */
  update<R>(
    id: string,
    change: (current: FileRecord | null) => { next: FileRecord | null; tail?: Uint8Array; result: R },
    also: (batch: WriteBatch) => Promise<void> | void = () => undefined,
  ): Promise<R> {
    return this.#vault.update(async batch => {
      const current = await this.load(id);
      const { next, tail, result } = change(current);
      await this.#replace(batch, id, { current, next, tail });
      await also(batch);
      return result;
    });
  }

  /** Puts files into a folder. Throws P2pError `unknown-file` when one is not there or not whole: none is moved then. */
  async place(batch: WriteBatch, ids: readonly string[], folderId: string | null): Promise<void> {
    for (const id of ids) {
      const current = await this.load(id);
      if (current === null || current.isPartial) throw new P2pError('unknown-file');
      batch.put('files', await this.#vault.name('files', id), { ...current, folderId });
    }
  }

  /** Its small picture as it was made; null: none was. */
  async loadThumbnail(id: string): Promise<Uint8Array | null> {
    const record = await this.#vault.get('file-tails', await this.#thumbnailName(id));
    return record === undefined ? null : parseRecord(TailSchema, record);
  }

  /** Keeps one for a file that is there; an empty one says that none can be made. */
  putThumbnail(id: string, thumbnail: Uint8Array): Promise<void> {
    return this.#vault.update(async batch => {
      if ((await this.load(id)) !== null) batch.put('file-tails', await this.#thumbnailName(id), thumbnail);
    });
  }

  async #replace(
    batch: WriteBatch,
    id: string,
    {
      current,
      next,
      tail,
    }: { current: FileRecord | null; next: FileRecord | null; tail: Uint8Array | undefined },
  ): Promise<void> {
    const name = await this.#vault.name('files', id);
    if (next === null) {
      batch.delete('files', name);
      batch.delete('file-tails', await this.#thumbnailName(id));
    } else batch.put('files', name, next);
    const isTailNew = tail !== undefined || next === null;
    if (isTailNew && current !== null && current.tailId !== null) {
      batch.delete('file-tails', await this.#tailName(current));
    }
    if (tail === undefined || tail.length === 0 || next === null) return;
    const padded = new Uint8Array(paddedLength(tail.length));
    padded.set(tail);
    batch.put('file-tails', await this.#tailName(next), padded);
  }

  /** No tail id is so short. */
  #thumbnailName(id: string): Promise<RecordName> {
    return this.#vault.name('file-tails', `${id} small`);
  }

  #tailName({ id, tailId }: FileRecord): Promise<RecordName> {
    return this.#vault.name('file-tails', `${encodeBase64Url(id)} ${tailId ?? ''}`);
  }
}

const TailSchema = v.instance(Uint8Array);
