/**
 * Timers and deletions ↔ wire, for one conversation. Both are stated again on each session until the peer confirms
 * them. A peer that does not know these PDUs answers `unknown-type` to the first one; then nothing more of them leaves
 * in that session. P2P-RET-02, P2P-RET-04, P2P-RET-08, P2P-RET-10.
 *
 *   session ──▶ timer-change ──timer-ack, or the peer's own──▶ messages with a timer, each behind its message-timer
 *                     └───────── unknown-type ───────────────▶ messages without a word: they stay there, and we say so
 */
import { MAX_DELETIONS_PER_PDU } from '../limits.ts';
import { type PduBody, encodePdu } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import { NO_TIMER, isSameTimer } from '../retention/timer.ts';
import type { ConversationTimer, DeletionRecord, MessageRecord, OutboxRecord } from '../storage/records.ts';
import type { AnnouncedTimer, ConversationStore } from './conversation-store.ts';
import type { DeliverySession } from './outflow.ts';

export interface RetentionFlowEvents {
  /** Lines came into the history, or messages became lines. */
  onLines(messages: readonly MessageRecord[]): void;
  /** What waited for the peer's answer may go. */
  onAnswered(): void;
  nowMs(): number;
  /** By the retention clock. */
  retentionNowMs(): number;
}

/** What the peer's software knows of this, as far as this session showed. */
type Support = 'unknown' | 'known' | 'none';

interface Asked {
  readonly number: number;
  readonly deletions: readonly DeletionRecord[];
}

export class RetentionFlow {
  readonly #store: ConversationStore;
  readonly #events: RetentionFlowEvents;
  readonly #announced = new WeakMap<DeliverySession, AnnouncedTimer>();
  #session: DeliverySession | null = null;
  #support: Support = 'unknown';
  /** Of our change that this session has stated. */
  #statedRevision = 0;
  /** What the peer was told last about messages that follow. */
  #told: AnnouncedTimer = { timer: NO_TIMER, ageMs: 0 };
  #asked: Asked | null = null;
  #number = 0;
  #isAsking = false;

  constructor(store: ConversationStore, events: RetentionFlowEvents) {
    this.#store = store;
    this.#events = events;
  }

  // ---------------------------------------------------------------- out

  /** This session carries the conversation from now on; null: none. */
  activate(session: DeliverySession | null): void {
    this.#session = session;
    this.#support = 'unknown';
    this.#statedRevision = 0;
    this.#told = { timer: NO_TIMER, ageMs: 0 };
    this.#asked = null;
    this.#number = 0;
    this.askDeletions();
  }

  /** States our timer, once in a session for each change. */
  stateTimer(): void {
    const { current } = this.#store.timers;
    if (current === null || current.revision === this.#statedRevision || this.#support === 'none') return;
    this.#statedRevision = current.revision;
    this.#send(this.#session, timerChange(current));
  }

  /**
   * What has to leave before this row: a message-timer, nothing (null), or `wait`: a message with a timer stays here
   * until the peer has said whether it knows timers.
   */
  before(row: OutboxRecord): Uint8Array<ArrayBuffer> | null | 'wait' {
    const position = this.#store.timers.current?.position ?? Number.POSITIVE_INFINITY;
    if (row.voidedDigest !== undefined) return null;
    if (row.timer !== undefined || row.position > position) this.stateTimer();
    if (row.timer !== undefined && this.#support === 'unknown') return 'wait';
    if (this.#support !== 'known') return null;
    const wanted = this.#timerOf(row);
    if (wanted.ageMs === this.#told.ageMs && isSameTimer(wanted.timer, this.#told.timer)) return null;
    this.#told = wanted;
    return encodePdu({ type: 'message-timer', ...wanted.timer, ageS: wanted.ageMs / 1_000 });
  }

  #timerOf({ timer = NO_TIMER, deadlineMs }: OutboxRecord): AnnouncedTimer {
    if (timer.startsAt === 'reading' || timer.lifetimeS === 0 || deadlineMs === undefined) {
      return { timer, ageMs: 0 };
    }
    const leftMs = Math.max(0, deadlineMs - this.#events.retentionNowMs());
    return { timer, ageMs: Math.max(0, timer.lifetimeS - Math.ceil(leftMs / 1_000)) * 1_000 };
  }

  /** Asks for deletions that the peer has not confirmed, some at a time. */
  askDeletions(): void {
    if (this.#isAsking || this.#asked !== null || this.#support === 'none') return;
    const session = this.#session;
    if (session === null) return;
    this.#isAsking = true;
    this.#askNext(session)
      .catch(() => session.fail('storage'))
      .finally(() => (this.#isAsking = false));
  }

  async #askNext(session: DeliverySession): Promise<void> {
    const deletions = await this.#store.removal.askable(MAX_DELETIONS_PER_PDU);
    if (deletions.length === 0 || session !== this.#session) return;
    this.#number += 1;
    this.#asked = { number: this.#number, deletions };
    const messages = deletions.map(({ incarnation, seq }) => ({ incarnation, seq }));
    this.#send(session, { type: 'message-delete', number: this.#number, messages });
  }

  /** A session that is over takes nothing: all of it is said again on the next one. */
  #send(session: DeliverySession | null, body: PduBody): void {
    session?.send(encodePdu(body), 'control').catch(() => undefined);
  }

  // ---------------------------------------------------------------- in

  /** The timer of the messages that this session brings from now on. */
  announcedOn(session: DeliverySession): AnnouncedTimer | null {
    return this.#announced.get(session) ?? null;
  }

  messageTimer(session: DeliverySession, { startsAt, lifetimeS, ageS }: PduOf<'message-timer'>): void {
    const ageMs = Math.min(ageS, lifetimeS) * 1_000;
    this.#announced.set(session, { timer: { startsAt, lifetimeS }, ageMs });
  }

  async timerChange(session: DeliverySession, pdu: PduOf<'timer-change'>): Promise<void> {
    const { revision, startsAt, lifetimeS } = pdu;
    const outcome = await this.#store.timers.adopt({ startsAt, lifetimeS }, revision, this.#events.nowMs());
    if (outcome.kind === 'refused') return session.fail('order');
    const { current } = this.#store.timers;
    if (outcome.kind === 'ours-holds' && current !== null) this.#send(session, timerChange(current));
    else this.#send(session, { type: 'timer-ack', revision });
    if (outcome.kind === 'adopted') this.#events.onLines(outcome.lines);
    this.#answered(session);
  }

  async timerAck(session: DeliverySession, { revision }: PduOf<'timer-ack'>): Promise<void> {
    if (await this.#store.timers.confirm(revision)) this.#events.onLines([]);
    this.#answered(session);
  }

  async messageDelete(session: DeliverySession, pdu: PduOf<'message-delete'>): Promise<void> {
    const lines = await this.#store.removal.applyPeers(pdu.messages);
    if (lines === null) return session.fail('order');
    this.#send(session, { type: 'message-delete-ack', number: pdu.number });
    if (lines.length > 0) this.#events.onLines(lines);
  }

  async messageDeleteAck(session: DeliverySession, { number }: PduOf<'message-delete-ack'>): Promise<void> {
    const asked = this.#asked;
    if (session !== this.#session || asked?.number !== number) return;
    await this.#store.removal.confirm(asked.deletions);
    if (session !== this.#session) return;
    this.#asked = null;
    this.#answered(session);
    this.askDeletions();
  }

  /** The peer does not know something that was sent. Before it showed that it knows timers, that was it. */
  unknownType(session: DeliverySession): void {
    if (session !== this.#session || this.#support !== 'unknown') return;
    if (this.#statedRevision === 0 && this.#asked === null) return;
    this.#support = 'none';
    this.#events.onAnswered();
  }

  #answered(session: DeliverySession): void {
    if (session !== this.#session || this.#support === 'known') return;
    this.#support = 'known';
    this.#events.onAnswered();
  }
}

function timerChange({ revision, timer }: ConversationTimer): PduBody {
  return { type: 'timer-change', revision, ...timer };
}
