/** FilesService over the worker: bytes pass through the page only to be shown or saved, in parts. */
import type {
  ContactId,
  DocumentScript,
  FileJudgement,
  FilesService,
  FilesSnapshot,
  FileView,
  FolderChange,
  FolderEntry,
  PictureSize,
  TransferId,
} from '@enk/context';
import { documentScript } from './document-script.ts';
import { ServiceError } from './service-error.ts';
import { Store } from './store.ts';
import { stripImage } from './strip-image.ts';
import type { WorkerConnection } from './worker-connection.ts';

const PART_BYTES = 4 * 1024 * 1024;
const STRIPPED = { size: 'original', keepsMetadata: false } as const;
const EMPTY: FilesSnapshot = { isLoaded: false, files: [], folders: [], transfers: [], isFast: false };
/** A saved file is opened by the system: the page claims no type for it. */
const SAVED_TYPE = 'application/octet-stream';
/** The browser has begun its download by then. */
const REVOKE_AFTER_MS = 60_000;

interface SaveHandle {
  createWritable(): Promise<
    WritableStream<Uint8Array> & { write(part: Uint8Array): Promise<void>; abort(): Promise<void> }
  >;
}
type ShowSavePicker = (options: { suggestedName: string }) => Promise<SaveHandle>;

export class WorkerFilesService extends Store<FilesSnapshot> implements FilesService {
  readonly #worker: WorkerConnection;

  constructor(worker: WorkerConnection) {
    super(EMPTY);
    this.#worker = worker;
    worker.listen(event => {
      if (event.type === 'files') {
        const { files, folders } = event;
        this.replace({ ...this.snapshot, isLoaded: true, files, folders });
      }
      if (event.type === 'transfers') this.replace({ ...this.snapshot, transfers: event.transfers });
    });
  }

  async load(): Promise<void> {
    const { isFast } = await this.#worker.request('getFileSettings');
    this.replace({ ...this.snapshot, isFast });
  }

  /** Nothing of a locked vault stays in the page. */
  forgetAll(): void {
    this.replace(EMPTY);
  }

  add(file: File, folderId: string | null = null): Promise<string> {
    return this.#worker.request('addFile', { file, name: file.name, folderId });
  }

  addFolder(
    name: string,
    files: readonly { readonly path: string; readonly file: File }[],
    folderId: string | null = null,
  ): Promise<string> {
    return this.#worker.request('addFolder', { name, files, folderId });
  }

  changeFolders(change: FolderChange): Promise<string | null> {
    return this.#worker.request('changeFolders', change);
  }

  async thumbnail(fileId: string): Promise<Blob | null> {
    const bytes = await this.#worker.request('getThumbnail', { fileId });
    return bytes && new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/webp' });
  }

  async attach(
    contactId: ContactId,
    file: File,
    caption: string,
    { size, keepsMetadata }: { readonly size: PictureSize; readonly keepsMetadata: boolean } = STRIPPED,
  ): Promise<TransferId> {
    const isAsItIs = keepsMetadata && size === 'original';
    const sent = isAsItIs ? file : await stripImage(file, size);
    return this.send(contactId, await this.add(sent), caption);
  }

  send(contactId: ContactId, fileId: string, caption: string): Promise<TransferId> {
    return this.#worker.request('sendFile', { contactId, what: { kind: 'stored', fileId }, caption });
  }

  answer(transferId: TransferId, accept: boolean): Promise<void> {
    return this.#worker.request('answerTransfer', { transferId, accept });
  }

  pause(transferId: TransferId): Promise<void> {
    return this.#worker.request('pauseTransfer', { transferId });
  }

  resume(transferId: TransferId): Promise<void> {
    return this.#worker.request('resumeTransfer', { transferId });
  }

  cancel(transferId: TransferId): Promise<void> {
    return this.#worker.request('cancelTransfer', { transferId });
  }

  forget(transferId: TransferId): Promise<void> {
    return this.#worker.request('forgetTransfer', { transferId });
  }

  rename(fileId: string, name: string): Promise<void> {
    return this.#worker.request('renameFile', { fileId, name });
  }

  delete(fileId: string): Promise<void> {
    return this.#worker.request('deleteFile', { fileId });
  }

  listFolder(fileId: string): Promise<readonly FolderEntry[]> {
    return this.#worker.request('listFolder', { fileId });
  }

  inspect(fileId: string, path?: string): Promise<FileJudgement> {
    return this.#worker.request('inspectFile', { fileId, ...(path !== undefined && { path }) });
  }

  hash(fileId: string, path?: string): Promise<string> {
    return this.#worker.request('hashFile', { fileId, ...(path !== undefined && { path }) });
  }

  async readRange(
    file: Pick<FileView, 'id'>,
    { offset, length }: { readonly offset: number; readonly length: number },
    entry?: FolderEntry,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (entry !== undefined && offset + length > entry.sizeBytes) throw new ServiceError('bad-request');
    const start = (entry?.offset ?? 0) + offset;
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += PART_BYTES) {
      const part = { offset: start + at, length: Math.min(PART_BYTES, length - at) };
      bytes.set(await this.#worker.request('readFile', { fileId: file.id, ...part }), at);
    }
    return bytes;
  }

  documentScript(): Promise<DocumentScript> {
    return documentScript();
  }

  async read(file: Pick<FileView, 'id' | 'sizeBytes'>, type: string, entry?: FolderEntry): Promise<Blob> {
    const parts: Blob[] = [];
    // Each part is a Blob at once: the browser keeps large ones on the disk.
    for await (const part of this.#parts(file, entry))
      parts.push(new Blob([part as Uint8Array<ArrayBuffer>]));
    return new Blob(parts, { type });
  }

  async *#parts(file: Pick<FileView, 'id' | 'sizeBytes'>, entry?: FolderEntry): AsyncGenerator<Uint8Array> {
    const { offset: start, sizeBytes } = entry ?? { offset: 0, sizeBytes: file.sizeBytes };
    for (let at = 0; at < sizeBytes; at += PART_BYTES) {
      const length = Math.min(PART_BYTES, sizeBytes - at);
      yield await this.#worker.request('readFile', { fileId: file.id, offset: start + at, length });
    }
  }

  async save(file: Pick<FileView, 'id' | 'name' | 'sizeBytes'>, entry?: FolderEntry): Promise<void> {
    const name = entry === undefined ? file.name : entry.path.slice(entry.path.lastIndexOf('/') + 1);
    const pick = (window as { showSaveFilePicker?: ShowSavePicker }).showSaveFilePicker;
    if (pick === undefined) return this.#download(name, await this.read(file, SAVED_TYPE, entry));
    const handle = await chosen(pick, name);
    if (handle === null) return;
    const writable = await handle.createWritable();
    try {
      for await (const part of this.#parts(file, entry)) await writable.write(part);
      await writable.close();
    } catch (error) {
      await writable.abort();
      throw error;
    }
  }

  #download(name: string, blob: Blob): void {
    const url = URL.createObjectURL(blob);
    const link = Object.assign(document.createElement('a'), { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
  }

  async setFast(isFast: boolean): Promise<void> {
    await this.#worker.request('setFileSettings', { files: { isFast } });
    this.replace({ ...this.snapshot, isFast });
  }
}

/** Null: the person chose none. */
async function chosen(pick: ShowSavePicker, suggestedName: string): Promise<SaveHandle | null> {
  try {
    return await pick.call(window, { suggestedName });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}
