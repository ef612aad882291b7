/**
 * One incoming transfer while a session carries it: opens or resumes its file, takes chunks strictly in order, tells
 * what is written, and commits when the whole hashes to what the sender said. P2P-TRF-03 … P2P-TRF-09.
 *
 *     open() ──▶ waiting ──start──▶ streaming ──finish──▶ committed
 *                   ▲                   │
 *                   └── another start ──┘      anything else: the caller ends the transfer; close() keeps what is there
 */
import { BulkOpener, chunkRange, type ChunkPlan, countChunks } from '@enk/crypto-core';
import { P2pError } from '../errors.ts';
import { FILE_ACK_BYTES } from '../limits.ts';
import type { FileStore, NewFile } from '../storage/files/file-store.ts';
import type { FileWriter } from '../storage/files/file-writer.ts';
import { decodeBase64Url } from '../storage/base64url.ts';
import type { FileChunk } from './file-chunk.ts';
import { FileHash } from './file-hash.ts';
import type { FileSession } from './session-files.ts';

export interface ReceivingParts {
  readonly id: string;
  readonly plan: ChunkPlan;
  readonly fastKey: Uint8Array | null;
  readonly session: FileSession;
  readonly store: FileStore;
  readonly file: NewFile;
}

export class Receiving {
  readonly id: string;
  readonly session: FileSession;
  readonly #parts: ReceivingParts;
  readonly #total: number;
  readonly #hash: FileHash;
  #writer: FileWriter | null = null;
  #opener: BulkOpener | null = null;
  #isStreaming = false;
  #isClosed = false;
  #next = 0;
  #acked = 0;
  /** Writes one after the other; close waits for it. */
  #work: Promise<void> = Promise.resolve();

  constructor(parts: ReceivingParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.session = parts.session;
    this.#total = countChunks(parts.plan);
    this.#hash = new FileHash(parts.plan);
  }

  /** Chunks from the start that have come. */
  get chunks(): number {
    return this.#next;
  }

  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /** The file that is written, base64url. */
  get fileId(): string | null {
    return this.#writer?.id ?? null;
  }

  /** Opens a new file, or one that began earlier; how many chunks it has. Throws P2pError `storage-…`, `aborted`. */
  async open(fileId: string | null): Promise<number> {
    const { store, file, plan } = this.#parts;
    let held = 0;
    const onChunk = (chunk: Uint8Array): void => {
      for (let at = 0; at < chunk.length; at += plan.chunkBytes) {
        this.#hash.add(held++, chunk.subarray(at, at + plan.chunkBytes));
      }
    };
    this.#writer = fileId === null ? await store.begin(file) : await store.resume(fileId, onChunk);
    if (this.#isClosed) {
      await this.#writer.abort();
      throw new P2pError('aborted');
    }
    this.#next = this.#acked = held;
    return held;
  }

  /** The sender begins. False: elsewhere than it was told to. */
  async start(from: number, attempt: Uint8Array): Promise<boolean> {
    if (this.#writer === null || from !== this.#next) return false;
    const { id, plan, fastKey, session } = this.#parts;
    this.#isStreaming = true;
    if (fastKey === null) return true;
    const transfer = { ...plan, fileKey: fastKey, fileId: decodeBase64Url(id), sessionId: session.sessionId };
    this.#opener = await BulkOpener.create(transfer, attempt);
    return true;
  }

  /** False: not the chunk that comes next. Rejects with P2pError `storage-…`: the file has what came before. */
  async accept({ index, total, bytes }: FileChunk): Promise<boolean> {
    const { plan } = this.#parts;
    const isNext = index === this.#next && index < this.#total && total === this.#total;
    if (!this.#isStreaming || !isNext || bytes.length !== chunkRange(plan, index).length) return false;
    this.#next += 1;
    this.#hash.add(index, bytes);
    await this.#write(bytes);
    return true;
  }

  /** The same for a frame of fast bulk. */
  async acceptFrame(frame: Uint8Array): Promise<boolean> {
    if (this.#opener === null || !this.#isStreaming) return false;
    const opened = await this.#opener.open(frame).catch(() => null);
    if (opened === null) return false;
    return this.accept({ id: this.#parts.id, index: opened.index, total: this.#total, bytes: opened.chunk });
  }

  #write(bytes: Uint8Array): Promise<void> {
    const written = this.#work.then(async () => {
      if (this.#writer === null || this.#isClosed) return;
      await this.#writer.write(bytes);
      this.#acknowledge(this.#writer.writtenBytes);
    });
    this.#work = written.catch(() => undefined); // the caller has the error
    return written;
  }

  #acknowledge(writtenBytes: number): void {
    const held = Math.floor(writtenBytes / this.#parts.plan.chunkBytes);
    if ((held - this.#acked) * this.#parts.plan.chunkBytes < FILE_ACK_BYTES) return;
    this.#acked = held;
    const { id, session } = this.#parts;
    session.sendPdu({ type: 'file-ack', id, held }).catch(() => undefined); // the session is over: nothing to tell
  }

  /** Commits when all is there and hashes to `hash`; false when not. Rejects with P2pError `storage-…`. */
  finish(hash: Uint8Array): Promise<boolean> {
    this.#isStreaming = false;
    const finished = this.#work.then(() => this.#commit(hash));
    this.#work = finished.then(
      () => undefined,
      () => undefined, // the caller has the error
    );
    return finished;
  }

  async #commit(hash: Uint8Array): Promise<boolean> {
    const writer = this.#writer;
    if (writer === null || this.#isClosed || this.#next !== this.#total) return false;
    const root = await this.#hash.root();
    if (this.#isClosed || !root.every((byte, index) => byte === hash[index])) return false;
    this.#writer = null; // from here on it is the commit's
    await writer.commit();
    return true;
  }

  /** Lets the file go; what was written stays for the next time. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isStreaming = false;
    await this.#work;
    await this.#writer?.abort();
  }
}
