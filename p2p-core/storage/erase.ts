/**
 * Erases a profile: the key file first, so that from then on nothing opens what is left, then the database and the files. A crash
 * in between is finished by the next start. What a disk kept of deleted bytes is the disk's: "removed from the app",
 * and without its keys, not "unrecoverable". P2P-VLT-07.
 */
import { deleteDB } from 'idb';
import { P2pError } from '../errors.ts';
import { META, META_KEYS, databaseName, openDatabase, updateMeta } from './database.ts';
import { removeExports } from './export-folder.ts';
import { deleteJournals } from './journal/journal-file.ts';
import { deleteOtherKeyFiles } from './key-file.ts';

/** Resolves when nothing of the profile is left. Its database must be closed; the caller holds the profile's lock. */
export async function eraseProfile(profile: string): Promise<void> {
  await markErasing(profile);
  try {
    await deleteOtherKeyFiles(profile, null);
    await deleteDB(databaseName(profile));
    await deleteJournals(profile);
    await deleteFiles(profile);
    await removeExports(profile);
  } catch (cause) {
    throw new P2pError('storage-unavailable', { cause });
  }
}

/** The profile's sealed files, `enk/<profile>` of the origin private file system; where there is none, nothing. */
async function deleteFiles(profile: string): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('enk');
    await folder.removeEntry(profile, { recursive: true });
  } catch (error) {
    const isAbsent = error instanceof DOMException && ['NotFoundError', 'SecurityError'].includes(error.name);
    if (!isAbsent) throw error;
  }
}

/** A store that cannot be marked (a newer one, a broken one) is erased all the same: its keys go first. */
async function markErasing(profile: string): Promise<void> {
  try {
    const db = await openDatabase(profile);
    try {
      await updateMeta(db, async tx => {
        await tx.objectStore(META).put(true, META_KEYS.erasing);
      });
    } finally {
      db.close();
    }
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
  }
}
