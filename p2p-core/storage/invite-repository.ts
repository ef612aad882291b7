/** Invites that this device made, each one record under the HMAC of its id. */
import { type InviteRecord, InviteRecordSchema, parseRecord } from './records.ts';
import type { Vault, WriteBatch } from './vault.ts';

export class InviteRepository {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async loadAll(): Promise<InviteRecord[]> {
    const records = await this.#vault.all('invites');
    return records.map(({ record }) => parseRecord(InviteRecordSchema, record));
  }

  async put(batch: WriteBatch, invite: InviteRecord): Promise<void> {
    batch.put('invites', await this.#vault.name('invites', invite.id), invite);
  }

  async delete(batch: WriteBatch, inviteId: string): Promise<void> {
    batch.delete('invites', await this.#vault.name('invites', inviteId));
  }
}
