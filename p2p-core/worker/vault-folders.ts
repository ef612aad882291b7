/** What the page asks about the folders of the vault, over an open profile. P2P-FIL-09. */
import { moved, renamed, subtree, withFolder } from '../files/folder-tree.ts';
import { FolderRepository, newFolderId } from '../storage/files/folder-repository.ts';
import type { FileStore } from '../storage/files/file-store.ts';
import type { Vault } from '../storage/vault.ts';
import type { FolderChange } from './api.ts';
import type { OpenProfile } from './open-profile.ts';

/** The id of a folder that was made, else null. */
export async function changeFolders(profile: OpenProfile, change: FolderChange): Promise<string | null> {
  const { vault, clock } = profile;
  const made = await applyFolderChange(
    { vault, store: await profile.files.store(), nowMs: clock.nowMs() },
    change,
  );
  await profile.announceFiles();
  return made;
}

interface Shelf {
  readonly vault: Vault;
  readonly store: FileStore;
  readonly nowMs: number;
}

/** The same over a vault and its files. Throws P2pError as `changeFolders`. */
export async function applyFolderChange(shelf: Shelf, change: FolderChange): Promise<string | null> {
  const { vault, store, nowMs } = shelf;
  const repository = new FolderRepository(vault);
  if (change.kind === 'delete') await deleteFiles(shelf, repository, change.folderId);
  return vault.update(async batch => {
    const tree = await repository.load();
    switch (change.kind) {
      case 'make': {
        const { name, parentId } = change;
        const folder = { id: newFolderId(), name, parentId, createdAtMs: nowMs };
        await repository.put(batch, withFolder(tree, folder));
        return folder.id;
      }
      case 'rename':
        await repository.put(batch, renamed(tree, change.folderId, change.name));
        return null;
      case 'move':
        await repository.put(batch, moved(tree, change.folderIds, change.to));
        await store.place(batch, change.fileIds, change.to);
        return null;
      case 'delete': {
        const gone = subtree(tree, change.folderId);
        await repository.put(
          batch,
          tree.filter(({ id }) => !gone.has(id)),
        );
        return null;
      }
    }
  });
}

/** First what is in it: a crash in the middle leaves a folder with fewer files, and no file without its folder. */
async function deleteFiles({ store }: Shelf, repository: FolderRepository, folderId: string): Promise<void> {
  const gone = subtree(await repository.load(), folderId);
  for (const file of await store.list()) {
    if (file.folderId !== null && gone.has(file.folderId)) await store.delete(file.id);
  }
}
