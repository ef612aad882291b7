/**
 * Writes one file in stream. Whole chunks go to OPFS, sealed, while the next ones are being sealed; nothing of it is
 * visible before `commit`, which stores the index record and the rest in one transaction of the vault. A crash or
 * `abort` leaves the file as it was, or none.
 */
import { FileChunkSealer, VAULT_FILE_CHUNK_OVERHEAD_BYTES } from '@enk/crypto-core';
import { P2pError, storageError } from '../../errors.ts';
import { FILE_CHUNKS_AT_ONCE, MAX_FILE_BYTES, STORAGE_CHECK_BYTES } from '../../limits.ts';
import type { FileRecord } from './file-record.ts';
import type { SyncHandle } from './opfs.ts';
import { assertRoom } from './room.ts';

export interface WriterBase {
  /** As it is committed now; size 0 for a new file. */
  readonly record: FileRecord;
  /** What follows the whole chunks now. */
  readonly tail: Uint8Array;
  readonly runKey: Uint8Array;
}

/** What the writer asks of the store. */
export interface WriterPort {
  useFile(place: string): Promise<SyncHandle>;
  /** Makes the file visible as it was written. */
  commit(written: Written): Promise<void>;
  /** Drops what was written since. */
  abort(): Promise<void>;
}

export interface Written {
  readonly sizeBytes: number;
  readonly tail: Uint8Array;
  readonly hasNewChunks: boolean;
}

interface Sealing {
  readonly index: number;
  readonly sealed: Promise<Uint8Array>;
}

export class FileWriter {
  /** Of the file, base64url. */
  readonly id: string;
  readonly #place: string;
  readonly #port: WriterPort;
  readonly #sealer: FileChunkSealer;
  readonly #chunkBytes: number;
  readonly #firstIndex: number;
  /** The chunk that is being filled. */
  #buffer: Uint8Array;
  #filled: number;
  #nextIndex: number;
  #handle: SyncHandle | null = null;
  #sealing: Sealing[] = [];
  #sinceCheckBytes = 0;
  #state: 'open' | 'writing' | 'ended' = 'open';

  private constructor(
    id: string,
    place: string,
    port: WriterPort,
    sealer: FileChunkSealer,
    { record, tail }: WriterBase,
  ) {
    this.id = id;
    this.#place = place;
    this.#port = port;
    this.#sealer = sealer;
    this.#chunkBytes = record.chunkBytes;
    this.#firstIndex = Math.floor(record.sizeBytes / record.chunkBytes);
    this.#nextIndex = this.#firstIndex;
    this.#buffer = new Uint8Array(record.chunkBytes);
    this.#buffer.set(tail);
    this.#filled = tail.length;
  }

  static async start(id: string, place: string, port: WriterPort, base: WriterBase): Promise<FileWriter> {
    const { record, runKey } = base;
    const run = { runKey, fileId: record.id, chunkBytes: record.chunkBytes };
    const firstIndex = Math.floor(record.sizeBytes / record.chunkBytes);
    return new FileWriter(id, place, port, await FileChunkSealer.create(run, firstIndex), base);
  }

  /** Bytes that the file would have if it were committed now. */
  get sizeBytes(): number {
    return this.#nextIndex * this.#chunkBytes + this.#filled;
  }

  /** Bytes that are in OPFS by now: a crash of the page, though not of the machine, leaves them there. */
  get writtenBytes(): number {
    return (this.#nextIndex - this.#sealing.length) * this.#chunkBytes;
  }

  /**
   * Appends bytes; they are read before this resolves. Calls do not overlap. On any failure the file is aborted, and
   * the P2pError says why: `storage-full`, `storage-unavailable`, `bad-request` above MAX_FILE_BYTES.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#state !== 'open') throw new P2pError('bad-request');
    this.#state = 'writing';
    try {
      if (this.sizeBytes + bytes.length > MAX_FILE_BYTES) throw new P2pError('bad-request');
      await this.#checkRoom(bytes.length);
      for (let at = 0; at < bytes.length;) {
        const part = bytes.subarray(at, at + this.#chunkBytes - this.#filled);
        await this.#fill(part);
        at += part.length;
      }
      this.#state = 'open';
    } catch (error) {
      await this.#fail();
      throw storageError(error);
    }
  }

  async #fill(part: Uint8Array): Promise<void> {
    if (part.length === this.#chunkBytes) return this.#seal(part);
    this.#buffer.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled < this.#chunkBytes) return;
    await this.#seal(this.#buffer); // WebCrypto has its own copy of the buffer by then
    this.#filled = 0;
  }

  async #seal(chunk: Uint8Array): Promise<void> {
    const sealed = this.#sealer.seal(chunk);
    sealed.catch(() => undefined); // awaited in #writeOldest, or the file is aborted for another reason
    this.#sealing.push({ index: this.#nextIndex++, sealed });
    this.#handle ??= await this.#port.useFile(this.#place);
    if (this.#sealing.length >= FILE_CHUNKS_AT_ONCE) await this.#writeOldest(this.#handle);
  }

  async #writeOldest(handle: SyncHandle): Promise<void> {
    const oldest = this.#sealing.shift();
    if (oldest === undefined) return;
    const sealed = await oldest.sealed;
    const at = oldest.index * (this.#chunkBytes + VAULT_FILE_CHUNK_OVERHEAD_BYTES);
    if (handle.write(sealed, { at }) !== sealed.length) throw new P2pError('storage-full');
  }

  async #checkRoom(bytes: number): Promise<void> {
    this.#sinceCheckBytes += bytes;
    if (this.#sinceCheckBytes < STORAGE_CHECK_BYTES) return;
    this.#sinceCheckBytes = 0;
    await assertRoom(bytes);
  }

  /** Makes all of it durable and visible, at once. Throws P2pError `storage-…`; then nothing changed. */
  async commit(): Promise<void> {
    if (this.#state !== 'open') throw new P2pError('bad-request');
    this.#state = 'writing';
    try {
      if (this.#handle !== null) {
        while (this.#sealing.length > 0) await this.#writeOldest(this.#handle);
        this.#handle.flush();
      }
      await this.#port.commit({
        sizeBytes: this.sizeBytes,
        tail: this.#buffer.slice(0, this.#filled),
        hasNewChunks: this.#nextIndex > this.#firstIndex,
      });
      this.#state = 'ended';
    } catch (error) {
      await this.#fail();
      throw storageError(error);
    }
  }

  /** Leaves the file as it was, or none. Idempotent; nothing after a commit. */
  async abort(): Promise<void> {
    if (this.#state === 'open') await this.#fail();
  }

  async #fail(): Promise<void> {
    this.#state = 'ended';
    this.#sealing = [];
    await this.#port.abort();
  }
}
