/**
 * One conversation at rest: its cursors, its messages (by position), its outbox (by own seq of the current
 * incarnation) and the deletions that the peer has not confirmed. Bound to one contact; names are computed once. Rules of order live in delivery/, not here.
 */
import { MAX_SEQ } from '../limits.ts';
import { type RecordName, orderedName, orderedRange } from './record-name.ts';
import {
  type ConversationRecord,
  ConversationRecordSchema,
  type DeletionRecord,
  DeletionRecordSchema,
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
  readonly deletions: RecordName;
}

/** What is looked at first of a gap in the history, and how much more each time. */
const GAP_WINDOW = 64;
const GAP_GROWTH = 8;

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
    const [cursors, messages, outbox, deletions] = await Promise.all([
      vault.name('cursors', contactId),
      vault.name('messages', place ?? contactId),
      vault.name('outbox', contactId),
      vault.name('outbox', `${contactId} deletions`),
    ]);
    return new ConversationRepository(vault, { cursors, messages, outbox, deletions });
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

  deleteMessage(batch: WriteBatch, position: number): void {
    batch.delete('messages', orderedName(this.#names.messages, position));
  }

  putOutbox(batch: WriteBatch, row: OutboxRecord): void {
    batch.put('outbox', orderedName(this.#names.outbox, row.seq), row);
  }

  /** Drops outbox rows up to and including `seq`. */
  deleteOutboxThrough(batch: WriteBatch, seq: number): void {
    batch.deleteRange('outbox', orderedRange(this.#names.outbox, 0, seq));
  }

  putDeletion(batch: WriteBatch, deletion: DeletionRecord): void {
    batch.put('outbox', orderedName(this.#names.deletions, deletion.ordinal), deletion);
  }

  dropDeletion(batch: WriteBatch, ordinal: number): void {
    batch.delete('outbox', orderedName(this.#names.deletions, ordinal));
  }

  /** Every deletion that waits, oldest first. */
  async deletions(): Promise<DeletionRecord[]> {
    const bounds = { prefix: this.#names.deletions, first: 0, last: MAX_SEQ };
    const records = await this.#vault.range('outbox', bounds, Number.POSITIVE_INFINITY);
    return records.map(({ record }) => parseRecord(DeletionRecordSchema, record));
  }

  /** Drops cursors, messages, outbox and deletions. */
  deleteMessages(batch: WriteBatch): void {
    batch.deleteRange('messages', orderedRange(this.#names.messages, 0, MAX_SEQ));
  }

  deleteAll(batch: WriteBatch): void {
    batch.delete('cursors', this.#names.cursors);
    this.deleteMessages(batch);
    batch.deleteRange('outbox', orderedRange(this.#names.outbox, 0, MAX_SEQ));
    batch.deleteRange('outbox', orderedRange(this.#names.deletions, 0, MAX_SEQ));
  }

  /** Up to `limit` messages below `beforePosition`, newest first. */
  async messagesBefore(beforePosition: number, limit: number): Promise<MessageRecord[]> {
    // Positions are dense but for what was deleted: most often the last `limit` are there.
    const first = Math.max(0, beforePosition - limit);
    const found = await this.messagesBetween(first, beforePosition - 1);
    if (found.length < limit && first > 0) {
      found.unshift(...(await this.#lastBefore(first, limit - found.length)));
    }
    return found.reverse();
  }

  /** Beyond a gap: names alone are read, of wider and wider parts, until enough of them are there. */
  async #lastBefore(before: number, limit: number): Promise<MessageRecord[]> {
    const prefix = this.#names.messages;
    for (let width = GAP_WINDOW; ; width *= GAP_GROWTH) {
      const first = Math.max(0, before - width);
      const ordinals = await this.#vault.ordinals('messages', { prefix, first, last: before - 1 });
      const start = ordinals.at(-limit) ?? (first === 0 ? ordinals[0] : undefined);
      if (start !== undefined) return this.messagesBetween(start, before - 1);
      if (first === 0) return [];
    }
  }

  /** The message at a position; null when there is none. */
  async messageAt(position: number): Promise<MessageRecord | null> {
    const [message] = await this.messagesBetween(position, position);
    return message ?? null;
  }

  /**
   * The received message of this id below `before`, or what is left of it; null when there is none. Numbers of an
   * incarnation rise with positions, so halving finds it without reading what lies between.
   */
  async findReceived(
    { incarnation, seq }: { readonly incarnation: string; readonly seq: number },
    before: number,
  ): Promise<MessageRecord | null> {
    let low = 0;
    let high = before;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const near = await this.#nextReceived(incarnation, middle, high);
      if (near?.seq === seq) return near;
      if (near !== null && near.seq < seq) low = near.position + 1;
      else high = middle;
    }
    return null;
  }

  async #nextReceived(incarnation: string, first: number, end: number): Promise<MessageRecord | null> {
    let from = first;
    for (let width = 16; from < end; width *= GAP_GROWTH) {
      const messages = await this.messagesBetween(from, Math.min(from + width, end) - 1);
      const found = messages.find(message => !message.isMine && message.incarnation === incarnation);
      if (found !== undefined) return found;
      from += width;
    }
    return null;
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
