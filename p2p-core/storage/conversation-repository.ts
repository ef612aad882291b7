/**
 * One conversation at rest: its cursors, its messages (by position) and its outbox (by own seq of the current
 * incarnation). Bound to one contact; names are computed once. Rules of order live in delivery/, not here.
 */
import { MAX_SEQ } from '../limits.ts';
import { type RecordName, orderedName, orderedRange } from './record-name.ts';
import {
  type ConversationRecord,
  ConversationRecordSchema,
  type MessageRecord,
  MessageRecordSchema,
  type OutboxRecord,
  OutboxRecordSchema,
  parseRecord,
} from './records.ts';
import type { Vault, WriteBatch } from './vault.ts';

interface Names {
  readonly cursors: RecordName;
  readonly messages: RecordName;
  readonly outbox: RecordName;
}

export class ConversationRepository {
  readonly #vault: Vault;
  readonly #names: Names;

  private constructor(vault: Vault, names: Names) {
    this.#vault = vault;
    this.#names = names;
  }

  static async open(vault: Vault, contactId: string): Promise<ConversationRepository> {
    const cursors = await vault.name('cursors', contactId);
    const record = await vault.get('cursors', cursors);
    const place = record === undefined ? null : parseRecord(ConversationRecordSchema, record).place;
    return ConversationRepository.at(vault, contactId, place ?? null);
  }

  /** As it is when its cursors say `place`: written beside the one in force, until the cursors name it. */
  static async at(vault: Vault, contactId: string, place: string | null): Promise<ConversationRepository> {
    const [cursors, messages, outbox] = await Promise.all([
      vault.name('cursors', contactId),
      vault.name('messages', place ?? contactId),
      vault.name('outbox', contactId),
    ]);
    return new ConversationRepository(vault, { cursors, messages, outbox });
  }

  async load(): Promise<ConversationRecord | null> {
    const record = await this.#vault.get('cursors', this.#names.cursors);
    return record === undefined ? null : parseRecord(ConversationRecordSchema, record);
  }

  put(batch: WriteBatch, conversation: ConversationRecord): void {
    batch.put('cursors', this.#names.cursors, conversation);
  }

  putMessage(batch: WriteBatch, message: MessageRecord): void {
    batch.put('messages', orderedName(this.#names.messages, message.position), message);
  }

  putOutbox(batch: WriteBatch, row: OutboxRecord): void {
    batch.put('outbox', orderedName(this.#names.outbox, row.seq), row);
  }

  /** Drops outbox rows up to and including `seq`. */
  deleteOutboxThrough(batch: WriteBatch, seq: number): void {
    batch.deleteRange('outbox', orderedRange(this.#names.outbox, 0, seq));
  }

  deleteMessages(batch: WriteBatch): void {
    batch.deleteRange('messages', orderedRange(this.#names.messages, 0, MAX_SEQ));
  }

  /** Drops cursors, messages and outbox. */
  deleteAll(batch: WriteBatch): void {
    batch.delete('cursors', this.#names.cursors);
    this.deleteMessages(batch);
    batch.deleteRange('outbox', orderedRange(this.#names.outbox, 0, MAX_SEQ));
  }

  /** Up to `limit` messages below `beforePosition`, newest first. */
  async messagesBefore(beforePosition: number, limit: number): Promise<MessageRecord[]> {
    // Positions are dense: the last `limit` are known without looking.
    const found = await this.messagesBetween(Math.max(0, beforePosition - limit), beforePosition - 1);
    return found.reverse();
  }

  /** Messages with first ≤ position ≤ last, oldest first. */
  async messagesBetween(first: number, last: number): Promise<MessageRecord[]> {
    const bounds = { prefix: this.#names.messages, first, last };
    const records = await this.#vault.range('messages', bounds, Number.POSITIVE_INFINITY);
    return records.map(({ record }) => parseRecord(MessageRecordSchema, record));
  }

  /** Up to `limit` outbox rows from `firstSeq` to `lastSeq`, in order of seq. */
  async outboxBetween(firstSeq: number, lastSeq: number, limit: number): Promise<OutboxRecord[]> {
    const bounds = { prefix: this.#names.outbox, first: firstSeq, last: lastSeq };
    const records = await this.#vault.range('outbox', bounds, limit);
    return records.map(({ record }) => parseRecord(OutboxRecordSchema, record));
  }
}
