/**
 * What goes out to one contact: offers what is not over on each session, runs some of what was accepted at once, the
 * rest waits in line. P2P-TRF-01 … P2P-TRF-04.
 */
import { type ChunkPlan, countChunks } from '@enk/crypto-core';
import { P2pError, toP2pError } from '../errors.ts';
import { CHUNK_BYTES, MAX_RUNNING_TRANSFERS, MAX_TOLD_OFFERS } from '../limits.ts';
import { encodePdu, type PduBody } from '../pdu/codec.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import { FileHash } from './file-hash.ts';
import type { FileSource } from './file-source.ts';
import { SendWindow } from './send-window.ts';
import { Sending } from './sending.ts';
import type { FilePdu, FileSession } from './session-files.ts';
import type { TransferBook } from './transfer-book.ts';
import { isOpen } from './transfer-machine.ts';
import type { TransferRecord } from './transfer-record.ts';

export interface OutgoingOptions {
  readonly contactId: string;
  readonly book: TransferBook;
  /** What a transfer sends. Throws P2pError `file-changed` when it is not there any more. */
  openSource(record: TransferRecord): Promise<FileSource>;
  onProgress(): void;
}

interface Run {
  readonly sending: Sending;
  readonly abort: AbortController;
  readonly session: FileSession;
}

export class OutgoingFiles {
  readonly #options: OutgoingOptions;
  #session: FileSession | null = null;
  #window = new SendWindow(() => undefined);
  /** Offered on this session. */
  #told = new Set<string>();
  /** Accepted, from which chunk on; in line. */
  readonly #line = new Map<string, number>();
  readonly #runs = new Map<string, Run>();
  readonly #starting = new Set<string>();
  readonly #hashes = new Map<string, FileHash>();
  readonly #pausedByPeer = new Set<string>();

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  // ---------------------------------------------------------------- sessions

  /** A session that can carry offers; what ran on another one starts over here. */
  synced(session: FileSession): void {
    this.#leave();
    this.#session = session;
    this.#window = new SendWindow(() => session.wakeChunks());
    this.offerNext();
  }

  ended(session: FileSession): void {
    if (session === this.#session) this.#leave();
  }

  #leave(): void {
    this.#session = null;
    this.#told = new Set();
    this.#line.clear();
    this.#pausedByPeer.clear();
    for (const id of [...this.#runs.keys()]) this.#stop(id);
  }

  /** Tells offers while the other side has room for them. */
  offerNext(): void {
    const session = this.#session;
    if (session === null) return;
    const open = this.#options.book.openOnes(this.#options.contactId, 'out');
    let told = open.filter(({ id }) => this.#told.has(id)).length;
    for (const record of open) {
      if (told >= MAX_TOLD_OFFERS) return;
      if (record.state === 'paused' || this.#told.has(record.id)) continue;
      this.#told.add(record.id);
      told += 1;
      offer(session, record).catch(() => undefined); // the session is over, or it refuses: the next one says
    }
  }

  // ---------------------------------------------------------------- the person

  /** Stops it and says so. */
  async halt(record: TransferRecord, type: 'file-pause' | 'file-cancel'): Promise<void> {
    this.#told.delete(record.id);
    this.#line.delete(record.id);
    this.#stop(record.id);
    if (type === 'file-cancel') this.#hashes.delete(record.id);
    this.#tell({ type, id: record.id, side: 'sender' });
    this.offerNext();
    this.#runNext();
  }

  // ---------------------------------------------------------------- the other side

  async accept(
    session: FileSession,
    pdu: Exclude<FilePdu, { type: 'file-offer' | 'file-resume' | 'file-done' }>,
  ): Promise<boolean> {
    const record = this.#options.book.find({
      contactId: this.#options.contactId,
      direction: 'out',
      id: pdu.id,
    });
    if (session !== this.#session) return true; // of a session that carries nothing any more
    if (record === null || !isOpen(record.state)) return this.#answerUnknown(pdu);
    switch (pdu.type) {
      case 'file-accept':
        return this.#accepted(record, pdu.held);
      case 'file-ack':
        return this.#acknowledged(record, pdu.held);
      case 'file-pause':
        this.#pausedByPeer.add(record.id);
        this.#line.delete(record.id);
        this.#stop(record.id);
        this.#options.onProgress();
        return true;
      case 'file-refuse':
        return this.#over(record, 'refuse');
      case 'file-cancel':
        return this.#over(record, 'cancel');
      case 'file-received':
        return this.#over(record, 'finish');
    }
  }

  #answerUnknown({ type, id }: FilePdu): boolean {
    if (type === 'file-accept') this.#tell({ type: 'file-cancel', id, side: 'sender' });
    return true; // it crossed with our own word
  }

  async #accepted(record: TransferRecord, held: number): Promise<boolean> {
    const { id } = record;
    if (record.state === 'paused') return this.#tell({ type: 'file-pause', id, side: 'sender' });
    if (held > countChunks(record)) return this.#broken(record);
    this.#pausedByPeer.delete(id);
    this.#stop(id);
    await this.#options.book.step(record, 'accept');
    this.#line.set(id, held);
    this.#runNext();
    return true;
  }

  async #acknowledged(record: TransferRecord, held: number): Promise<boolean> {
    const run = this.#runs.get(record.id);
    if (run === undefined) return true; // it stopped meanwhile
    return run.sending.acknowledge(held) || this.#broken(record);
  }

  async #over(record: TransferRecord, event: 'refuse' | 'cancel' | 'finish'): Promise<boolean> {
    this.#told.delete(record.id);
    this.#line.delete(record.id);
    this.#hashes.delete(record.id);
    this.#stop(record.id);
    await this.#options.book.step(record, event);
    this.offerNext();
    this.#runNext();
    return true;
  }

  /** The other side broke the rules of this transfer: it is over, and nothing else is. */
  async #broken(record: TransferRecord): Promise<boolean> {
    await this.#fail(record, new P2pError('protocol-error'));
    return true;
  }

  // ---------------------------------------------------------------- runs

  #runNext(): void {
    for (const [id, held] of this.#line) {
      const running = [...this.#runs.keys(), ...this.#starting];
      const record = this.#options.book.find({ contactId: this.#options.contactId, direction: 'out', id });
      if (record === null || this.#session === null) return;
      if (this.#runs.has(id) || this.#starting.has(id)) continue; // the earlier run is leaving
      if (running.length >= MAX_RUNNING_TRANSFERS) return;
      // Frames of fast bulk do not say of which file they are: one at a time.
      if (record.fastKey !== null && running.some(other => this.#isFast(other))) continue;
      this.#line.delete(id);
      void this.#run(record, held, this.#session);
    }
  }

  #isFast(id: string): boolean {
    const { book, contactId } = this.#options;
    return (book.find({ contactId, direction: 'out', id })?.fastKey ?? null) !== null;
  }

  async #run(record: TransferRecord, from: number, session: FileSession): Promise<void> {
    const { id } = record;
    const abort = new AbortController();
    this.#starting.add(id);
    let source: FileSource | null = null;
    try {
      source = await this.#options.openSource(record);
      if (source.sizeBytes !== record.sizeBytes) throw new P2pError('file-changed');
      if (session !== this.#session || this.#line.has(id)) return;
      const sending = this.#newSending(record, { from, session, source, signal: abort.signal });
      this.#runs.set(id, { sending, abort, session });
      this.#starting.delete(id);
      await sending.run();
    } catch (error) {
      if (!abort.signal.aborted && session === this.#session) await this.#fail(record, toP2pError(error));
    } finally {
      this.#starting.delete(id);
      if (this.#runs.get(id)?.abort === abort) this.#runs.delete(id);
      await source?.close();
      this.#runNext();
    }
  }

  #newSending(
    record: TransferRecord,
    run: { from: number; session: FileSession; source: FileSource; signal: AbortSignal },
  ): Sending {
    const { id, sizeBytes, chunkBytes, fastKey } = record;
    const plan: ChunkPlan = { sizeBytes, chunkBytes };
    const hash = this.#hashes.get(id) ?? new FileHash(plan);
    this.#hashes.set(id, hash);
    const { onProgress } = this.#options;
    return new Sending({ id, plan, fastKey, hash, window: this.#window, onProgress, ...run });
  }

  #stop(id: string): void {
    this.#runs.get(id)?.abort.abort();
    this.#runs.delete(id);
  }

  async #fail(record: TransferRecord, error: P2pError): Promise<void> {
    this.#told.delete(record.id);
    this.#line.delete(record.id);
    this.#stop(record.id);
    this.#hashes.delete(record.id);
    await this.#options.book.step(record, 'fail', error.code);
    this.#tell({ type: 'file-cancel', id: record.id, side: 'sender' });
    this.offerNext();
  }

  /** What nobody waits for; without a session it is void, and said again on the next. */
  #tell(body: PduBody): true {
    this.#session?.sendPdu(body).catch(() => undefined);
    return true;
  }

  // ---------------------------------------------------------------- views

  /** Chunks that the other side has, as far as this session knows. */
  progress(id: string): {
    readonly chunks: number | null;
    readonly live: 'running' | 'queued' | 'paused-by-peer' | null;
  } {
    const run = this.#runs.get(id);
    if (run !== undefined) return { chunks: run.sending.ackedChunks, live: 'running' };
    if (this.#pausedByPeer.has(id)) return { chunks: null, live: 'paused-by-peer' };
    return { chunks: this.#line.get(id) ?? null, live: this.#line.has(id) ? 'queued' : null };
  }
}

/** A large one, with the paths of a folder, goes in chunks. */
async function offer(session: FileSession, record: TransferRecord): Promise<void> {
  const { id, name, mediaType, sizeBytes, chunkBytes, caption, entries, fastKey } = record;
  const body: PduBody = {
    type: 'file-offer',
    id,
    name,
    mediaType,
    sizeBytes,
    chunkBytes,
    caption,
    entries: entries?.map(({ path, sizeBytes: size }) => ({ path, sizeBytes: size })) ?? null,
    fastKey: fastKey === null ? null : encodeBase64Url(fastKey),
  };
  const bytes = encodePdu(body);
  if (bytes.length <= CHUNK_BYTES) await session.sendPdu(body);
  else await session.sendLarge({ of: 'file-offer', bytes });
}
