/**
 * Reads one file as it was committed when it was opened, at any offset: only the chunks that hold the range are read
 * and opened. What was changed, cut off, exchanged or moved is `storage-corrupt`, and nothing of it comes out.
 */
import { FileChunkOpener, VAULT_FILE_CHUNK_OVERHEAD_BYTES } from '@enk/crypto-core';
import { P2pError } from '../../errors.ts';
import { FILE_CHUNKS_AT_ONCE } from '../../limits.ts';
import { type FileRecord, wholeChunks } from './file-record.ts';
import type { SyncHandle } from './opfs.ts';

interface Run {
  readonly firstChunk: number;
  readonly opener: FileChunkOpener;
}

export interface ReaderParts {
  readonly record: FileRecord;
  readonly tail: Uint8Array;
  /** Null when there is no whole chunk. */
  readonly handle: SyncHandle | null;
  release(): Promise<void>;
}

export class FileReader {
  readonly #parts: ReaderParts;
  readonly #runs: readonly Run[];
  /** What was read last, sealed. The cipher takes its copy before it returns. */
  readonly #sealed: Uint8Array;
  #isClosed = false;

  private constructor(parts: ReaderParts, runs: readonly Run[]) {
    this.#parts = parts;
    this.#runs = runs;
    const { record } = parts;
    const isChunked = wholeChunks(record) > 0;
    this.#sealed = new Uint8Array(isChunked ? record.chunkBytes + VAULT_FILE_CHUNK_OVERHEAD_BYTES : 0);
  }

  /** Throws P2pError `storage-corrupt` when chunks are missing. */
  static async open(parts: ReaderParts): Promise<FileReader> {
    const { record, handle } = parts;
    const needed = wholeChunks(record) * (record.chunkBytes + VAULT_FILE_CHUNK_OVERHEAD_BYTES);
    if (needed > 0 && (handle === null || handle.getSize() < needed)) throw new P2pError('storage-corrupt');
    const runs = record.runs.map(async ({ firstChunk, key }) => ({
      firstChunk,
      opener: await FileChunkOpener.create({ runKey: key, fileId: record.id, chunkBytes: record.chunkBytes }),
    }));
    return new FileReader(parts, await Promise.all(runs));
  }

  get sizeBytes(): number {
    return this.#parts.record.sizeBytes;
  }

  /** The bytes of a range. Throws P2pError `bad-request` outside the file, `storage-corrupt`, `unknown-file`. */
  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.#checkRange(offset, length));
    let at = 0;
    for await (const part of this.chunks(offset, length)) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** The range in parts of at most a chunk, some of them opened ahead. */
  async *chunks(offset = 0, length = this.sizeBytes - offset): AsyncGenerator<Uint8Array, void, undefined> {
    this.#checkRange(offset, length);
    const { chunkBytes } = this.#parts.record;
    const end = offset + length;
    const last = Math.ceil(end / chunkBytes) - 1;
    const ahead: Promise<Uint8Array>[] = [];
    let next = Math.floor(offset / chunkBytes);
    for (let index = next; index <= last; index++) {
      while (next <= last && ahead.length < FILE_CHUNKS_AT_ONCE) ahead.push(this.#startChunk(next++));
      const chunk = (await ahead.shift()) as Uint8Array;
      const start = index * chunkBytes;
      yield chunk.subarray(Math.max(0, offset - start), Math.min(chunk.length, end - start));
    }
  }

  #startChunk(index: number): Promise<Uint8Array> {
    const chunk = this.#chunk(index);
    chunk.catch(() => undefined); // whoever asked may have gone; who waits for it hears of it
    return chunk;
  }

  async #chunk(index: number): Promise<Uint8Array> {
    if (this.#isClosed) throw new P2pError('unknown-file');
    const { record, tail, handle } = this.#parts;
    if (index >= wholeChunks(record)) return tail;
    const run = this.#runs.findLast(({ firstChunk }) => firstChunk <= index);
    if (run === undefined || handle === null) throw new P2pError('storage-corrupt');
    readChunk(handle, index, this.#sealed);
    try {
      return await run.opener.open(index, this.#sealed);
    } catch (cause) {
      throw new P2pError('storage-corrupt', { cause });
    }
  }

  #checkRange(offset: number, length: number): number {
    const isRight =
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(length) &&
      offset >= 0 &&
      length >= 0 &&
      offset + length <= this.sizeBytes;
    if (!isRight) throw new P2pError('bad-request');
    return length;
  }

  /** Gives the file back. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#parts.release();
  }
}

function readChunk(handle: SyncHandle, index: number, into: Uint8Array): void {
  try {
    if (handle.read(into, { at: index * into.length }) !== into.length) throw new P2pError('storage-corrupt');
  } catch (cause) {
    if (cause instanceof P2pError) throw cause;
    throw new P2pError('unknown-file', { cause }); // deleted meanwhile: its handle is closed
  }
}
