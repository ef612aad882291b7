/**
 * One run of one outgoing transfer in one session: reads ahead, cuts, hashes, and gives the send queue a chunk whenever
 * the windows allow it. Straight code with one AbortSignal; a new session is a new run. P2P-TRF-03 … P2P-TRF-06.
 *
 *     run(from) ──▶ file-resume ──▶ chunk from … n − 1 ──▶ file-done      ack: the window moves
 *         └─ abort (pause, cancel, session over): rejects `aborted`
 */
import { BulkSealer, chunkRange, type ChunkPlan, countChunks } from '@enk/crypto-core';
import type { FrameKind, FrameSource } from '../delivery/send-queue.ts';
import { FILE_READ_AHEAD_CHUNKS } from '../limits.ts';
import { decodeBase64Url, encodeBase64Url } from '../storage/base64url.ts';
import { encodeFileChunk } from './file-chunk.ts';
import type { FileHash } from './file-hash.ts';
import type { FileSource } from './file-source.ts';
import type { SendWindow } from './send-window.ts';
import type { FileSession } from './session-files.ts';

export interface SendingParts {
  readonly id: string;
  readonly plan: ChunkPlan;
  /** Fast mode. */
  readonly fastKey: Uint8Array | null;
  readonly session: FileSession;
  readonly source: FileSource;
  /** Lives as long as the transfer does in memory. */
  readonly hash: FileHash;
  readonly window: SendWindow;
  readonly from: number;
  readonly signal: AbortSignal;
  onProgress(): void;
}

export class Sending implements FrameSource {
  readonly #parts: SendingParts;
  readonly #total: number;
  /** Frames that are ready, in order. */
  readonly #ready: Uint8Array[] = [];
  /** Of chunks that were sealed: fresh memory costs about as much as sealing it once. */
  readonly #spare: ArrayBuffer[] = [];
  #taken: Uint8Array | null = null;
  #sealer: BulkSealer | null = null;
  /** Chunks that left, and that the other side wrote, from the start. */
  #sent: number;
  #acked: number;
  #hasSentAll = false;
  #onTaken: () => void = () => undefined;

  constructor(parts: SendingParts) {
    this.#parts = parts;
    this.#total = countChunks(parts.plan);
    this.#sent = this.#acked = parts.from;
  }

  get ackedChunks(): number {
    return this.#acked;
  }

  /** `file-done` left. */
  get isFinished(): boolean {
    return this.#hasSentAll;
  }

  /** Sends everything from `from` on. Rejects with P2pError `aborted`, `file-changed`, `storage-…`. */
  async run(): Promise<void> {
    const { id, session, from, signal, window, fastKey, plan, hash } = this.#parts;
    window.enter(this);
    try {
      const fileId = decodeBase64Url(id);
      if (fastKey !== null) {
        this.#sealer = await BulkSealer.start({
          ...plan,
          fileKey: fastKey,
          fileId,
          sessionId: session.sessionId,
        });
      }
      const attempt = this.#sealer?.attemptId ?? crypto.getRandomValues(new Uint8Array(32));
      await session.sendPdu({ type: 'file-resume', id, from, attempt: encodeBase64Url(attempt) });
      const reading = new AbortController();
      signal.addEventListener('abort', () => this.#onTaken(), { once: true });
      const read = this.#readAhead(reading.signal);
      read.catch(() => undefined);
      try {
        const stop = AbortSignal.any([signal, reading.signal]);
        if (from < this.#total) await Promise.race([session.sendChunks(this, stop), read.then(never)]);
        await read;
      } finally {
        reading.abort();
        this.#onTaken();
      }
      this.#hasSentAll = true;
      await session.sendPdu({ type: 'file-done', id, hash: encodeBase64Url(await hash.root()) });
    } finally {
      this.#ready.length = 0;
      window.leave(this);
    }
  }

  /** The other side wrote so much. False: more than left, or less than before. */
  acknowledge(held: number): boolean {
    if (held > this.#sent || held < this.#acked) return false;
    const bytes = (held - this.#acked) * this.#parts.plan.chunkBytes;
    this.#acked = held;
    this.#parts.window.acknowledged(this, bytes);
    this.#parts.onProgress();
    return true;
  }

  // ---------------------------------------------------------------- frames for the send queue

  get nextKind(): FrameKind | 'wait' | null {
    if (this.#sent >= this.#total) return null;
    if (this.#ready.length === 0 || !this.#parts.window.hasRoom(this)) return 'wait';
    return this.#sealer === null ? 'chunk' : 'sealed';
  }

  take(): Uint8Array {
    const frame = this.#ready.shift() as Uint8Array;
    this.#sent += 1;
    this.#parts.window.sent(this, this.#parts.plan.chunkBytes);
    this.#onTaken();
    this.#taken = frame;
    return frame;
  }

  /** A chunk was sealed, and is nobody's any more; a sealed frame is the page's. */
  onSent(): void {
    if (this.#sealer === null && this.#taken !== null) this.#spare.push(this.#taken.buffer as ArrayBuffer);
    this.#taken = null;
  }

  // ---------------------------------------------------------------- from the disk

  /** Hashes what this device has not hashed yet, and prepares what the other side has not got. */
  async #readAhead(stopped: AbortSignal): Promise<void> {
    const { hash, from, plan, source, signal } = this.#parts;
    const isOver = (): boolean => stopped.aborted || signal.aborted;
    let index = Math.min(hash.count, from);
    for await (const chunk of chunksOf(source, plan, index)) {
      if (isOver()) return;
      hash.add(index, chunk);
      if (index >= from) await this.#prepare(index, chunk, isOver);
      index += 1;
    }
  }

  async #prepare(index: number, bytes: Uint8Array, isOver: () => boolean): Promise<void> {
    const { id, session } = this.#parts;
    const frame =
      this.#sealer === null
        ? encodeFileChunk({ id, index, total: this.#total, bytes }, this.#spare.pop())
        : await this.#sealer.seal(index, bytes);
    while (this.#ready.length >= FILE_READ_AHEAD_CHUNKS && !isOver()) {
      await new Promise<void>(resolve => (this.#onTaken = resolve));
    }
    this.#ready.push(frame);
    if (this.#ready.length === 1) session.wakeChunks();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** The chunks of a source from `first` on, each whole. An empty file has one, which is empty. */
async function* chunksOf(source: FileSource, plan: ChunkPlan, first: number): AsyncGenerator<Uint8Array> {
  const total = countChunks(plan);
  let index = first;
  let partial: Uint8Array | null = null;
  let filled = 0;
  if (plan.sizeBytes === 0 && first === 0) yield new Uint8Array(0);
  for await (const piece of source.stream(first * plan.chunkBytes)) {
    for (let at = 0; at < piece.length && index < total;) {
      const { length } = chunkRange(plan, index);
      if (filled === 0 && piece.length - at >= length) {
        yield piece.subarray(at, at + length); // no copy
        at += length;
        index += 1;
        continue;
      }
      partial ??= new Uint8Array(plan.chunkBytes);
      const taken = piece.subarray(at, at + length - filled);
      partial.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled < length) continue;
      yield partial.subarray(0, length);
      partial = null; // the hash may still read it
      filled = 0;
      index += 1;
    }
  }
}
