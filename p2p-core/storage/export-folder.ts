/** Where exports lie until they are handed over: sealed, in the origin private file system, one folder a profile. */
import { P2pError } from '../errors.ts';

const FOLDER = 'enk-exports';

/** Removes the exports of a profile that still lie in this origin. Idempotent. Throws P2pError `storage-unavailable`. */
export async function removeExports(profile: string): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(FOLDER);
    await folder.removeEntry(profile, { recursive: true });
  } catch (cause) {
    const isAbsent = cause instanceof DOMException && ['NotFoundError', 'SecurityError'].includes(cause.name);
    if (!isAbsent) throw new P2pError('storage-unavailable', { cause });
  }
}

/** Made when it is not there. */
export async function exportFolder(profile: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  return folder.getDirectoryHandle(profile, { create: true });
}
