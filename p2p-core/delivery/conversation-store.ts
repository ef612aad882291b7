/**
 * One conversation, durable: each method is one unit of work in the vault, and the cached record changes only
 * after its commit. A received record and its cursor are one transaction; so are a queued message, its outbox
 * row and its number. P2P-DEL-02, P2P-DEL-04.
 */
import { P2pError } from '../errors.ts';
import { MAX_IN_FLIGHT_FRAMES, MAX_OUTBOX_MESSAGES_PER_CONTACT, MAX_SEQ } from '../limits.ts';
import type { PduOf } from '../pdu/schemas.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import { ConversationRepository } from '../storage/conversation-repository.ts';
import type { ConversationRecord, MessageRecord, OutboxRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import { messageDigest } from './message-digest.ts';
import {
  type HeldPoint,
  type SequencePoint,
  type SequenceRange,
  acceptIncoming,
  applyAck,
  assignOutgoing,
  closePast,
  currentSequence,
  heldOfCurrent,
  lostOfEarlier,
  lostRange,
  newConversation,
  pendingCount,
  reconcile,
  reincarnate,
  rewindAcked,
  withdrawAcked,
} from './sequence.ts';

const INCARNATION_BYTES = 16;
/** Messages that all tabs together can have stored between the owner's last answer and its end. */
const TOKENS_LOOKED_AT = 1_024;

/** A fresh incarnation: base64url of 16 random bytes. */
export function randomIncarnation(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(INCARNATION_BYTES)));
}

interface ToQueue {
  readonly text: string;
  readonly nowMs: number;
  readonly token: string | undefined;
}

export interface StoredIncoming {
  readonly stored: readonly MessageRecord[];
  /** What to acknowledge, one point per incarnation that occurred. */
  readonly acks: readonly SequencePoint[];
  /** The peer broke the order; what came before it in the batch is stored. */
  readonly isRefused: boolean;
}

export interface ReconcileTerms {
  readonly ackedAtOpen: SequencePoint;
  /**
   * False: the peer gets nothing again that was acknowledged once; a stolen identity key must not open the past.
   * What waits starts a new incarnation.
   */
  readonly mayResend: boolean;
  /** Adds to the same transaction what else changes with the outcome. */
  onReconciled(batch: WriteBatch, kind: ReconcileOutcome['kind']): Promise<void>;
}

export interface ReconcileOutcome {
  readonly kind: 'in-step' | 'own-copy-restored' | 'peer-copy-restored';
  /** Own messages whose state changed. */
  readonly changed: readonly MessageRecord[];
}

export class ConversationStore {
  readonly #vault: Vault;
  readonly #repository: ConversationRepository;
  #record: ConversationRecord;
  #lastMessage: MessageRecord | null;
  #isDeleted = false;
  #toQueue: ToQueue[] = [];
  /** The unit of work that will store them; null once it has begun. */
  #queueing: Promise<readonly MessageRecord[]> | null = null;
  /** The newest outbox rows, as they were stored: most are sent at once and need not be read again. */
  #fresh: readonly OutboxRecord[] = [];

  private constructor(
    vault: Vault,
    repository: ConversationRepository,
    record: ConversationRecord,
    lastMessage: MessageRecord | null,
  ) {
    this.#vault = vault;
    this.#repository = repository;
    this.#record = record;
    this.#lastMessage = lastMessage;
  }

  /** Loads the conversation of a contact, or starts an empty one (written with its first change). */
  static async open(vault: Vault, contactId: string, nowMs: number): Promise<ConversationStore> {
    const repository = await ConversationRepository.open(vault, contactId);
    const record = (await repository.load()) ?? newConversation(randomIncarnation(), nowMs);
    const [lastMessage] = await repository.messagesBefore(record.nextPosition, 1);
    return new ConversationStore(vault, repository, record, lastMessage ?? null);
  }

  get record(): ConversationRecord {
    return this.#record;
  }

  get lastMessage(): MessageRecord | null {
    return this.#lastMessage;
  }

  /**
   * Numbers and stores an own message with its outbox row; what is asked for while another unit of work is under way
   * is stored together, in the order of the calls. Throws P2pError `outbox-full`.
   */
  async queueMessage(text: string, nowMs: number, token?: string): Promise<MessageRecord> {
    const index = this.#toQueue.push({ text, nowMs, token }) - 1;
    this.#queueing ??= this.#unit(batch => this.#queueAll(batch));
    const message = (await this.#queueing)[index];
    if (message === undefined) throw new P2pError('outbox-full');
    return message;
  }

  /** Those for which there is room. */
  #queueAll(batch: WriteBatch): readonly MessageRecord[] {
    const texts = this.#toQueue;
    this.#toQueue = [];
    this.#queueing = null;
    const room = MAX_OUTBOX_MESSAGES_PER_CONTACT - pendingCount(this.#record);
    let record = this.#record;
    const messages = texts.slice(0, Math.max(0, room)).map(({ text, nowMs, token }): MessageRecord => {
      const { next, point, position } = assignOutgoing(record, nowMs);
      record = next;
      const message = { ...point, position, isMine: true, text, sentAtMs: nowMs };
      return token === undefined ? message : { ...message, token };
    });
    const rows = messages.map(toOutboxRow);
    for (const message of messages) this.#repository.putMessage(batch, message);
    for (const row of rows) this.#repository.putOutbox(batch, row);
    if (messages.length > 0) this.#put(batch, record, messages.at(-1));
    batch.onCommit(() => {
      this.#fresh = [...this.#fresh, ...rows].slice(-MAX_IN_FLIGHT_FRAMES);
    });
    return messages;
  }

  /** The own message of this token. It is asked for right after the tab that stored it died: among the last ones. */
  async findByToken(token: string): Promise<MessageRecord | null> {
    const recent = await this.#repository.messagesBefore(this.#record.nextPosition, TOKENS_LOOKED_AT);
    return recent.find(message => message.token === token) ?? null;
  }

  /** Stores a batch of received messages and their cursors in one transaction. */
  async storeIncoming(pdus: readonly PduOf<'message'>[], nowMs: number): Promise<StoredIncoming> {
    const digests = await Promise.all(pdus.map(pdu => messageDigest({ ...pdu, sentAtMs: pdu.sentAt })));
    return this.#unit(async batch => {
      let next = this.#record;
      const stored: MessageRecord[] = [];
      const acks = new Map<string, SequencePoint>();
      let isRefused = false;
      for (const [index, { incarnation, seq, text, sentAt }] of pdus.entries()) {
        const digest = digests[index] ?? '';
        const accepted = acceptIncoming(next, { incarnation, seq, digest }, nowMs);
        isRefused =
          accepted.kind === 'refused' ||
          (accepted.kind === 'duplicate' && (await this.#isAnother({ incarnation, seq, digest }, stored)));
        if (isRefused || accepted.kind === 'refused') break;
        if (accepted.kind === 'duplicate') {
          acks.set(incarnation, { incarnation, seq: accepted.heldSeq });
          continue;
        }
        const { position } = accepted;
        stored.push({ position, isMine: false, incarnation, seq, text, sentAtMs: sentAt });
        acks.set(incarnation, { incarnation, seq });
        next = accepted.next;
      }
      for (const message of stored) this.#repository.putMessage(batch, message);
      if (stored.length > 0) this.#put(batch, next, stored.at(-1));
      return { stored, acks: [...acks.values()], isRefused };
    });
  }

  /**
   * True when another message than this one is known under its id: the author went back to a copy while its older
   * messages were still arriving. Whoever dropped it as known would lose it. Looks as far back as a window reaches.
   */
  async #isAnother(point: HeldPoint, justStored: readonly MessageRecord[]): Promise<boolean> {
    const recent = await this.#repository.messagesBefore(this.#record.nextPosition, 2 * MAX_IN_FLIGHT_FRAMES);
    const known = [...justStored, ...recent].find(
      ({ isMine, incarnation, seq }) => !isMine && incarnation === point.incarnation && seq === point.seq,
    );
    return known !== undefined && (await messageDigest(known)) !== point.digest;
  }

  /**
   * Applies the peer's cumulative acknowledgement: outbox rows go, messages count as delivered. Returns them, or
   * null when the peer acknowledged what was never sent.
   */
  acknowledge(point: SequencePoint): Promise<readonly MessageRecord[] | null> {
    return this.#unit(async batch => {
      const applied = applyAck(this.#record, point, 'ackedSeq');
      if (applied.kind === 'refused') return null;
      if (applied.kind === 'nothing') return [];
      if (point.incarnation !== currentSequence(this.#record).incarnation) return [];
      const rows = await this.#outboxRows(applied.fromSeq, point.seq);
      this.#repository.deleteOutboxThrough(batch, point.seq);
      this.#put(batch, applied.next);
      return rows.map(toMessage);
    });
  }

  /** Outbox rows of the current incarnation, from memory when all of them are there. */
  async #outboxRows(firstSeq: number, lastSeq: number): Promise<readonly OutboxRecord[]> {
    const { incarnation } = currentSequence(this.#record);
    const fresh = this.#fresh.filter(
      row => row.incarnation === incarnation && row.seq >= firstSeq && row.seq <= lastSeq,
    );
    if (fresh.length === lastSeq - firstSeq + 1) return fresh;
    return this.#repository.outboxBetween(firstSeq, lastSeq, Number.POSITIVE_INFINITY);
  }

  /** Applies a read receipt; as acknowledge, without touching the outbox. */
  applyReadReceipt(point: SequencePoint): Promise<readonly MessageRecord[] | null> {
    return this.#unit(async batch => {
      const applied = applyAck(this.#record, point, 'readSeq');
      if (applied.kind === 'refused') return null;
      if (applied.kind === 'nothing') return [];
      this.#put(batch, applied.next);
      return this.#ownMessages(point.incarnation, applied.fromSeq, point.seq);
    });
  }

  /** Reads the peer's cursors and brings number, outbox and cursors in step with them. P2P-DEL-08, -09, -11. */
  reconcile(held: readonly HeldPoint[], terms: ReconcileTerms): Promise<ReconcileOutcome> {
    const { ackedAtOpen, mayResend } = terms;
    return this.#unit(async batch => {
      const ownDigest = await this.#digestAt(heldOfCurrent(this.#record, held)?.seq ?? 0);
      const found = reconcile(this.#record, held, { ackedAtOpen, ownDigest });
      const earlier = mayResend ? lostOfEarlier(this.#record, held) : [];
      const kind = found.kind === 'in-step' && earlier.length > 0 ? 'peer-copy-restored' : found.kind;
      await terms.onReconciled(batch, kind);
      if (found.kind === 'in-step' && earlier.length === 0) {
        return { kind, changed: await this.#confirmHeld(batch, found.heldSeq) };
      }
      if (found.kind === 'peer-copy-restored' && earlier.length === 0 && mayResend) {
        return { kind, changed: await this.#refillOutbox(batch, found.heldSeq) };
      }
      const current = lostRange(currentSequence(this.#record), held);
      const lost = found.kind === 'peer-copy-restored' && mayResend ? [...earlier, current] : earlier;
      return { kind, changed: await this.#startIncarnation(batch, held, mayResend ? lost : 'past-closed') };
    });
  }

  /** Digest of the own message that waits at `seq`; null when none waits there. */
  async #digestAt(seq: number): Promise<string | null> {
    if (seq <= currentSequence(this.#record).ackedSeq) return null;
    const [row] = await this.#repository.outboxBetween(seq, seq, 1);
    return row === undefined ? null : messageDigest(row);
  }

  async #confirmHeld(batch: WriteBatch, heldSeq: number): Promise<MessageRecord[]> {
    const { incarnation } = currentSequence(this.#record);
    const applied = applyAck(this.#record, { incarnation, seq: heldSeq }, 'ackedSeq');
    if (applied.kind !== 'advanced') return [];
    const rows = await this.#repository.outboxBetween(applied.fromSeq, heldSeq, Number.POSITIVE_INFINITY);
    this.#repository.deleteOutboxThrough(batch, heldSeq);
    this.#put(batch, applied.next);
    return rows.map(toMessage);
  }

  /**
   * Everything unacknowledged, and what the peer lost, gets a new id; what was sent under the old ids may be
   * another's message.
   */
  async #startIncarnation(
    batch: WriteBatch,
    held: readonly SequencePoint[],
    lost: readonly SequenceRange[] | 'past-closed',
  ): Promise<MessageRecord[]> {
    const waiting = await this.#repository.outboxBetween(0, MAX_SEQ, Number.POSITIVE_INFINITY);
    const again = await this.#messagesOf(lost === 'past-closed' ? [] : lost);
    const started = reincarnate(this.#record, held, randomIncarnation());
    const { incarnation } = currentSequence(started);
    const renumbered = [...again, ...waiting.map(toMessage)]
      .sort((a, b) => a.position - b.position)
      .map((message, index) => ({ ...message, incarnation, seq: index + 1 }));
    this.#repository.deleteOutboxThrough(batch, MAX_SEQ);
    for (const message of renumbered) {
      this.#repository.putOutbox(batch, toOutboxRow(message));
      this.#repository.putMessage(batch, message);
    }
    const past = lost === 'past-closed' ? closePast(started) : withdrawAcked(started, lost);
    const own = past.own.map(entry =>
      entry.incarnation === incarnation ? { ...entry, nextSeq: renumbered.length + 1 } : entry,
    );
    this.#put(batch, { ...past, own });
    batch.onCommit(() => {
      this.#fresh = [];
    });
    return renumbered;
  }

  async #messagesOf(ranges: readonly SequenceRange[]): Promise<MessageRecord[]> {
    const found: MessageRecord[] = [];
    for (const { incarnation, firstSeq, lastSeq } of ranges) {
      if (firstSeq <= lastSeq) found.push(...(await this.#ownMessages(incarnation, firstSeq, lastSeq)));
    }
    return found;
  }

  async #refillOutbox(batch: WriteBatch, heldSeq: number): Promise<MessageRecord[]> {
    const { incarnation, ackedSeq } = currentSequence(this.#record);
    const lost = await this.#ownMessages(incarnation, heldSeq + 1, ackedSeq);
    for (const message of lost) this.#repository.putOutbox(batch, toOutboxRow(message));
    this.#put(batch, rewindAcked(this.#record, heldSeq));
    return lost;
  }

  async #ownMessages(incarnation: string, firstSeq: number, lastSeq: number): Promise<MessageRecord[]> {
    const found: MessageRecord[] = [];
    const chunk = 256;
    let before = this.#record.nextPosition;
    for (;;) {
      const messages = await this.#repository.messagesBefore(before, chunk);
      for (const message of messages) {
        if (!message.isMine || message.incarnation !== incarnation || message.seq > lastSeq) continue;
        if (message.seq < firstSeq) return found.reverse();
        found.push(message);
      }
      const oldest = messages.at(-1);
      if (oldest === undefined || messages.length < chunk) return found.reverse();
      before = oldest.position;
    }
  }

  /**
   * Marks everything up to a position as read. `withReceipt` also raises the seqs for which a receipt is due;
   * returns these, newest per incarnation.
   */
  markRead(upToPosition: number, withReceipt: boolean): Promise<readonly SequencePoint[]> {
    return this.#unit(async batch => {
      const last = Math.min(upToPosition, this.#record.nextPosition - 1);
      if (last < this.#record.readPosition) return [];
      const read = await this.#repository.messagesBetween(this.#record.readPosition, last);
      const received = read.filter(message => !message.isMine);
      const peer = this.#record.peer.map(sequence => {
        const seqs = received.filter(({ incarnation }) => incarnation === sequence.incarnation);
        const readSeq = Math.max(sequence.readSeq, ...seqs.map(({ seq }) => seq));
        return withReceipt ? { ...sequence, readSeq } : sequence;
      });
      const due = peer.filter((sequence, index) => sequence.readSeq !== this.#record.peer[index]?.readSeq);
      const unreadCount = Math.max(0, this.#record.unreadCount - received.length);
      this.#put(batch, { ...this.#record, readPosition: last + 1, unreadCount, peer });
      return due.map(({ incarnation, readSeq }) => ({ incarnation, seq: readSeq }));
    });
  }

  /** Outbox rows of the current incarnation from `firstSeq` on. */
  async outboxFrom(firstSeq: number, limit: number): Promise<readonly OutboxRecord[]> {
    const { incarnation } = currentSequence(this.#record);
    const start = this.#fresh.findIndex(row => row.incarnation === incarnation && row.seq === firstSeq);
    if (start !== -1) return this.#fresh.slice(start, start + limit);
    return this.#repository.outboxBetween(firstSeq, MAX_SEQ, limit);
  }

  /** Up to `limit` messages below a position, newest first. */
  messagesBefore(beforePosition: number, limit: number): Promise<readonly MessageRecord[]> {
    return this.#repository.messagesBefore(beforePosition, limit);
  }

  /** Drops everything of this conversation inside the caller's unit of work; what comes later is refused. */
  deleteAll(batch: WriteBatch): void {
    this.#repository.deleteAll(batch);
    batch.onCommit(() => {
      this.#isDeleted = true;
    });
  }

  #unit<R>(work: (batch: WriteBatch) => Promise<R> | R): Promise<R> {
    return this.#vault.update(batch => {
      if (this.#isDeleted) throw new P2pError('unknown-contact');
      return work(batch);
    });
  }

  #put(batch: WriteBatch, next: ConversationRecord, lastMessage?: MessageRecord): void {
    this.#repository.put(batch, next);
    batch.onCommit(() => {
      this.#record = next;
      if (lastMessage !== undefined) this.#lastMessage = lastMessage;
    });
  }
}

function toOutboxRow({ incarnation, seq, position, text, sentAtMs }: MessageRecord): OutboxRecord {
  return { incarnation, seq, position, text, sentAtMs };
}

function toMessage({ incarnation, seq, position, text, sentAtMs }: OutboxRecord): MessageRecord {
  return { position, isMine: true, incarnation, seq, text, sentAtMs };
}
