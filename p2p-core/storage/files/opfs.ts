/**
 * The files of one profile in the origin private file system, each opened once and shared by who reads and writes it.
 * Synchronous handles exist in dedicated workers only. Names are random; what lies in the files is sealed.
 */
import { P2pError, storageError } from '../../errors.ts';

/** FileSystemSyncAccessHandle, of which TypeScript's DOM library knows nothing. Offsets and sizes in bytes. */
export interface SyncHandle {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}
export interface SyncFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncHandle>;
}

/** Whether synchronous handles are to be had here. */
export function hasSyncHandles(): boolean {
  return (
    typeof FileSystemFileHandle !== 'undefined' && 'createSyncAccessHandle' in FileSystemFileHandle.prototype
  );
}

/** The folder of a profile; made when it is not there. Throws P2pError `storage-unavailable`. */
export async function openFileFolder(profile: string): Promise<FileSystemDirectoryHandle> {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('enk', { create: true });
    return await folder.getDirectoryHandle(profile, { create: true });
  } catch (cause) {
    throw storageError(cause);
  }
}

interface OpenHandle {
  readonly handle: Promise<SyncHandle>;
  users: number;
}

export class SealedFiles {
  readonly #folder: FileSystemDirectoryHandle;
  readonly #open = new Map<string, OpenHandle>();

  constructor(folder: FileSystemDirectoryHandle) {
    this.#folder = folder;
  }

  /** A handle on the file, shared; `release` gives it back. Throws P2pError `storage-…`; `missing` when not there. */
  async use(name: string, { create }: { readonly create: boolean }): Promise<SyncHandle> {
    const open = this.#open.get(name) ?? { handle: this.#openHandle(name, create), users: 0 };
    open.users += 1;
    this.#open.set(name, open);
    try {
      return await open.handle;
    } catch (error) {
      if (this.#open.get(name) === open) this.#open.delete(name);
      throw error;
    }
  }

  async #openHandle(name: string, create: boolean): Promise<SyncHandle> {
    try {
      const file = (await this.#folder.getFileHandle(name, { create })) as SyncFileHandle;
      return await file.createSyncAccessHandle();
    } catch (cause) {
      const isMissing = cause instanceof DOMException && cause.name === 'NotFoundError';
      throw isMissing ? new P2pError('storage-corrupt', { cause }) : storageError(cause);
    }
  }

  /** Gives one use back; the last one closes the file. */
  async release(name: string): Promise<void> {
    const open = this.#open.get(name);
    if (open === undefined || --open.users > 0) return;
    this.#open.delete(name);
    (await open.handle).close();
  }

  /** Deletes the file, whoever uses it: their next read fails. */
  async remove(name: string): Promise<void> {
    const open = this.#open.get(name);
    this.#open.delete(name);
    try {
      (await open?.handle)?.close();
      await this.#folder.removeEntry(name);
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === 'NotFoundError') return;
      throw storageError(cause);
    }
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const name of (this.#folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
      names.push(name);
    }
    return names;
  }

  /** Closes everything that is open. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { handle } of open) (await handle.catch(() => null))?.close();
  }
}
