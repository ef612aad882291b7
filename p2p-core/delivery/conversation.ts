/**
 * One conversation as the rest of the worker sees it: durable store, outgoing window, incoming batches, and the
 * views of its messages. It outlives every session of its contact.
 */
import { P2pError } from '../errors.ts';
import { MAX_MESSAGE_PDU_BYTES, MAX_MESSAGE_TEXT_BYTES, MAX_PAGE_MESSAGES } from '../limits.ts';
import { encodePdu } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import type { MessageRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import type { ContactId, MessageId, MessagePage, MessageView } from '../worker/api.ts';
import { Ackflow } from './ackflow.ts';
import { ConversationStore, type ReconcileOutcome, type ReconcileTerms } from './conversation-store.ts';
import { Inflow } from './inflow.ts';
import { type DeliverySession, Outflow } from './outflow.ts';
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
  onStorageError(error: unknown): void;
}

export class Conversation {
  readonly contactId: ContactId;
  readonly #store: ConversationStore;
  readonly #clock: Clock;
  readonly #events: ConversationEvents;
  readonly #outflow: Outflow;
  readonly #inflow: Inflow;
  readonly #ackflow: Ackflow;
  #sentRows: MessageRecord[] = [];

  private constructor(
    contactId: ContactId,
    store: ConversationStore,
    clock: Clock,
    events: ConversationEvents,
  ) {
    this.contactId = contactId;
    this.#store = store;
    this.#clock = clock;
    this.#events = events;
    this.#outflow = new Outflow(store, rows => {
      const messages = rows.map(row => ({ ...row, isMine: true }));
      this.#sentRows.push(...messages);
      this.#announce(messages);
    });
    this.#inflow = new Inflow(store, () => clock.nowMs(), {
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
  ): Promise<Conversation> {
    const store = await ConversationStore.open(vault, contactId, clock.nowMs());
    return new Conversation(contactId, store, clock, events);
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
    const before = beforePosition ?? this.#store.record.nextPosition;
    const newestFirst = await this.#store.messagesBefore(before, limit);
    const messages = newestFirst.map(message => this.view(message)).reverse();
    return { messages, hasOlder: (messages[0]?.position ?? 0) > 0 };
  }

  /** Marks messages as read; returns the receipts that are due when `withReceipt`. */
  async markRead(upToPosition: number, withReceipt: boolean): Promise<readonly SequencePoint[]> {
    const due = await this.#store.markRead(upToPosition, withReceipt);
    this.#announce([]);
    return due;
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
    const { kind, changed } = await this.#store.reconcile(held, terms);
    if (changed.length > 0) this.#announce(changed);
    return kind;
  }

  /** Makes a synced session the one that carries this conversation; null when there is none. */
  activate(session: DeliverySession | null): void {
    const returned = this.#sentRows;
    this.#sentRows = [];
    this.#outflow.activate(session);
    this.#announce(returned);
  }

  /** The channel has room again. */
  wake(): void {
    this.#outflow.wake();
  }

  accept(session: DeliverySession, pdu: PduOf<'message'>): Promise<void> {
    return this.#inflow.accept(session, pdu);
  }

  acknowledge(session: DeliverySession, point: SequencePoint): Promise<void> {
    return this.#ackflow.accept(session, point);
  }

  #acknowledged(delivered: readonly MessageRecord[]): void {
    const { ackedSeq, incarnation } = currentSequence(this.#store.record);
    this.#sentRows = this.#sentRows.filter(row => row.incarnation === incarnation && row.seq > ackedSeq);
    this.#outflow.acknowledged(ackedSeq);
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

  get lastMessage(): MessageView | null {
    const { lastMessage } = this.#store;
    return lastMessage === null ? null : this.view(lastMessage);
  }

  #announce(messages: readonly MessageRecord[]): void {
    this.#events.onMessages(
      this.contactId,
      messages.map(message => this.view(message)),
    );
  }

  /** A message as the page sees it, with its state now. */
  view(message: MessageRecord): MessageView {
    const { position, isMine, text, sentAtMs } = message;
    const id = `${this.contactId}:${position}` as MessageId;
    return {
      id,
      contactId: this.contactId,
      position,
      isMine,
      text,
      sentAtMs,
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

function assertSendable(text: string): void {
  if (typeof text !== 'string' || text.length === 0) throw new P2pError('message-empty');
  const isTooLong = text.length > MAX_MESSAGE_TEXT_BYTES;
  if (isTooLong || new TextEncoder().encode(text).length > MAX_MESSAGE_TEXT_BYTES) {
    throw new P2pError('message-too-large');
  }
  const longestHead = { incarnation: 'A'.repeat(22), seq: Number.MAX_SAFE_INTEGER, sentAt: 8.64e15 };
  if (encodePdu({ type: 'message', text, ...longestHead }).length > MAX_MESSAGE_PDU_BYTES) {
    throw new P2pError('message-too-large');
  }
}
