/** What the page asks about files, over an open profile: thin functions, as EnkCore's methods call them. */
import { P2pError } from '../errors.ts';
import { type FileJudgement, judgeFile, TYPE_HEAD_BYTES } from '../files/file-type.ts';
import { folderEntries } from '../files/folder-entries.ts';
import { fitsMemory, imageSize } from '../files/image-size.ts';
import { safeName } from '../files/safe-name.ts';
import { blobSource } from '../files/file-source.ts';
import { MAX_FILES_PER_FOLDER } from '../limits.ts';
import type { FileStore, NewFile, StoredFile } from '../storage/files/file-store.ts';
import { storageRoom } from '../storage/files/room.ts';
import type { FolderEntry, StorageView } from './api.ts';
import type { EnkParams } from './messages.ts';
import type { OpenProfile } from './open-profile.ts';

export async function addFile(
  profile: OpenProfile,
  { file, name, folderId = null }: EnkParams<'addFile'>,
): Promise<string> {
  return seal(profile, [file], { name: safeName(name), mediaType: file.type.slice(0, 255), folderId });
}

export async function addFolder(
  profile: OpenProfile,
  { name, files, folderId = null }: EnkParams<'addFolder'>,
): Promise<string> {
  if (files.length > MAX_FILES_PER_FOLDER) throw new P2pError('folder-too-large');
  const claimed = files.map(({ path, file }) => ({ path, sizeBytes: file.size }));
  const sizeBytes = claimed.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const entries = folderEntries(claimed, sizeBytes);
  if (entries === 'broken') throw new P2pError('folder-too-large');
  const blobs = files.map(({ file }) => file);
  return seal(profile, blobs, { name: safeName(name), mediaType: '', entries, folderId });
}

async function seal(
  profile: OpenProfile,
  blobs: readonly Blob[],
  file: Omit<NewFile, 'createdAtMs' | 'expectedBytes'>,
): Promise<string> {
  const expectedBytes = blobs.reduce((sum, { size }) => sum + size, 0);
  const store = await profile.files.store();
  const writer = await store.create({ ...file, expectedBytes, createdAtMs: profile.clock.nowMs() });
  try {
    for (const blob of blobs) for await (const piece of blobSource(blob).stream(0)) await writer.write(piece);
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await profile.announceFiles();
  return writer.id;
}

export async function renameFile(
  profile: OpenProfile,
  { fileId, name }: EnkParams<'renameFile'>,
): Promise<void> {
  await (await profile.files.store()).rename(fileId, safeName(name));
  await profile.announceFiles();
}

export async function deleteFile(profile: OpenProfile, { fileId }: EnkParams<'deleteFile'>): Promise<void> {
  await (await profile.files.store()).delete(fileId);
  await profile.announceFiles();
}

export async function listFolder(
  profile: OpenProfile,
  { fileId }: EnkParams<'listFolder'>,
): Promise<readonly FolderEntry[]> {
  return entriesOf(await requireFile(await profile.files.store(), fileId));
}

function entriesOf({ entries }: StoredFile): readonly FolderEntry[] {
  let offset = 0;
  return (entries ?? []).map(({ path, sizeBytes }) => {
    const entry = { path, offset, sizeBytes };
    offset += sizeBytes;
    return entry;
  });
}

export async function readFile(profile: OpenProfile, params: EnkParams<'readFile'>): Promise<Uint8Array> {
  return readStored(await profile.files.store(), params);
}

async function readStored(
  store: FileStore,
  { fileId, offset, length }: EnkParams<'readFile'>,
): Promise<Uint8Array> {
  const reader = await store.open(fileId);
  try {
    return await reader.read(offset, length);
  } finally {
    await reader.close();
  }
}

export async function inspectFile(
  profile: OpenProfile,
  params: EnkParams<'inspectFile'>,
): Promise<FileJudgement> {
  return inspectStored(await profile.files.store(), params);
}

/** What a file is; a picture that does not fit memory is none to be drawn. Throws P2pError `unknown-file`. */
export async function inspectStored(
  store: FileStore,
  { fileId, path }: EnkParams<'inspectFile'>,
): Promise<FileJudgement> {
  const file = await requireFile(store, fileId);
  const entry =
    path === undefined ? { path: file.name, offset: 0, sizeBytes: file.sizeBytes } : findEntry(file, path);
  const read = (at: number, wanted: number): Promise<Uint8Array> => {
    const length = Math.max(0, Math.min(wanted, entry.sizeBytes - at));
    return readStored(store, { fileId, offset: entry.offset + Math.min(at, entry.sizeBytes), length });
  };
  const judgement = judgeFile(
    entry.path.slice(entry.path.lastIndexOf('/') + 1),
    await read(0, TYPE_HEAD_BYTES),
  );
  if (!judgement.isSafeImage || judgement.detectedType === null) return judgement;
  return { ...judgement, isSafeImage: fitsMemory(await imageSize(judgement.detectedType, read)) };
}

/** Throws P2pError `unknown-file`. */
export function findEntry(file: StoredFile, path: string): FolderEntry {
  const entry = entriesOf(file).find(candidate => candidate.path === path);
  if (entry === undefined) throw new P2pError('unknown-file');
  return entry;
}

/** Throws P2pError `unknown-file`. */
export async function requireFile(store: FileStore, fileId: string): Promise<StoredFile> {
  const file = await store.find(fileId);
  if (file === null) throw new P2pError('unknown-file');
  return file;
}

export async function getStorage(): Promise<StorageView> {
  return storageRoom();
}
