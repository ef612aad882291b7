/**
 * The journal's file in the origin private file system: `enk-journal/<profile>/<vault id>`, of JOURNAL_BYTES from the
 * beginning, so that a flush writes data and no metadata. P2P-JRN-04.
 */
import { P2pError, storageError } from '../../errors.ts';
import { JOURNAL_BYTES, JOURNAL_HANDOVER_MS } from '../../limits.ts';
import { type SyncFileHandle, hasSyncHandles } from '../files/opfs.ts';
import type { JournalFile } from './journal.ts';

const FOLDER = 'enk-journal';
const RETRY_MS = 25;

/** Gives the journal's file of a vault; null where the platform has none. Throws P2pError `storage-…`. */
export type OpenJournalFile = (place: JournalPlace) => Promise<JournalFile | null>;

export interface JournalPlace {
  readonly profile: string;
  /** Lower-case hex. */
  readonly vaultId: string;
}

/** The file, made when it is not there; null where there are no synchronous handles, or no file system at all. */
export const openJournalFile: OpenJournalFile = async ({ profile, vaultId }) => {
  if (!hasSyncHandles()) return null;
  const root = await originFolder();
  if (root === null) return null;
  try {
    const folder = await root.getDirectoryHandle(FOLDER, { create: true });
    const own = await folder.getDirectoryHandle(profile, { create: true });
    const file = (await own.getFileHandle(vaultId, { create: true })) as SyncFileHandle;
    return fill(await takeHandle(file));
  } catch (cause) {
    throw storageError(cause);
  }
};

/** Deletes every journal of a profile. */
export async function deleteJournals(profile: string): Promise<void> {
  try {
    const folder = await (await originFolder())?.getDirectoryHandle(FOLDER);
    await folder?.removeEntry(profile, { recursive: true });
  } catch (cause) {
    if (!(cause instanceof DOMException && cause.name === 'NotFoundError')) throw storageError(cause);
  }
}

/** Null in windows that must not leave a trace, where some browsers refuse it. */
async function originFolder(): Promise<FileSystemDirectoryHandle | null> {
  try {
    return await navigator.storage.getDirectory();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'SecurityError') return null;
    throw storageError(cause);
  }
}

/** One tab at a time has it; one that just died lets go a moment after its lock. */
async function takeHandle(file: SyncFileHandle): ReturnType<SyncFileHandle['createSyncAccessHandle']> {
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    try {
      return await file.createSyncAccessHandle();
    } catch (cause) {
      const isTaken = cause instanceof DOMException && cause.name === 'NoModificationAllowedError';
      if (!isTaken) throw cause;
      if (waitedMs >= JOURNAL_HANDOVER_MS) throw new P2pError('storage-unavailable', { cause });
    }
    await new Promise(resolve => setTimeout(resolve, RETRY_MS));
  }
}

/** A disk with no room for it is no reason to stay closed: a short journal takes little, none nothing. */
function fill(handle: Awaited<ReturnType<SyncFileHandle['createSyncAccessHandle']>>): JournalFile {
  const sizeBytes = handle.getSize();
  if (sizeBytes >= JOURNAL_BYTES) return handle;
  try {
    handle.write(new Uint8Array(JOURNAL_BYTES - sizeBytes), { at: sizeBytes });
    handle.flush();
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
  }
  return handle;
}
