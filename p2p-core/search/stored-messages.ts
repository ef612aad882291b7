/** The messages of the vault, as the index reads them. */
import { ConversationRepository } from '../storage/conversation-repository.ts';
import type { MessageRecord } from '../storage/records.ts';
import type { Vault } from '../storage/vault.ts';
import type { MessageSource } from './search-index.ts';

export class StoredMessages implements MessageSource {
  readonly #vault: Vault;
  /** contact → its repository: names of records are computed once. */
  readonly #repositories = new Map<string, Promise<ConversationRepository>>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async read(contactId: string, first: number, last: number): Promise<readonly MessageRecord[]> {
    const opened = this.#repositories.get(contactId) ?? ConversationRepository.open(this.#vault, contactId);
    this.#repositories.set(contactId, opened);
    return (await opened).messagesBetween(first, last);
  }
}
