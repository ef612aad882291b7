/**
 * Outbox → wire, for one conversation. Rows are sealed only inside a small window of the active Ready session,
 * in order of seq, and anew on every later session, from the first unacknowledged one. P2P-DEL-03, P2P-DEL-05.
 * Not responsible for what is durable (conversation-store.ts).
 */
import { ACK_TIMEOUT_MS, MAX_IN_FLIGHT_BYTES, MAX_IN_FLIGHT_FRAMES } from '../limits.ts';
import { encodePdu } from '../pdu/codec.ts';
import type { Clock } from '../ports/clock.ts';
import type { OutboxRecord } from '../storage/records.ts';
import type { ConversationStore } from './conversation-store.ts';
import { VOID_TEXT } from './outbox-row.ts';
import type { RetentionFlow } from './retention-flow.ts';
import type { SendLane } from './send-queue.ts';
import { currentSequence } from './sequence.ts';

/** What delivery needs of a Ready session. */
export interface DeliverySession {
  /** Seals and sends one PDU; a message above CHUNK_BYTES in chunks. Rejects when the session is over. */
  send(pdu: Uint8Array, lane: Exclude<SendLane, 'bulk'>): Promise<void>;
  /** False while the channel holds more than SEND_BUFFER_HIGH_WATER_BYTES. */
  readonly hasRoom: boolean;
  /** Everything that was sent has left the channel's queue, over a path that is there. */
  readonly isFlushed: boolean;
  /** Ends the session: the peer broke the order, our storage refused, or what arrived is not acknowledged. */
  fail(reason: 'order' | 'storage' | 'silence'): void;
}

interface InFlight {
  readonly seq: number;
  readonly sizeBytes: number;
}

export class Outflow {
  readonly #store: ConversationStore;
  readonly #clock: Clock;
  readonly #retention: RetentionFlow;
  readonly #onSent: (rows: readonly OutboxRecord[]) => void;
  #cancelWatch: (() => void) | null = null;
  #session: DeliverySession | null = null;
  #inFlight: InFlight[] = [];
  /** What `#nextSeq` counts in: another session's cursors may renumber the outbox meanwhile. */
  #incarnation = '';
  #nextSeq = 1;
  #isPumping = false;
  #isWanted = false;

  constructor(
    store: ConversationStore,
    clock: Clock,
    retention: RetentionFlow,
    onSent: (rows: readonly OutboxRecord[]) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#retention = retention;
    this.#onSent = onSent;
  }

  /** Highest seq of the current incarnation that the active session has on the wire; 0 without one. */
  get sentSeq(): number {
    return this.#session === null ? 0 : this.#nextSeq - 1;
  }

  /** Makes `session` the one that carries this conversation; cursors are exchanged. Null: none. */
  activate(session: DeliverySession | null): void {
    this.#session = session;
    this.#inFlight = [];
    const { incarnation, ackedSeq } = currentSequence(this.#store.record);
    this.#incarnation = incarnation;
    this.#nextSeq = ackedSeq + 1;
    this.#watchAgain();
    this.wake();
  }

  /** The peer acknowledged up to `seq`: the window moves. */
  acknowledged(seq: number): void {
    this.#inFlight = this.#inFlight.filter(frame => frame.seq > seq);
    this.#watchAgain();
    this.wake();
  }

  /** Something may be sent now: a new row, room in the window, room in the channel. */
  wake(): void {
    this.#isWanted = true;
    if (!this.#isPumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      const session = this.#session;
      if (session !== null) await this.#fillWindow(session).catch(() => this.#drop(session));
    }
    this.#isPumping = false;
  }

  async #fillWindow(session: DeliverySession): Promise<void> {
    // Asked of the record, not of the database: a read of nothing holds up the next commit by a transaction.
    while (this.#isOpen(session) && this.#hasUnsent) {
      const room = MAX_IN_FLIGHT_FRAMES - this.#inFlight.length;
      const rows = await this.#store.outboxFrom(this.#nextSeq, room);
      const sent: OutboxRecord[] = [];
      for (const row of rows) {
        const isNext = row.incarnation === this.#incarnation && row.seq === this.#nextSeq;
        if (!this.#isOpen(session) || !isNext) break;
        const before = this.#retention.before(row);
        if (before === 'wait') break;
        if (before !== null) await session.send(before, 'chat');
        await this.#sendRow(session, row);
        if (this.#session === session) sent.push(row);
      }
      if (sent.length > 0) this.#onSent(sent);
      if (sent.length < rows.length || rows.length === 0) return;
    }
    // Behind everything that was written before it.
    if (this.#session === session && !this.#hasUnsent) this.#retention.stateTimer();
  }

  async #sendRow(session: DeliverySession, row: OutboxRecord): Promise<void> {
    const { incarnation, seq, sentAtMs } = row;
    const text = this.#store.isOutdated(row) ? VOID_TEXT : row.text;
    const pdu = encodePdu({ type: 'message', incarnation, seq, text, sentAt: sentAtMs });
    this.#inFlight.push({ seq, sizeBytes: pdu.length });
    this.#nextSeq = seq + 1;
    if (this.#cancelWatch === null) this.#watchAgain();
    await session.send(pdu, 'chat');
  }

  /** The window has moved, or has something in it: from now on the oldest has ACK_TIMEOUT_MS. P2P-DEL-14. */
  #watchAgain(): void {
    this.#cancelWatch?.();
    const session = this.#session;
    const isWaiting = session !== null && this.#inFlight.length > 0;
    this.#cancelWatch = isWaiting ? this.#clock.setTimer(ACK_TIMEOUT_MS, () => this.#overdue(session)) : null;
  }

  #overdue(session: DeliverySession): void {
    this.#cancelWatch = null;
    if (this.#session !== session) return;
    if (session.isFlushed) session.fail('silence');
    else this.#watchAgain(); // a slow line, or none: that is the path's to judge
  }

  get #hasUnsent(): boolean {
    return currentSequence(this.#store.record).nextSeq > this.#nextSeq;
  }

  #isOpen(session: DeliverySession): boolean {
    const sizeBytes = this.#inFlight.reduce((sum, frame) => sum + frame.sizeBytes, 0);
    const hasWindow = this.#inFlight.length < MAX_IN_FLIGHT_FRAMES && sizeBytes < MAX_IN_FLIGHT_BYTES;
    const isCurrent = currentSequence(this.#store.record).incarnation === this.#incarnation;
    return this.#session === session && isCurrent && hasWindow && session.hasRoom;
  }

  /** The session ended under us, or storage refused; rows stay in the outbox and go with the next session. */
  #drop(session: DeliverySession): void {
    if (this.#session === session) this.#session = null;
    session.fail('storage');
  }
}
