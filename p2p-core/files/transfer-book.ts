/**
 * All transfers of a profile: their records in memory and in the vault, and who is told about changes. Memory leads, so
 * that two events at once see each other; what a caller tells the other side it tells after the write. P2P-TRF-08.
 */
import { P2pError, type P2pErrorCode } from '../errors.ts';
import { MAX_ENDED_TRANSFERS_PER_CONTACT } from '../limits.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import { isOpen, nextState, type TransferEvent } from './transfer-machine.ts';
import { keyOf, type TransferKey, type TransferRecord, TransferRepository } from './transfer-record.ts';

export class TransferBook {
  readonly #repository: TransferRepository;
  readonly #onChange: () => void;
  #records = new Map<string, TransferRecord>();

  private constructor(vault: Vault, onChange: () => void) {
    this.#repository = new TransferRepository(vault);
    this.#onChange = onChange;
  }

  static async open(vault: Vault, onChange: () => void): Promise<TransferBook> {
    const book = new TransferBook(vault, onChange);
    const records = await book.#repository.all();
    records.sort((a, b) => a.createdAtMs - b.createdAtMs);
    book.#records = new Map(records.map(record => [keyOf(record), record]));
    return book;
  }

  /** Oldest first. */
  get all(): readonly TransferRecord[] {
    return [...this.#records.values()];
  }

  find(key: TransferKey | string): TransferRecord | null {
    return this.#records.get(typeof key === 'string' ? key : keyOf(key)) ?? null;
  }

  /** Throws P2pError `unknown-transfer`. */
  get(key: string): TransferRecord {
    const record = this.find(key);
    if (record === null) throw new P2pError('unknown-transfer');
    return record;
  }

  openOnes(contactId: string, direction: TransferRecord['direction']): readonly TransferRecord[] {
    return this.all.filter(
      record => record.contactId === contactId && record.direction === direction && isOpen(record.state),
    );
  }

  /** Adds one, and forgets the oldest that is over when there are too many. */
  async add(record: TransferRecord): Promise<void> {
    const ended = this.all.filter(other => other.contactId === record.contactId && !isOpen(other.state));
    for (const old of ended.slice(0, Math.max(0, ended.length - MAX_ENDED_TRANSFERS_PER_CONTACT))) {
      await this.forget(old);
    }
    await this.#put(record);
  }

  /** Moves one on; null when the event means nothing in its state. Resolves when it is durable. */
  async step(
    key: TransferKey,
    event: TransferEvent,
    failure: P2pErrorCode | null = null,
  ): Promise<TransferRecord | null> {
    const record = this.find(key);
    const state = record && nextState(record.direction, record.state, event);
    if (record === null || state === null) return null;
    const next = { ...record, state, failure };
    await this.#put(next);
    return next;
  }

  /** Notes where the bytes of an incoming one go. */
  async setFile(key: TransferKey, fileId: string | null): Promise<void> {
    const record = this.find(key);
    if (record !== null && record.fileId !== fileId) await this.#put({ ...record, fileId });
  }

  async forget(key: TransferKey): Promise<void> {
    this.#records.delete(keyOf(key));
    this.#onChange();
    await this.#repository.set(keyOf(key), null);
  }

  /** All of one contact, with its removal. */
  async forgetContact(batch: WriteBatch, contactId: string): Promise<void> {
    const keys = this.all.filter(record => record.contactId === contactId).map(keyOf);
    for (const key of keys) await this.#repository.put(batch, key, null);
    batch.onCommit(() => {
      for (const key of keys) this.#records.delete(key);
      this.#onChange();
    });
  }

  async #put(record: TransferRecord): Promise<void> {
    const key = keyOf(record);
    this.#records.set(key, record);
    this.#onChange();
    await this.#repository.set(key, record);
  }
}
