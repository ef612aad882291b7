import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type { ContactId, FileJudgement, FileView, FolderEntry, TransferId, TransferView } from './views.ts';

export interface FilesSnapshot {
  /** False until the vault told what it has. */
  readonly isLoaded: boolean;
  /** Newest first. */
  readonly files: readonly FileView[];
  /** Oldest first. */
  readonly transfers: readonly TransferView[];
  /** Own transfers go outside the ratchets. */
  readonly isFast: boolean;
}

/**
 * Files of the vault and their transfers. Besides the worker's codes, intents reject with `image-unreadable` (a picture
 * whose metadata cannot be removed).
 */
export interface FilesService extends Observable<FilesSnapshot> {
  /** Seals a file into the vault; its id. Rejects with `storage-full`, `file-changed`. */
  add(file: File): Promise<string>;
  addFolder(name: string, files: readonly { readonly path: string; readonly file: File }[]): Promise<string>;
  /**
   * An attachment: sealed into the vault and offered. Pictures lose what they say about place and camera, by being
   * drawn and encoded anew.
   */
  attach(contactId: ContactId, file: File, caption: string): Promise<TransferId>;
  /** Offers a file of the vault as it is. */
  send(contactId: ContactId, fileId: string, caption: string): Promise<TransferId>;
  answer(transferId: TransferId, accept: boolean): Promise<void>;
  pause(transferId: TransferId): Promise<void>;
  resume(transferId: TransferId): Promise<void>;
  cancel(transferId: TransferId): Promise<void>;
  forget(transferId: TransferId): Promise<void>;
  rename(fileId: string, name: string): Promise<void>;
  delete(fileId: string): Promise<void>;
  listFolder(fileId: string): Promise<readonly FolderEntry[]>;
  /** What the name claims and the content shows. */
  inspect(fileId: string, path?: string): Promise<FileJudgement>;
  /** All bytes, as a Blob of `type`. */
  read(file: Pick<FileView, 'id' | 'sizeBytes'>, type: string, entry?: FolderEntry): Promise<Blob>;
  /** Writes it to where the person chooses, or to the browser's downloads. */
  save(file: Pick<FileView, 'id' | 'name' | 'sizeBytes'>, entry?: FolderEntry): Promise<void>;
  setFast(isFast: boolean): Promise<void>;
}

export const filesServiceContext = createContext<FilesService>(Symbol.for('enk.files-service.v1'));
