/** Contacts, each one record under the HMAC of its id. */
import { type ContactRecord, ContactRecordSchema, parseRecord } from './records.ts';
import type { Vault, WriteBatch } from './vault.ts';

export class ContactRepository {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async loadAll(): Promise<ContactRecord[]> {
    const records = await this.#vault.all('contacts');
    return records.map(({ record }) => parseRecord(ContactRecordSchema, record));
  }

  async put(batch: WriteBatch, contact: ContactRecord): Promise<void> {
    batch.put('contacts', await this.#vault.name('contacts', contact.id), contact);
  }

  async delete(batch: WriteBatch, contactId: string): Promise<void> {
    batch.delete('contacts', await this.#vault.name('contacts', contactId));
  }
}
