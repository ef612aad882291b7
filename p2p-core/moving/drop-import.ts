/** Takes back an import that did not come to its end: all that it wrote lies beside what is in force. P2P-MOV-04. */
import { MAX_CONTACTS } from '../limits.ts';
import { ConversationRepository } from '../storage/conversation-repository.ts';
import type { FileStore } from '../storage/files/file-store.ts';
import { ProfileRepository } from '../storage/profile-repository.ts';
import type { Vault } from '../storage/vault.ts';

/** Where an import of this id writes the messages of its nth conversation, from 0. */
export const importPlace = (id: string, index: number): string => `${id} ${index}`;

/** False when there is none. `files` is asked for when the import had some. Throws P2pError `storage-…`. */
export async function dropImport(vault: Vault, files: () => Promise<FileStore>): Promise<boolean> {
  const repository = new ProfileRepository(vault);
  const begun = await repository.loadImport();
  if (begun === null) return false;
  if (begun.files.length > 0) {
    const store = await files();
    for (const id of begun.files) await store.delete(id);
  }
  await vault.update(async batch => {
    for (let index = 0; index < MAX_CONTACTS; index++) {
      const staged = await ConversationRepository.at(vault, '', importPlace(begun.id, index));
      staged.deleteMessages(batch);
    }
    await repository.putImport(batch, null);
  });
  return true;
}
