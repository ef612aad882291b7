/** A contact and all that was said with it: gone in one commit. */
import type { EnkParams } from './messages.ts';
import type { OpenProfile } from './open-profile.ts';

/** Throws P2pError `unknown-contact`. */
export async function removeContact(
  { book, manager, search, files }: OpenProfile,
  { contactId }: EnkParams<'removeContact'>,
): Promise<void> {
  book.get(contactId);
  const { conversation } = await manager.ensureConnection(contactId);
  await manager.removeConnection(contactId);
  await book.remove(contactId, async batch => {
    conversation.deleteAll(batch);
    await files.forgetContact(batch, contactId);
    return search.forget(batch, contactId, 'all');
  });
}
