/** Files and transfers → what the page sees. Pure but for the store that it reads. */
import { judgeFile } from '../files/file-type.ts';
import type { FolderTree } from '../files/folder-tree.ts';
import type { FileTransfers } from '../files/file-transfers.ts';
import { keyOf, type TransferRecord } from '../files/transfer-record.ts';
import type { FileStore, StoredFile } from '../storage/files/file-store.ts';
import type { ContactId, FileView, TransferId, TransferView } from './api.ts';

/** Newest first. */
export async function fileViews(store: FileStore, folders: FolderTree): Promise<readonly FileView[]> {
  const known = new Set(folders.map(({ id }) => id));
  const files = (await store.list()).map(file => fileView(file, known));
  return files.sort((a, b) => b.createdAtMs - a.createdAtMs);
}

function fileView(
  { id, name, mediaType, sizeBytes, createdAtMs, entries, folderId }: StoredFile,
  known: ReadonlySet<string>,
): FileView {
  const isIn = folderId !== null && known.has(folderId);
  const fileCount = entries?.length ?? null;
  return { id, name, mediaType, sizeBytes, createdAtMs, fileCount, folderId: isIn ? folderId : null };
}

/** Oldest first. */
export function transferViews(files: FileTransfers): readonly TransferView[] {
  return files.records.map(record => transferView(record, files));
}

function transferView(record: TransferRecord, files: FileTransfers): TransferView {
  const { contactId, direction, state, name, sizeBytes, chunkBytes, caption, entries, fileId } = record;
  const { chunks, live } = files.progress(record);
  const isWhole = state === 'done';
  const judgement = judgeFile(name, null);
  return {
    id: keyOf(record) as TransferId,
    contactId: contactId as ContactId,
    isMine: direction === 'out',
    state:
      state === 'running' && live === null ? 'waiting' : state === 'running' ? (live ?? 'waiting') : state,
    name: judgement.name,
    claimedName: name,
    warnings: judgement.warnings,
    sizeBytes,
    doneBytes: isWhole ? sizeBytes : chunks === null ? null : Math.min(sizeBytes, chunks * chunkBytes),
    caption,
    fileCount: entries?.length ?? null,
    fileId: isWhole || direction === 'out' ? fileId : null,
    isFast: record.fastKey !== null,
    createdAtMs: record.createdAtMs,
    failure: record.failure,
  };
}
