/**
 * What the parts of one durable conversation share: its record in memory, its records at rest, and the rule that both
 * change together: each method of a part is one unit of work in the vault, and memory follows its commit. P2P-DEL-02.
 */
import { P2pError } from '../errors.ts';
import { MAX_IN_FLIGHT_FRAMES } from '../limits.ts';
import { type Retention, isGone } from '../retention/retention.ts';
import type { ConversationRepository } from '../storage/conversation-repository.ts';
import type { ConversationRecord, MessageRecord, OutboxRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import { currentSequence } from './sequence.ts';

/** Messages looked at together for the newest one that may be seen, when it is not the last. */
const NEWEST_LOOKED_AT = 16;

export class ConversationState {
  readonly contactId: string;
  readonly repository: ConversationRepository;
  readonly retention: Retention;
  readonly #vault: Vault;
  #record: ConversationRecord;
  #lastMessage: MessageRecord | null = null;
  #isDeleted = false;
  /** The newest outbox rows, as they were stored: most are sent at once and need not be read again. */
  #fresh: readonly OutboxRecord[] = [];
  /** Numbers that were voided since the start, as `incarnation.seq`: rows that were read before say something else. */
  readonly #voided = new Set<string>();

  constructor(
    vault: Vault,
    options: {
      readonly contactId: string;
      readonly repository: ConversationRepository;
      readonly retention: Retention;
      readonly record: ConversationRecord;
    },
  ) {
    this.#vault = vault;
    this.contactId = options.contactId;
    this.repository = options.repository;
    this.retention = options.retention;
    this.#record = options.record;
  }

  get record(): ConversationRecord {
    return this.#record;
  }

  /** The newest one that may be seen. */
  get lastMessage(): MessageRecord | null {
    return this.#lastMessage;
  }

  /** One unit of work. Throws P2pError `unknown-contact` once everything was deleted. */
  unit<R>(work: (batch: WriteBatch) => Promise<R> | R): Promise<R> {
    return this.#vault.update(batch => {
      if (this.#isDeleted) throw new P2pError('unknown-contact');
      return work(batch);
    });
  }

  put(batch: WriteBatch, next: ConversationRecord, lastMessage?: MessageRecord | null): void {
    this.repository.put(batch, next);
    batch.onCommit(() => {
      this.#record = next;
      if (lastMessage !== undefined) this.#lastMessage = lastMessage;
    });
  }

  /** The newest message that may be seen and is none of these positions. */
  async newestVisible(without: ReadonlySet<number> = new Set()): Promise<MessageRecord | null> {
    const nowMs = this.retention.nowMs();
    let before = this.#record.nextPosition;
    for (let count = 1; ; count = NEWEST_LOOKED_AT) {
      const messages = await this.repository.messagesBefore(before, count);
      const found = messages.find(message => !isGone(message, nowMs) && !without.has(message.position));
      if (found !== undefined) return found;
      const oldest = messages.at(-1);
      if (oldest === undefined) return null;
      before = oldest.position;
    }
  }

  async loadLastMessage(): Promise<void> {
    this.#lastMessage = await this.newestVisible();
  }

  /** The own message waits for the peer's acknowledgement. */
  isPending({ isMine, incarnation, seq }: MessageRecord): boolean {
    const current = currentSequence(this.#record);
    return isMine && incarnation === current.incarnation && seq > current.ackedSeq;
  }

  // ---------------------------------------------------------------- outbox rows

  get fresh(): readonly OutboxRecord[] {
    return this.#fresh;
  }

  addFresh(rows: readonly OutboxRecord[]): void {
    this.#fresh = [...this.#fresh, ...rows].slice(-MAX_IN_FLIGHT_FRAMES);
  }

  /** Rows were numbered anew. */
  forgetFresh(): void {
    this.#fresh = [];
    this.#voided.clear();
  }

  voided(row: OutboxRecord): void {
    this.#voided.add(`${row.incarnation}.${row.seq}`);
    this.#fresh = this.#fresh.map(other =>
      other.seq === row.seq && other.incarnation === row.incarnation ? row : other,
    );
  }

  /** The row was voided since it was read. */
  isOutdated({ incarnation, seq, voidedDigest }: OutboxRecord): boolean {
    return voidedDigest === undefined && this.#voided.has(`${incarnation}.${seq}`);
  }

  // ---------------------------------------------------------------- the end

  /** Drops everything of this conversation inside the caller's unit of work; what comes later is refused. */
  deleteAll(batch: WriteBatch): void {
    this.repository.deleteAll(batch);
    batch.onCommit(() => {
      this.#isDeleted = true;
    });
  }
}
