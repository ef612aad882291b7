/**
 * One conversation, durable: each method is one unit of work in the vault, and the cached record changes only
 * after its commit. A received record and its cursor are one transaction; so are a queued message, its outbox
 * row and its number. P2P-DEL-02, P2P-DEL-04.
 */
import { P2pError } from '../errors.ts';
import { MAX_IN_FLIGHT_FRAMES, MAX_OUTBOX_MESSAGES_PER_CONTACT, MAX_SEQ } from '../limits.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { Retention } from '../retention/retention.ts';
import { NO_TIMER, deadlineFrom, isSameTimer, timerFields } from '../retention/timer.ts';
import { ConversationRepository } from '../storage/conversation-repository.ts';
import type { ConversationRecord, MessageRecord, OutboxRecord, TimerRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import { ConversationState } from './conversation-state.ts';
import { ConversationTimers, timerLine } from './conversation-timers.ts';
import { messageDigest } from './message-digest.ts';
import { MessageRemoval } from './message-removal.ts';
import { VOID_TEXT, toOutboxRow, withMessage } from './outbox-row.ts';
import { isUnstarted, startDelivered, startTimers } from './read-timers.ts';
import { Reconciliation, ownMessages } from './reconciliation.ts';
import {
  type HeldPoint,
  type SequencePoint,
  acceptIncoming,
  applyAck,
  assignOutgoing,
  currentSequence,
  newConversation,
  pendingCount,
  randomIncarnation,
} from './sequence.ts';

/** Messages that all tabs together can have stored between the owner's last answer and its end. */
const TOKENS_LOOKED_AT = 1_024;

interface ToQueue {
  readonly text: string;
  readonly nowMs: number;
  readonly token: string | undefined;
}

export interface MarkedRead {
  /** Receipts that are due. */
  readonly due: readonly SequencePoint[];
  /** Messages whose timer began. */
  readonly started: readonly MessageRecord[];
}

export interface StoredIncoming {
  /** Lines about their timers are among them. */
  readonly stored: readonly MessageRecord[];
  /** What to acknowledge, one point per incarnation that occurred. */
  readonly acks: readonly SequencePoint[];
  /** The peer broke the order; what came before it in the batch is stored. */
  readonly isRefused: boolean;
}

/** How long the messages of a peer stay, as it said right before them. */
export interface AnnouncedTimer {
  readonly timer: TimerRecord;
  /** Of that is over. */
  readonly ageMs: number;
}

export class ConversationStore {
  /** Deleting. */
  readonly removal: MessageRemoval;
  /** How long new messages stay. */
  readonly timers: ConversationTimers;
  /** After cursors. */
  readonly reconciliation: Reconciliation;
  readonly #state: ConversationState;
  #toQueue: ToQueue[] = [];
  /** The unit of work that will store them; null once it has begun. */
  #queueing: Promise<readonly MessageRecord[]> | null = null;

  private constructor(state: ConversationState) {
    this.#state = state;
    this.removal = new MessageRemoval(state);
    this.timers = new ConversationTimers(state);
    this.reconciliation = new Reconciliation(state);
  }

  /** Loads the conversation of a contact, or starts an empty one (written with its first change). */
  static async open(
    vault: Vault,
    contactId: string,
    retention: Retention,
    nowMs: number,
  ): Promise<ConversationStore> {
    const repository = await ConversationRepository.open(vault, contactId);
    const record = (await repository.load()) ?? newConversation(randomIncarnation(), nowMs);
    const state = new ConversationState(vault, { contactId, repository, retention, record });
    await state.loadLastMessage();
    return new ConversationStore(state);
  }

  get record(): ConversationRecord {
    return this.#state.record;
  }

  get lastMessage(): MessageRecord | null {
    return this.#state.lastMessage;
  }

  /**
   * Numbers and stores an own message with its outbox row; what is asked for while another unit of work is under way
   * is stored together, in the order of the calls. Throws P2pError `outbox-full`.
   */
  async queueMessage(text: string, nowMs: number, token?: string): Promise<MessageRecord> {
    const index = this.#toQueue.push({ text, nowMs, token }) - 1;
    this.#queueing ??= this.#state.unit(batch => this.#queueAll(batch));
    const message = (await this.#queueing)[index];
    if (message === undefined) throw new P2pError('outbox-full');
    return message;
  }

  /** Those for which there is room. */
  async #queueAll(batch: WriteBatch): Promise<readonly MessageRecord[]> {
    const texts = this.#toQueue;
    this.#toQueue = [];
    this.#queueing = null;
    const { repository, retention, contactId } = this.#state;
    const room = MAX_OUTBOX_MESSAGES_PER_CONTACT - pendingCount(this.record);
    let record = this.record;
    const messages = texts.slice(0, Math.max(0, room)).map(({ text, nowMs, token }): MessageRecord => {
      const { next, point, position } = assignOutgoing(record, nowMs);
      record = next;
      const timer = this.#ownTimerFields();
      const message = { ...point, position, isMine: true, text, sentAtMs: nowMs, ...timer };
      return token === undefined ? message : { ...message, token };
    });
    const rows = messages.map(toOutboxRow);
    for (const message of messages) repository.putMessage(batch, message);
    for (const row of rows) repository.putOutbox(batch, row);
    if (messages.length > 0) this.#state.put(batch, record, messages.at(-1));
    await retention.schedule(batch, contactId, messages.filter(hasDeadline));
    batch.onCommit(() => this.#state.addFresh(rows));
    return messages;
  }

  /** What a new own message gets of the timer in force. */
  #ownTimerFields(): Pick<MessageRecord, 'timer' | 'deadlineMs'> {
    const timer = this.record.timer?.timer ?? NO_TIMER;
    if (timer.lifetimeS === 0) return {};
    const isStarted = timer.startsAt === 'sending';
    return { timer, ...(isStarted && { deadlineMs: deadlineFrom(timer, this.#state.retention.nowMs()) }) };
  }

  /** The own message of this token. It is asked for right after the tab that stored it died: among the last ones. */
  async findByToken(token: string): Promise<MessageRecord | null> {
    const recent = await this.#state.repository.messagesBefore(this.record.nextPosition, TOKENS_LOOKED_AT);
    return recent.find(message => message.token === token) ?? null;
  }

  /**
   * Stores a batch of received messages and their cursors in one transaction. `announced`: the timer of each, by index.
   */
  async storeIncoming(
    pdus: readonly PduOf<'message'>[],
    nowMs: number,
    announced: readonly (AnnouncedTimer | null)[] = [],
  ): Promise<StoredIncoming> {
    const digests = await Promise.all(pdus.map(pdu => messageDigest({ ...pdu, sentAtMs: pdu.sentAt })));
    return this.#state.unit(async batch => {
      const { repository, retention, contactId } = this.#state;
      let next = this.record;
      const stored: MessageRecord[] = [];
      const acks = new Map<string, SequencePoint>();
      let isRefused = false;
      for (const [index, { incarnation, seq, text, sentAt }] of pdus.entries()) {
        const point = { incarnation, seq, digest: digests[index] ?? '' };
        const accepted = acceptIncoming(next, point, nowMs);
        isRefused =
          accepted.kind === 'refused' ||
          (accepted.kind === 'duplicate' && text !== VOID_TEXT && (await this.#isAnother(point, stored)));
        if (isRefused || accepted.kind === 'refused') break;
        acks.set(incarnation, { incarnation, seq: accepted.kind === 'store' ? seq : accepted.heldSeq });
        if (accepted.kind === 'duplicate') continue;
        if (text === VOID_TEXT) {
          next = { ...next, peer: accepted.next.peer };
          continue;
        }
        const message = { isMine: false, incarnation, seq, text, sentAtMs: sentAt };
        const added = this.#withTimer(accepted.next, message, announced[index] ?? null);
        stored.push(...added.messages);
        next = added.next;
      }
      for (const message of stored) repository.putMessage(batch, message);
      if (next !== this.record) this.#state.put(batch, next, stored.at(-1));
      await retention.schedule(batch, contactId, stored.filter(hasDeadline));
      return { stored, acks: [...acks.values()], isRefused };
    });
  }

  /** Behind a line that tells its timer, when the last such line told another one. P2P-RET-04. */
  #withTimer(
    accepted: ConversationRecord,
    message: Omit<MessageRecord, 'position'>,
    announced: AnnouncedTimer | null,
  ): { readonly next: ConversationRecord; readonly messages: readonly MessageRecord[] } {
    const timer = announced?.timer ?? NO_TIMER;
    const startMs = this.#state.retention.nowMs() - (announced?.ageMs ?? 0);
    const isStarted = timer.lifetimeS > 0 && timer.startsAt === 'sending';
    const position = accepted.nextPosition - 1;
    const timed = {
      ...message,
      ...timerFields(timer),
      ...(isStarted && { deadlineMs: deadlineFrom(timer, startMs) }),
    };
    if (isSameTimer(timer, accepted.shownTimer ?? NO_TIMER))
      return { next: accepted, messages: [{ ...timed, position }] };
    const line = timerLine('message-timer', { position, isMine: false, timer, sentAtMs: message.sentAtMs });
    return {
      next: { ...accepted, nextPosition: position + 2, shownTimer: timer },
      messages: [line, { ...timed, position: position + 1 }],
    };
  }

  /**
   * True when another message than this one is known under its id: the author went back to a copy while its older
   * messages were still arriving. Whoever dropped it as known would lose it. Looks as far back as a window reaches.
   */
  async #isAnother(point: HeldPoint, justStored: readonly MessageRecord[]): Promise<boolean> {
    const { repository } = this.#state;
    const recent = await repository.messagesBefore(this.record.nextPosition, 2 * MAX_IN_FLIGHT_FRAMES);
    const known = [...justStored, ...recent].find(
      ({ isMine, kind, incarnation, seq }) =>
        !isMine && kind === undefined && incarnation === point.incarnation && seq === point.seq,
    );
    return known !== undefined && (await messageDigest(known)) !== point.digest;
  }

  /**
   * Applies the peer's cumulative acknowledgement: outbox rows go, messages count as delivered. Returns them, or
   * null when the peer acknowledged what was never sent.
   */
  acknowledge(point: SequencePoint): Promise<readonly MessageRecord[] | null> {
    return this.#state.unit(async batch => {
      const applied = applyAck(this.record, point, 'ackedSeq');
      if (applied.kind === 'refused') return null;
      if (applied.kind === 'nothing') return [];
      if (point.incarnation !== currentSequence(this.record).incarnation) return [];
      const rows = await this.#outboxRows(applied.fromSeq, point.seq);
      this.#state.repository.deleteOutboxThrough(batch, point.seq);
      this.#state.put(batch, applied.next);
      return startDelivered(this.#state, batch, withMessage(rows));
    });
  }

  /** Outbox rows of the current incarnation, from memory when all of them are there. */
  async #outboxRows(firstSeq: number, lastSeq: number): Promise<readonly OutboxRecord[]> {
    const { incarnation } = currentSequence(this.record);
    const fresh = this.#state.fresh.filter(
      row => row.incarnation === incarnation && row.seq >= firstSeq && row.seq <= lastSeq,
    );
    if (fresh.length === lastSeq - firstSeq + 1) return fresh;
    return this.#state.repository.outboxBetween(firstSeq, lastSeq, Number.POSITIVE_INFINITY);
  }

  /** Applies a read receipt; as acknowledge, without touching the outbox. */
  applyReadReceipt(point: SequencePoint): Promise<readonly MessageRecord[] | null> {
    return this.#state.unit(async batch => {
      const applied = applyAck(this.record, point, 'readSeq');
      if (applied.kind === 'refused') return null;
      if (applied.kind === 'nothing') return [];
      this.#state.put(batch, applied.next);
      return ownMessages(this.#state, point.incarnation, applied.fromSeq, point.seq);
    });
  }

  /**
   * Marks everything up to a position as read, and starts the timers that wait for it. `withReceipt` also raises the
   * seqs for which a receipt is due; `due` are these, newest per incarnation.
   */
  markRead(upToPosition: number, withReceipt: boolean): Promise<MarkedRead> {
    return this.#state.unit(async batch => {
      const last = Math.min(upToPosition, this.record.nextPosition - 1);
      if (last < this.record.readPosition) return { due: [], started: [] };
      const read = await this.#state.repository.messagesBetween(this.record.readPosition, last);
      const received = read.filter(({ isMine, kind }) => !isMine && kind === undefined);
      const peer = this.record.peer.map(sequence => {
        const seqs = received.filter(({ incarnation }) => incarnation === sequence.incarnation);
        const readSeq = Math.max(sequence.readSeq, ...seqs.map(({ seq }) => seq));
        return withReceipt ? { ...sequence, readSeq } : sequence;
      });
      const points = peer.filter((sequence, index) => sequence.readSeq !== this.record.peer[index]?.readSeq);
      const unread = received.filter(({ hiddenUntilMs }) => hiddenUntilMs === undefined).length;
      const unreadCount = Math.max(0, this.record.unreadCount - unread);
      this.#state.put(batch, { ...this.record, readPosition: last + 1, unreadCount, peer });
      const started = await startTimers(this.#state, batch, received.filter(isUnstarted));
      return { due: points.map(({ incarnation, readSeq }) => ({ incarnation, seq: readSeq })), started };
    });
  }

  /** Outbox rows of the current incarnation from `firstSeq` on. */
  async outboxFrom(firstSeq: number, limit: number): Promise<readonly OutboxRecord[]> {
    const { incarnation } = currentSequence(this.record);
    const { fresh } = this.#state;
    const start = fresh.findIndex(row => row.incarnation === incarnation && row.seq === firstSeq);
    if (start !== -1) return fresh.slice(start, start + limit);
    return this.#state.repository.outboxBetween(firstSeq, MAX_SEQ, limit);
  }

  /** The row was voided since it was read. */
  isOutdated(row: OutboxRecord): boolean {
    return this.#state.isOutdated(row);
  }

  /** Up to `limit` messages below a position, newest first; also such as are not to be seen any more. */
  messagesBefore(beforePosition: number, limit: number): Promise<readonly MessageRecord[]> {
    return this.#state.repository.messagesBefore(beforePosition, limit);
  }

  /** Drops everything of this conversation inside the caller's unit of work; what comes later is refused. */
  deleteAll(batch: WriteBatch): void {
    this.#state.deleteAll(batch);
  }
}

function hasDeadline(message: MessageRecord): message is MessageRecord & { readonly deadlineMs: number } {
  return message.deadlineMs !== undefined;
}
