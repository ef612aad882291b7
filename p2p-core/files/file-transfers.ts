/**
 * Files and transfers of one open profile: the store, what goes to and comes from each contact, and what the page is
 * told. P2P-TRF-01 …. Where the browser keeps no files (`store` is null) offers are refused and chat goes on.
 */
import { generateFileKey } from '@enk/crypto-core';
import { P2pError } from '../errors.ts';
import {
  FILE_TRANSFER_CHUNK_BYTES,
  MAX_CAPTION_CHARS,
  MAX_CLAIMED_NAME_CHARS,
  MAX_OPEN_TRANSFERS_PER_CONTACT,
  TRANSFER_PROGRESS_MS,
} from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import { FileStore } from '../storage/files/file-store.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import { type FileSource, blobSource, storedSource } from './file-source.ts';
import { IncomingFiles } from './incoming-files.ts';
import { OutgoingFiles } from './outgoing-files.ts';
import { wellFormed } from './safe-name.ts';
import type { FilePdu, FileSession, SessionFiles } from './session-files.ts';
import { TransferBook } from './transfer-book.ts';
import { keyOf, type TransferKey, type TransferRecord } from './transfer-record.ts';

export interface FileTransfersOptions {
  readonly vault: Vault;
  readonly clock: Clock;
  /** Where sealed files lie. Rejects where the browser has no such place. */
  openFolder(): Promise<FileSystemDirectoryHandle>;
  onTransfers(): void;
  onFiles(): void;
}

/** What is sent: a file of the vault, or one that the person chose and that is read where it lies. */
export type SendWhat =
  | { readonly kind: 'stored'; readonly fileId: string }
  | { readonly kind: 'blob'; readonly blob: Blob; readonly name: string };

interface Loaded {
  readonly book: TransferBook;
  readonly store: FileStore | null;
}

interface ContactFiles {
  readonly incoming: IncomingFiles;
  readonly outgoing: OutgoingFiles;
}

export class FileTransfers {
  readonly #options: FileTransfersOptions;
  readonly #contacts = new Map<string, ContactFiles>();
  /** Of this life of the page alone: a reload forgets them. */
  readonly #blobs = new Map<string, Blob>();
  readonly #loaded: Promise<Loaded>;
  #ready: Loaded | null = null;
  #cancelProgress: (() => void) | null = null;
  #isClosed = false;

  constructor(options: FileTransfersOptions) {
    this.#options = options;
    this.#loaded = this.#load();
    this.#loaded.catch(() => undefined); // whoever needs it is told
  }

  async #load(): Promise<Loaded> {
    const { vault, onTransfers } = this.#options;
    const book = await TransferBook.open(vault, () => {
      if (!this.#isClosed) onTransfers();
    });
    const store = await this.#openStore();
    this.#ready = { book, store };
    if (store !== null) void dropOrphans(book, store);
    this.#options.onTransfers();
    this.#options.onFiles();
    return this.#ready;
  }

  async #openStore(): Promise<FileStore | null> {
    try {
      return await FileStore.open(this.#options.vault, await this.#options.openFolder());
    } catch (error) {
      if (error instanceof P2pError && error.code === 'storage-unavailable') return null;
      throw error;
    }
  }

  // ---------------------------------------------------------------- sessions

  /** Where a contact's sessions bring what concerns files. */
  sessionFiles(contactId: string): SessionFiles {
    const files = (): Promise<ContactFiles> => this.#contact(contactId);
    return {
      synced: session => {
        void files().then(
          ({ incoming, outgoing }) => {
            incoming.synced(session);
            outgoing.synced(session);
          },
          () => undefined,
        ); // storage that does not open was told already
      },
      accept: async (session, pdu) => {
        const { incoming, outgoing } = await files();
        return isForSender(pdu) ? outgoing.accept(session, pdu) : incoming.accept(session, pdu);
      },
      acceptChunk: async (session, bytes) => (await files()).incoming.acceptChunk(session, bytes),
      acceptFrame: async (session, frame) => (await files()).incoming.acceptFrame(session, frame),
      ended: session => this.#sessionEnded(contactId, session),
    };
  }

  #sessionEnded(contactId: string, session: FileSession): void {
    const files = this.#contacts.get(contactId);
    files?.incoming.ended(session);
    files?.outgoing.ended(session);
    this.#options.onTransfers();
  }

  async #contact(contactId: string): Promise<ContactFiles> {
    const { book, store } = await this.#loaded;
    const known = this.#contacts.get(contactId);
    if (known !== undefined) return known;
    const onProgress = (): void => this.#noteProgress();
    const files: ContactFiles = {
      incoming: new IncomingFiles({
        contactId,
        book,
        store,
        onProgress,
        nowMs: () => this.#options.clock.nowMs(),
        onStored: () => this.#options.onFiles(),
      }),
      outgoing: new OutgoingFiles({
        contactId,
        book,
        onProgress,
        openSource: record => this.#openSource(record),
      }),
    };
    this.#contacts.set(contactId, files);
    return files;
  }

  async #openSource(record: TransferRecord): Promise<FileSource> {
    const blob = this.#blobs.get(keyOf(record));
    if (blob !== undefined) return blobSource(blob);
    const { store } = await this.#loaded;
    if (store === null || record.fileId === null) throw new P2pError('file-changed');
    return storedSource(store, record.fileId);
  }

  /** Tells progress, but not more often than anybody reads. */
  #noteProgress(): void {
    this.#cancelProgress ??= this.#options.clock.setTimer(TRANSFER_PROGRESS_MS, () => {
      this.#cancelProgress = null;
      if (!this.#isClosed) this.#options.onTransfers();
    });
  }

  // ---------------------------------------------------------------- what the person does

  /** Queues a transfer; resolves with its key once it is durable. Throws P2pError `unknown-file`, `too-many-transfers`. */
  async send(
    contactId: string,
    what: SendWhat,
    { caption, isFast }: { caption: string; isFast: boolean },
  ): Promise<string> {
    const { book } = await this.#loaded;
    if (book.openOnes(contactId, 'out').length >= MAX_OPEN_TRANSFERS_PER_CONTACT) {
      throw new P2pError('too-many-transfers');
    }
    const record: TransferRecord = {
      ...(await this.#describe(what)),
      id: encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))),
      contactId,
      direction: 'out',
      state: 'offered',
      chunkBytes: FILE_TRANSFER_CHUNK_BYTES,
      caption: wellFormed(caption.slice(0, MAX_CAPTION_CHARS)),
      fastKey: isFast ? new Uint8Array(generateFileKey()) : null,
      createdAtMs: this.#options.clock.nowMs(),
      failure: null,
    };
    if (what.kind === 'blob') this.#blobs.set(keyOf(record), what.blob);
    await book.add(record);
    (await this.#contact(contactId)).outgoing.offerNext();
    return keyOf(record);
  }

  async #describe(
    what: SendWhat,
  ): Promise<Pick<TransferRecord, 'name' | 'mediaType' | 'sizeBytes' | 'entries' | 'fileId'>> {
    if (what.kind === 'blob') {
      const { blob, name } = what;
      const claimed = wellFormed(name.slice(0, MAX_CLAIMED_NAME_CHARS));
      return {
        name: claimed,
        mediaType: blob.type.slice(0, 255),
        sizeBytes: blob.size,
        entries: null,
        fileId: null,
      };
    }
    const file = await (await this.store()).find(what.fileId);
    if (file === null) throw new P2pError('unknown-file');
    const { id: fileId, name, mediaType, sizeBytes, entries } = file;
    return { name, mediaType, sizeBytes, fileId, entries: entries === null ? null : [...entries] };
  }

  /** Says yes to an offer, or no. Throws P2pError `storage-full` where a yes does not fit. */
  async answer(key: string, accept: boolean): Promise<void> {
    const { record, files } = await this.#find(key, 'in');
    if (record.state !== 'offered') throw new P2pError('bad-request');
    await (accept ? files.incoming.begin(record) : files.incoming.refuse(record));
  }

  async pause(key: string): Promise<void> {
    const { record, files } = await this.#find(key);
    if ((await this.#book().step(record, 'pause')) === null) throw new P2pError('bad-request');
    await sideOf(files, record).halt(record, 'file-pause');
  }

  async resume(key: string): Promise<void> {
    const { record, files } = await this.#find(key);
    if (record.state !== 'paused') throw new P2pError('bad-request');
    if (record.direction === 'in') return files.incoming.begin(record);
    await this.#book().step(record, 'resume');
    files.outgoing.offerNext();
  }

  async cancel(key: string): Promise<void> {
    const { record, files } = await this.#find(key);
    if ((await this.#book().step(record, 'cancel')) === null) return; // it is over already
    await sideOf(files, record).halt(record, 'file-cancel');
    this.#blobs.delete(key);
  }

  /** Takes one that is over off the list; its file stays. */
  async forget(key: string): Promise<void> {
    const { record, files } = await this.#find(key);
    if ((await this.#book().step(record, 'cancel')) !== null) {
      await sideOf(files, record).halt(record, 'file-cancel');
    }
    this.#blobs.delete(key);
    await this.#book().forget(record);
  }

  async #find(
    key: string,
    direction?: TransferKey['direction'],
  ): Promise<{ readonly record: TransferRecord; readonly files: ContactFiles }> {
    const { book } = await this.#loaded;
    const record = book.get(key);
    if (direction !== undefined && record.direction !== direction) throw new P2pError('bad-request');
    return { record, files: await this.#contact(record.contactId) };
  }

  #book(): TransferBook {
    if (this.#ready === null) throw new P2pError('not-open');
    return this.#ready.book;
  }

  // ---------------------------------------------------------------- reading

  /** The file store. Throws P2pError `storage-unavailable` where the browser has none. */
  async store(): Promise<FileStore> {
    const { store } = await this.#loaded;
    if (store === null) throw new P2pError('storage-unavailable');
    return store;
  }

  /** Oldest first; empty until it is loaded. */
  get records(): readonly TransferRecord[] {
    return this.#ready?.book.all ?? [];
  }

  /** What runs now, of one transfer. */
  progress({ contactId, direction, id }: TransferKey): ReturnType<OutgoingFiles['progress']> {
    const files = this.#contacts.get(contactId);
    if (files === undefined) return { chunks: null, live: null };
    return direction === 'out' ? files.outgoing.progress(id) : files.incoming.progress(id);
  }

  /** With a contact go its transfers; what was received stays. */
  async forgetContact(batch: WriteBatch, contactId: string): Promise<void> {
    const { book } = await this.#loaded;
    await book.forgetContact(batch, contactId);
    batch.onCommit(() => this.#contacts.delete(contactId));
  }

  /** After the sessions ended: gives the files back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelProgress?.();
    const loaded = await this.#loaded.catch(() => null); // what did not open needs no closing
    await loaded?.store?.close();
  }
}

function sideOf(
  { incoming, outgoing }: ContactFiles,
  { direction }: TransferRecord,
): IncomingFiles | OutgoingFiles {
  return direction === 'in' ? incoming : outgoing;
}

type ForSender = Exclude<FilePdu, { type: 'file-offer' | 'file-resume' | 'file-done' }>;

/** Ids are drawn by senders, each side its own: a PDU belongs to one direction by type, or says who speaks. */
function isForSender(pdu: FilePdu): pdu is ForSender {
  if (pdu.type === 'file-pause' || pdu.type === 'file-cancel') return pdu.side === 'receiver';
  return (
    pdu.type === 'file-accept' ||
    pdu.type === 'file-refuse' ||
    pdu.type === 'file-ack' ||
    pdu.type === 'file-received'
  );
}

/** Files that no transfer knows: a crash between the two. Not one of this life: those came after the list. */
async function dropOrphans(book: TransferBook, store: FileStore): Promise<void> {
  const known = new Set(book.all.map(({ fileId }) => fileId));
  for (const id of store.partialsAtOpen) {
    if (!known.has(id)) await store.delete(id).catch(() => undefined); // the next start finds it again
  }
}
