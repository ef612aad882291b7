/**
 * What comes in from one contact. Nothing is taken before the person said yes, or had said so; a sender that breaks the
 * rules of a transfer ends that transfer, and one that goes on ends its session. P2P-TRF-01 … P2P-TRF-09.
 */
import { type ChunkPlan, countChunks } from '@enk/crypto-core';
import { P2pError, toP2pError } from '../errors.ts';
import {
  FILE_CHUNK_BYTES,
  FILE_SESSION_WINDOW_BYTES,
  FILE_TRANSFER_CHUNK_BYTES,
  MAX_OPEN_OFFERS_PER_CONTACT,
  MAX_RUNNING_TRANSFERS,
} from '../limits.ts';
import type { PduBody } from '../pdu/codec.ts';
import { decodeBase64Url } from '../storage/base64url.ts';
import type { FileStore } from '../storage/files/file-store.ts';
import { assertRoom } from '../storage/files/room.ts';
import { decodeFileChunk } from './file-chunk.ts';
import { folderEntries } from './folder-entries.ts';
import { Receiving } from './receiving.ts';
import { safeName } from './safe-name.ts';
import type { FilePdu, FileSession } from './session-files.ts';
import type { TransferBook } from './transfer-book.ts';
import { isOpen } from './transfer-machine.ts';
import type { TransferKey, TransferRecord } from './transfer-record.ts';

type FileOffer = Extract<FilePdu, { type: 'file-offer' }>;

export interface IncomingOptions {
  readonly contactId: string;
  readonly book: TransferBook;
  /** Null: this device keeps no files. */
  readonly store: FileStore | null;
  nowMs(): number;
  onProgress(): void;
  onStored(): void;
}

/** A chunk and its header: what was on its way when we stopped listening is let pass. */
const STRAY_BYTES = FILE_SESSION_WINDOW_BYTES + 2 * FILE_TRANSFER_CHUNK_BYTES;

export class IncomingFiles {
  readonly #options: IncomingOptions;
  #session: FileSession | null = null;
  readonly #receivings = new Map<string, Receiving>();
  /** What ran before on a transfer, still letting go of its file. */
  readonly #closing = new Map<string, Promise<void>>();
  readonly #pausedByPeer = new Set<string>();
  /** Whose frames of fast bulk come now. */
  #fast: Receiving | null = null;
  /** Bytes of chunks that may still come for transfers that ended on our side. */
  readonly #strays = new WeakMap<FileSession, number>();

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  synced(session: FileSession): void {
    this.#session = session;
    this.#pausedByPeer.clear();
  }

  ended(session: FileSession): void {
    if (this.#session === session) this.#session = null;
    for (const [id, receiving] of this.#receivings) if (receiving.session === session) this.#stop(id);
  }

  // ---------------------------------------------------------------- the person

  /** The person said yes, or goes on. Throws P2pError `storage-full` when there is no room for it. */
  async begin(record: TransferRecord): Promise<void> {
    if (record.fileId === null) await assertRoom(record.sizeBytes);
    const event = record.state === 'offered' ? 'accept' : 'resume';
    const next = await this.#options.book.step(record, event);
    if (next !== null && this.#session !== null) void this.#receive(this.#session, next);
  }

  async refuse(record: TransferRecord): Promise<void> {
    await this.#options.book.step(record, 'refuse');
    this.#tell(this.#session, { type: 'file-refuse', id: record.id });
  }

  async halt(record: TransferRecord, type: 'file-pause' | 'file-cancel'): Promise<void> {
    await this.#end(record, type === 'file-cancel');
    this.#tell(this.#session, { type, id: record.id, side: 'receiver' });
  }

  // ---------------------------------------------------------------- the other side

  async accept(session: FileSession, pdu: FilePdu): Promise<boolean> {
    if (pdu.type === 'file-offer') return this.#offered(session, pdu);
    const record = this.#find(pdu.id);
    if (record === null) return true; // it was forgotten here
    switch (pdu.type) {
      case 'file-resume':
        return this.#started(session, record, pdu);
      case 'file-done':
        void this.#finish(session, record, decodeBase64Url(pdu.hash));
        return true;
      case 'file-pause':
        this.#stop(record.id);
        if (isOpen(record.state)) this.#pausedByPeer.add(record.id);
        this.#options.onProgress();
        return true;
      case 'file-cancel':
        await this.#end(record, true);
        await this.#options.book.step(record, 'cancel');
        return true;
      default:
        return true; // meant for a sender
    }
  }

  async acceptChunk(session: FileSession, bytes: Uint8Array): Promise<boolean> {
    const chunk = decodeFileChunk(bytes);
    const receiving = chunk === null ? undefined : this.#receivings.get(chunk.id);
    const isExpected = receiving?.session === session && receiving.isStreaming;
    if (chunk === null || !isExpected) return this.#takeStray(session, bytes.length);
    return this.#take(session, chunk.id, () => receiving.accept(chunk));
  }

  async acceptFrame(session: FileSession, frame: Uint8Array): Promise<boolean> {
    const receiving = this.#fast;
    if (receiving === null || receiving.session !== session || !receiving.isStreaming) {
      return this.#takeStray(session, frame.length);
    }
    return this.#take(session, receiving.id, () => receiving.acceptFrame(frame));
  }

  async #take(session: FileSession, id: string, accept: () => Promise<boolean>): Promise<boolean> {
    const record = this.#find(id);
    try {
      if (!(await accept()) && record !== null) await this.#broken(session, record);
    } catch (error) {
      if (record !== null) await this.#cannotStore(session, record, error);
    }
    this.#options.onProgress();
    return true;
  }

  /** False: more than could have been on its way. */
  #takeStray(session: FileSession, bytes: number): boolean {
    const left = (this.#strays.get(session) ?? 0) - bytes;
    this.#strays.set(session, left);
    return left >= 0;
  }

  // ---------------------------------------------------------------- offers

  async #offered(session: FileSession, offer: FileOffer): Promise<boolean> {
    const { id } = offer;
    const known = this.#find(id);
    if (known === null) return this.#newOffer(session, offer);
    this.#pausedByPeer.delete(id);
    const isSame = known.sizeBytes === offer.sizeBytes && known.chunkBytes === offer.chunkBytes;
    if (!isSame && isOpen(known.state)) {
      await this.#broken(session, known);
      return true;
    }
    switch (known.state) {
      case 'offered':
        return true; // the person has not decided
      case 'running':
        void this.#receive(session, known);
        return true;
      case 'paused':
        return this.#tell(session, { type: 'file-pause', id, side: 'receiver' });
      case 'done':
        return this.#tell(session, { type: 'file-received', id });
      case 'refused':
        return this.#tell(session, { type: 'file-refuse', id });
      case 'cancelled':
      case 'failed':
        return this.#tell(session, { type: 'file-cancel', id, side: 'receiver' });
    }
  }

  async #newOffer(session: FileSession, offer: FileOffer): Promise<boolean> {
    const { contactId, book, store, nowMs } = this.#options;
    const { id, name, mediaType, sizeBytes, chunkBytes, caption, fastKey } = offer;
    const entries = offer.entries === null ? null : folderEntries(offer.entries, sizeBytes);
    const isWelcome =
      store !== null &&
      isPlan(offer) &&
      entries !== 'broken' &&
      book.openOnes(contactId, 'in').length < MAX_OPEN_OFFERS_PER_CONTACT;
    if (!isWelcome) return this.#tell(session, { type: 'file-refuse', id });
    await book.add({
      id,
      contactId,
      direction: 'in',
      state: 'offered',
      name,
      mediaType,
      sizeBytes,
      chunkBytes,
      caption,
      entries,
      fileId: null,
      fastKey: fastKey === null ? null : decodeBase64Url(fastKey),
      createdAtMs: nowMs(),
      failure: null,
    });
    return true;
  }

  // ---------------------------------------------------------------- receiving

  /** Opens its file and says from where on. Nobody waits for it: a file that goes on is read as far as it is there. */
  async #receive(session: FileSession, record: TransferRecord): Promise<void> {
    const { id } = record;
    const { book, store } = this.#options;
    this.#stop(id);
    if (store === null) return;
    const receiving = this.#newReceiving(session, record, store);
    this.#receivings.set(id, receiving);
    try {
      await this.#closing.get(id);
      const fileId = book.find(record)?.fileId ?? null;
      const state = fileId === null ? 'none' : await store.stateOf(fileId);
      if (state === 'whole') return await this.#stored(session, record);
      const held = await receiving.open(state === 'partial' ? fileId : null);
      await book.setFile(record, receiving.fileId);
      if (this.#receivings.get(id) !== receiving) return;
      this.#tell(session, { type: 'file-accept', id, held });
      this.#options.onProgress();
    } catch (error) {
      if (this.#receivings.get(id) === receiving) await this.#cannotStore(session, record, error);
    }
  }

  #newReceiving(session: FileSession, record: TransferRecord, store: FileStore): Receiving {
    const { id, sizeBytes, chunkBytes, fastKey, name, mediaType, entries } = record;
    const plan: ChunkPlan = { sizeBytes, chunkBytes };
    const createdAtMs = this.#options.nowMs();
    const file = { name: safeName(name), mediaType, entries, createdAtMs, expectedBytes: sizeBytes };
    return new Receiving({ id, plan, fastKey, session, store, file });
  }

  async #started(
    session: FileSession,
    record: TransferRecord,
    { from, attempt }: Extract<FilePdu, { type: 'file-resume' }>,
  ): Promise<boolean> {
    const receiving = this.#receivings.get(record.id);
    if (receiving === undefined || receiving.session !== session) return true; // stopped here meanwhile
    const running = [...this.#receivings.values()].filter(({ isStreaming }) => isStreaming).length;
    const isRight =
      running < MAX_RUNNING_TRANSFERS && (await receiving.start(from, decodeBase64Url(attempt)));
    if (!isRight) await this.#broken(session, record);
    else if (record.fastKey !== null) this.#fast = receiving;
    return true;
  }

  async #finish(session: FileSession, record: TransferRecord, hash: Uint8Array): Promise<void> {
    const receiving = this.#receivings.get(record.id);
    if (receiving === undefined || receiving.session !== session) return;
    try {
      if (await receiving.finish(hash)) await this.#stored(session, record);
      else if (this.#receivings.get(record.id) === receiving) await this.#broken(session, record);
    } catch (error) {
      await this.#cannotStore(session, record, error);
    }
  }

  async #stored(session: FileSession, record: TransferRecord): Promise<void> {
    this.#receivings.delete(record.id);
    await this.#options.book.step(record, 'finish');
    this.#options.onStored();
    this.#tell(session, { type: 'file-received', id: record.id });
  }

  /** The sender broke the rules of this transfer. */
  async #broken(session: FileSession, record: TransferRecord): Promise<void> {
    await this.#end(record, true);
    await this.#options.book.step(record, 'fail', 'protocol-error');
    this.#tell(session, { type: 'file-cancel', id: record.id, side: 'receiver' });
  }

  /** No room, or storage that refuses: it pauses, what is there stays, and the person reads why. */
  async #cannotStore(session: FileSession, record: TransferRecord, error: unknown): Promise<void> {
    const { code } = error instanceof P2pError ? error : toP2pError(error);
    this.#stop(record.id);
    if (code === 'aborted' || code === 'vault-locked') return; // the session, or the profile, is over
    const paused = await this.#options.book.step(record, 'pause', code).catch(() => null);
    if (paused !== null) this.#tell(session, { type: 'file-pause', id: record.id, side: 'receiver' });
  }

  #stop(id: string): void {
    const receiving = this.#receivings.get(id);
    if (receiving === undefined) return;
    this.#receivings.delete(id);
    if (this.#fast === receiving) this.#fast = null;
    const { session } = receiving;
    if (receiving.isStreaming) this.#strays.set(session, STRAY_BYTES);
    const closing = receiving.close().catch(() => undefined); // it was aborted already, by what made it fail
    this.#closing.set(id, closing);
    void closing.then(() => {
      if (this.#closing.get(id) === closing) this.#closing.delete(id);
    });
  }

  /** Stops it; with `isFinal` what came of it goes. */
  async #end(record: TransferKey, isFinal: boolean): Promise<void> {
    const { book, store } = this.#options;
    this.#stop(record.id);
    await this.#closing.get(record.id);
    const known = book.find(record);
    if (!isFinal || known === null || known.fileId === null || store === null) return;
    if ((await store.stateOf(known.fileId)) !== 'partial') return;
    await book.setFile(record, null);
    await store.delete(known.fileId);
  }

  #find(id: string): TransferRecord | null {
    return this.#options.book.find({ contactId: this.#options.contactId, direction: 'in', id });
  }

  /** What nobody waits for; when the session is over it is void, and the next offer is answered so. */
  #tell(session: FileSession | null, body: PduBody): true {
    session?.sendPdu(body).catch(() => undefined);
    return true;
  }

  // ---------------------------------------------------------------- views

  progress(id: string): {
    readonly chunks: number | null;
    readonly live: 'running' | 'queued' | 'paused-by-peer' | null;
  } {
    const receiving = this.#receivings.get(id);
    if (receiving !== undefined) {
      return { chunks: receiving.chunks, live: receiving.isStreaming ? 'running' : 'queued' };
    }
    return { chunks: null, live: this.#pausedByPeer.has(id) ? 'paused-by-peer' : null };
  }
}

/** A size that divides into chunks of a size that divides those at rest. */
function isPlan({ sizeBytes, chunkBytes }: FileOffer): boolean {
  if (FILE_CHUNK_BYTES % chunkBytes !== 0) return false;
  try {
    return countChunks({ sizeBytes, chunkBytes }) > 0;
  } catch {
    return false; // beyond CC-BLK's limits
  }
}
