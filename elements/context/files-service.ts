import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type {
  ContactId,
  FileJudgement,
  FileView,
  FolderChange,
  FolderEntry,
  TransferId,
  TransferView,
  VaultFolder,
} from './views.ts';

/** What a preview shows: a file of the vault, or one inside a folder that is kept as one. */
export interface PreviewItem extends Pick<FileView, 'id' | 'name' | 'sizeBytes'> {
  /** Set for a file inside a folder. */
  readonly entry?: FolderEntry;
  /** As the sender wrote it, where it came from somebody. */
  readonly claimedName?: string;
  readonly caption?: string;
  readonly createdAtMs?: number;
}

/** How large pictures are sent: as they are, or with their longer side at most 2048 or 1024 px. */
export type PictureSize = 'original' | 'large' | 'small';

/** A script of this release, to stand inline in a frame. */
export interface DocumentScript {
  readonly text: string;
  /** `sha384-…` of its UTF-8: what a policy names. */
  readonly integrity: string;
}

export interface FilesSnapshot {
  /** False until the vault told what it has. */
  readonly isLoaded: boolean;
  /** Newest first. */
  readonly files: readonly FileView[];
  /** Of the vault, in the order they were made. */
  readonly folders: readonly VaultFolder[];
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
  /** Seals a file into a folder of the vault (null: at the top); its id. Rejects with `storage-full`, `file-changed`. */
  add(file: File, folderId?: string | null): Promise<string>;
  /** A folder that is kept as one, as it is sent. */
  addFolder(
    name: string,
    files: readonly { readonly path: string; readonly file: File }[],
    folderId?: string | null,
  ): Promise<string>;
  /** The id of a folder that was made, else null. Rejects with `unknown-folder`, `too-many-folders`, `bad-request`. */
  changeFolders(change: FolderChange): Promise<string | null>;
  /** A small picture of a raster image, made and kept by the vault; null where there is none. */
  thumbnail(fileId: string): Promise<Blob | null>;
  /**
   * An attachment: sealed into the vault and offered. Pictures, by content or type, lose what they say about place and
   * camera, by being drawn and encoded anew, unless the person wants the original with it.
   */
  attach(
    contactId: ContactId,
    file: File,
    caption: string,
    pictures?: { readonly size: PictureSize; readonly keepsMetadata: boolean },
  ): Promise<TransferId>;
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
  /** SHA-256 of the contents in hex, as `sha256sum` prints it. Reads all of it. */
  hash(fileId: string, path?: string): Promise<string>;
  /** A range of its bytes. Rejects with `bad-request` outside of it. */
  readRange(
    file: Pick<FileView, 'id'>,
    range: { readonly offset: number; readonly length: number },
    entry?: FolderEntry,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The verified script that draws documents inside a sandboxed frame. Rejects with `worker-unverified`,
   * `worker-unavailable`.
   */
  documentScript(): Promise<DocumentScript>;
  /** All bytes, as a Blob of `type`. */
  read(file: Pick<FileView, 'id' | 'sizeBytes'>, type: string, entry?: FolderEntry): Promise<Blob>;
  /** Writes it to where the person chooses, or to the browser's downloads. */
  save(file: Pick<FileView, 'id' | 'name' | 'sizeBytes'>, entry?: FolderEntry): Promise<void>;
  setFast(isFast: boolean): Promise<void>;
}

export const filesServiceContext = createContext<FilesService>(Symbol.for('enk.files-service.v1'));
