/**
 * One conversation as the rest of the worker sees it: durable store, outgoing window, incoming batches, and the
 * views of its messages. It outlives every session of its contact.
 */
import { P2pError } from '../errors.ts';
import {
  MAX_DELETED_MESSAGES,
  MAX_MESSAGE_PDU_BYTES,
  MAX_MESSAGE_TEXT_BYTES,
  MAX_PAGE_MESSAGES,
} from '../limits.ts';
import { encodePdu } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import { Retention, isGone } from '../retention/retention.ts';
import { NO_TIMER } from '../retention/timer.ts';
import type { MessageRecord, TimerRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import type {
  ContactId,
  MessageId,
  MessagePage,
  MessageTimer,
  MessageView,
  TimerView,
} from '../worker/api.ts';
import { Ackflow } from './ackflow.ts';
import { ConversationStore } from './conversation-store.ts';
import { Inflow } from './inflow.ts';
import { VOID_TEXT, toMessage, withMessage } from './outbox-row.ts';
import { type DeliverySession, Outflow } from './outflow.ts';
import type { ReconcileOutcome, ReconcileTerms } from './reconciliation.ts';
import { RetentionFlow } from './retention-flow.ts';
import {
  type HeldPoint,
  type SequencePoint,
  ackedPoint,
  currentSequence,
  heldPoints,
  pendingCount,
} from './sequence.ts';

export interface ConversationEvents {
  /** New or changed messages; also after counters changed (then it may be empty). */
  onMessages(contactId: ContactId, messages: readonly MessageView[]): void;
  /** Nothing of the messages at these positions is to be seen any more. */
  onRemoved(contactId: ContactId, positions: readonly number[]): void;
  onStorageError(error: unknown): void;
}

export class Conversation {
  readonly contactId: ContactId;
  readonly #store: ConversationStore;
  readonly #clock: Clock;
  readonly #events: ConversationEvents;
  readonly #retention: Retention;
  readonly #outflow: Outflow;
  readonly #retentionFlow: RetentionFlow;
  readonly #inflow: Inflow;
  readonly #ackflow: Ackflow;
  #sentRows: MessageRecord[] = [];

  private constructor(
    contactId: ContactId,
    store: ConversationStore,
    clock: Clock,
    events: ConversationEvents,
    retention: Retention,
  ) {
    this.contactId = contactId;
    this.#store = store;
    this.#clock = clock;
    this.#events = events;
    this.#retention = retention;
    this.#retentionFlow = new RetentionFlow(store, {
      onLines: messages => this.#announce(messages),
      onAnswered: () => this.#outflow.wake(),
      nowMs: () => clock.nowMs(),
      retentionNowMs: () => retention.nowMs(),
    });
    this.#outflow = new Outflow(store, clock, this.#retentionFlow, rows => {
      const messages = withMessage(rows).map(toMessage);
      this.#sentRows.push(...messages);
      this.#announce(messages);
    });
    this.#inflow = new Inflow(store, clock, {
      onStored: messages => this.#announce(messages),
      onStorageError: error => events.onStorageError(error),
    });
    this.#ackflow = new Ackflow(store, {
      onAcknowledged: messages => this.#acknowledged(messages),
      onStorageError: error => events.onStorageError(error),
    });
  }

  static async open(
    vault: Vault,
    contactId: ContactId,
    clock: Clock,
    events: ConversationEvents,
    shared?: Retention,
  ): Promise<Conversation> {
    const retention = shared ?? (await Retention.open(vault, clock));
    const store = await ConversationStore.open(vault, contactId, retention, clock.nowMs());
    return new Conversation(contactId, store, clock, events, retention);
  }

  // ---------------------------------------------------------------- what the person does

  /** Makes a message durable. Throws P2pError `message-empty`, `message-too-large`, `outbox-full`. */
  async queue(text: string, token?: string): Promise<MessageView> {
    assertSendable(text);
    const message = await this.#store.queueMessage(text, this.#clock.nowMs(), token);
    this.#announce([message]);
    this.#outflow.wake();
    return this.view(message);
  }

  /** The own message that was stored under a caller's token, among the last ones; null when there is none. */
  async findByToken(token: string): Promise<MessageView | null> {
    const message = await this.#store.findByToken(token);
    return message === null ? null : this.view(message);
  }

  /** A page of history, ascending. Throws P2pError `bad-request` for a limit out of range. */
  async page(beforePosition: number | null, limit: number): Promise<MessagePage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_MESSAGES) throw new P2pError('bad-request');
    let before = beforePosition ?? this.#store.record.nextPosition;
    const newestFirst: MessageRecord[] = [];
    while (newestFirst.length < limit && before > 0) {
      const found = await this.#store.messagesBefore(before, limit - newestFirst.length);
      newestFirst.push(...found.filter(message => this.isShown(message)));
      before = found.at(-1)?.position ?? 0;
    }
    return { messages: newestFirst.map(message => this.view(message)).reverse(), hasOlder: before > 0 };
  }

  /** Marks messages as read; returns the receipts that are due when `withReceipt`. */
  async markRead(upToPosition: number, withReceipt: boolean): Promise<readonly SequencePoint[]> {
    const { due, started } = await this.#store.markRead(upToPosition, withReceipt);
    this.#announce(started);
    return due;
  }

  /** Sets how long new messages of both sides stay; null: for good. */
  async setTimer(timer: MessageTimer | null): Promise<void> {
    const line = await this.#store.timers.set(toTimerRecord(timer), this.#clock.nowMs());
    if (line === null) return;
    this.#announce([line]);
    this.#outflow.wake(); // it is stated behind what waits
  }

  /** Deletes here alone, for a while to be taken back. Throws P2pError `bad-request` for too many. */
  async deleteHere(positions: readonly number[]): Promise<void> {
    assertPositions(positions);
    this.#removed(await this.#store.removal.hide(positions));
  }

  /** Takes back what was deleted here a moment ago. */
  async undoDelete(positions: readonly number[]): Promise<void> {
    assertPositions(positions);
    this.#announce(await this.#store.removal.unhide(positions));
  }

  /** Own messages, on both sides. Throws P2pError `bad-request`, `outbox-full`. */
  async deleteForEveryone(positions: readonly number[]): Promise<void> {
    assertPositions(positions);
    const lines = await this.#store.removal.deleteForEveryone(positions);
    this.#forgetSent(lines.map(({ position }) => position));
    this.#announce(lines);
    this.#retentionFlow.askDeletions();
  }

  /** Deletes what of these is due. */
  async sweep(positions: readonly number[]): Promise<void> {
    for (let at = 0; at < positions.length; at += MAX_DELETED_MESSAGES) {
      this.#removed(await this.#store.removal.sweep(positions.slice(at, at + MAX_DELETED_MESSAGES)));
    }
  }

  #removed(positions: readonly number[]): void {
    if (positions.length === 0) return;
    this.#forgetSent(positions);
    this.#events.onRemoved(this.contactId, positions);
    this.#announce([]);
  }

  #forgetSent(positions: readonly number[]): void {
    const gone = new Set(positions);
    this.#sentRows = this.#sentRows.filter(({ position }) => !gone.has(position));
  }

  /** Drops everything inside the caller's unit of work. */
  deleteAll(batch: WriteBatch): void {
    this.#store.deleteAll(batch);
  }

  /** Messages on the wire of the present session without an acknowledgement. */
  get inFlightCount(): number {
    return Math.max(0, this.#outflow.sentSeq - currentSequence(this.#store.record).ackedSeq);
  }

  // ---------------------------------------------------------------- what sessions do

  /** What the peer acknowledged of the current incarnation. */
  get acked(): SequencePoint {
    return ackedPoint(this.#store.record);
  }

  get held(): readonly HeldPoint[] {
    return heldPoints(this.#store.record);
  }

  /** Receipts to repeat on a new session: cumulative, so that a lost one does no harm. */
  get dueReceipts(): readonly SequencePoint[] {
    const read = this.#store.record.peer.filter(({ readSeq }) => readSeq > 0);
    return read.map(({ incarnation, readSeq }) => ({ incarnation, seq: readSeq }));
  }

  /** Brings the outbox in step with the peer's cursors; says whose copy was restored, if any. */
  async reconcile(held: readonly HeldPoint[], terms: ReconcileTerms): Promise<ReconcileOutcome['kind']> {
    const { kind, changed } = await this.#store.reconciliation.reconcile(held, terms);
    if (changed.length > 0) this.#announce(changed);
    return kind;
  }

  /** Makes a synced session the one that carries this conversation; null when there is none. */
  activate(session: DeliverySession | null): void {
    const returned = this.#sentRows;
    this.#sentRows = [];
    this.#retentionFlow.activate(session);
    this.#outflow.activate(session);
    this.#announce(returned);
  }

  /** The channel has room again. */
  wake(): void {
    this.#outflow.wake();
  }

  accept(session: DeliverySession, pdu: PduOf<'message'>): Promise<void> {
    return this.#inflow.accept(session, pdu, this.#retentionFlow.announcedOn(session));
  }

  /** What sessions bring about timers and deletions. */
  get retention(): RetentionFlow {
    return this.#retentionFlow;
  }

  acknowledge(session: DeliverySession, point: SequencePoint): Promise<void> {
    return this.#ackflow.accept(session, point);
  }

  #acknowledged(delivered: readonly MessageRecord[]): void {
    const { ackedSeq, incarnation } = currentSequence(this.#store.record);
    this.#sentRows = this.#sentRows.filter(row => row.incarnation === incarnation && row.seq > ackedSeq);
    this.#outflow.acknowledged(ackedSeq);
    this.#retentionFlow.askDeletions();
    if (delivered.length > 0) this.#announce(delivered);
  }

  async applyReadReceipt(session: DeliverySession, point: SequencePoint): Promise<void> {
    const read = await this.#store.applyReadReceipt(point);
    if (read === null) return session.fail('order');
    if (read.length > 0) this.#announce(read);
  }

  // ---------------------------------------------------------------- views

  /** Position of the next message: all below are in use, or were. */
  get nextPosition(): number {
    return this.#store.record.nextPosition;
  }

  get unreadCount(): number {
    return this.#store.record.unreadCount;
  }

  get pendingCount(): number {
    return pendingCount(this.#store.record);
  }

  get lastActivityAtMs(): number {
    return this.#store.record.lastActivityAtMs;
  }

  /** Null while nobody has set one. */
  get timer(): TimerView | null {
    const { current } = this.#store.timers;
    return current === null ? null : { ...toMessageTimer(current.timer), isConfirmed: current.isConfirmed };
  }

  /** False once a message is deleted here or due, whether it is swept already or not. */
  isShown(message: MessageRecord): boolean {
    return !isGone(message, this.#retention.nowMs());
  }

  get lastMessage(): MessageView | null {
    const { lastMessage } = this.#store;
    return lastMessage === null || !this.isShown(lastMessage) ? null : this.view(lastMessage);
  }

  #announce(messages: readonly MessageRecord[]): void {
    this.#events.onMessages(
      this.contactId,
      messages.map(message => this.view(message)),
    );
  }

  /** A message as the page sees it, with its state now. */
  view(message: MessageRecord): MessageView {
    const { position, isMine, text, sentAtMs, kind, timer, deadlineMs } = message;
    const id = `${this.contactId}:${position}` as MessageId;
    return {
      id,
      contactId: this.contactId,
      position,
      kind: kind ?? 'text',
      isMine,
      text,
      sentAtMs,
      timer: timer === undefined ? null : toMessageTimer(timer),
      vanishesAtMs: deadlineMs === undefined ? null : this.#retention.clock.toDeviceMs(deadlineMs),
      state: this.#stateOf(message),
    };
  }

  #stateOf({ isMine, incarnation, seq }: MessageRecord): MessageView['state'] {
    if (!isMine) return 'received';
    const { own } = this.#store.record;
    const sequence = own.find(entry => entry.incarnation === incarnation);
    if (sequence === undefined) return 'delivered'; // of an incarnation too old to be listed
    if (seq <= sequence.ackedSeq) return seq <= sequence.readSeq ? 'read' : 'delivered';
    return sequence === own.at(-1) && seq <= this.#outflow.sentSeq ? 'sent' : 'queued';
  }
}

function toMessageTimer({ startsAt, lifetimeS }: TimerRecord): MessageTimer {
  return { startsAt, lifetimeMs: lifetimeS * 1_000 };
}

function toTimerRecord(timer: MessageTimer | null): TimerRecord {
  if (timer === null) return NO_TIMER;
  return { startsAt: timer.startsAt, lifetimeS: Math.round(timer.lifetimeMs / 1_000) };
}

function assertPositions(positions: readonly number[]): void {
  if (positions.length > MAX_DELETED_MESSAGES) throw new P2pError('bad-request');
}

function assertSendable(text: string): void {
  if (typeof text !== 'string' || text.length === 0 || text === VOID_TEXT)
    throw new P2pError('message-empty');
  const isTooLong = text.length > MAX_MESSAGE_TEXT_BYTES;
  if (isTooLong || new TextEncoder().encode(text).length > MAX_MESSAGE_TEXT_BYTES) {
    throw new P2pError('message-too-large');
  }
  const longestHead = { incarnation: 'A'.repeat(22), seq: Number.MAX_SAFE_INTEGER, sentAt: 8.64e15 };
  if (encodePdu({ type: 'message', text, ...longestHead }).length > MAX_MESSAGE_PDU_BYTES) {
    throw new P2pError('message-too-large');
  }
}
