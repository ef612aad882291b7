/**
 * One conversation after the peer stated its cursors: outbox, numbers and cursors are brought in step with them, also
 * when one of the two is a restored copy. Each method is one unit of work. P2P-DEL-08, -09, -11.
 */
import { MAX_SEQ } from '../limits.ts';
import type { ConversationRecord, MessageRecord } from '../storage/records.ts';
import type { WriteBatch } from '../storage/vault.ts';
import type { ConversationState } from './conversation-state.ts';
import { messageDigest } from './message-digest.ts';
import { toOutboxRow, withMessage } from './outbox-row.ts';
import { startDelivered } from './read-timers.ts';
import {
  type HeldPoint,
  type SequencePoint,
  type SequenceRange,
  applyAck,
  closePast,
  currentSequence,
  heldOfCurrent,
  lostOfEarlier,
  lostRange,
  randomIncarnation,
  reconcile,
  reincarnate,
  rewindAcked,
  withdrawAcked,
} from './sequence.ts';

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

export class Reconciliation {
  readonly #state: ConversationState;

  constructor(state: ConversationState) {
    this.#state = state;
  }

  get #record(): ConversationRecord {
    return this.#state.record;
  }

  /** Reads the peer's cursors. */
  reconcile(held: readonly HeldPoint[], terms: ReconcileTerms): Promise<ReconcileOutcome> {
    const { ackedAtOpen, mayResend } = terms;
    return this.#state.unit(async batch => {
      const ownDigest = await this.#digestAt(heldOfCurrent(this.#record, held));
      const found = reconcile(this.#record, held, { ackedAtOpen, ownDigest });
      const earlier = lostOfEarlier(this.#record, held);
      const kind = found.kind === 'in-step' && earlier.length > 0 ? 'peer-copy-restored' : found.kind;
      await terms.onReconciled(batch, kind);
      if (found.kind === 'in-step' && earlier.length === 0) {
        return { kind, changed: await this.#confirmHeld(batch, found.heldSeq) };
      }
      const current = lostRange(currentSequence(this.#record), held);
      if (found.kind === 'peer-copy-restored' && earlier.length === 0 && mayResend) {
        const refilled = await this.#refillOutbox(batch, found.heldSeq);
        if (refilled !== null) return { kind, changed: refilled };
      }
      const lost = found.kind === 'peer-copy-restored' && mayResend ? [...earlier, current] : earlier;
      return { kind, changed: await this.#startIncarnation(batch, held, mayResend ? lost : 'past-closed') };
    });
  }

  /** Digest of the own message that waits where the peer's cursor stands; null when none waits there. */
  async #digestAt(held: HeldPoint | null): Promise<string | null> {
    if (held === null || held.seq <= currentSequence(this.#record).ackedSeq) return null;
    const [row] = await this.#state.repository.outboxBetween(held.seq, held.seq, 1);
    if (row === undefined) return null;
    // A voided one may have left before it was voided.
    return row.voidedDigest === held.digest ? held.digest : messageDigest(row);
  }

  async #confirmHeld(batch: WriteBatch, heldSeq: number): Promise<readonly MessageRecord[]> {
    const { incarnation } = currentSequence(this.#record);
    const applied = applyAck(this.#record, { incarnation, seq: heldSeq }, 'ackedSeq');
    if (applied.kind !== 'advanced') return [];
    const { repository } = this.#state;
    const rows = await repository.outboxBetween(applied.fromSeq, heldSeq, Number.POSITIVE_INFINITY);
    repository.deleteOutboxThrough(batch, heldSeq);
    this.#state.put(batch, applied.next);
    return startDelivered(this.#state, batch, withMessage(rows));
  }

  /**
   * Everything unacknowledged, and what the peer lost, gets a new id; what was sent under the old ids may be
   * another's message. Deleted messages need no number any more.
   */
  async #startIncarnation(
    batch: WriteBatch,
    held: readonly SequencePoint[],
    lost: readonly SequenceRange[] | 'past-closed',
  ): Promise<MessageRecord[]> {
    const { repository } = this.#state;
    const waiting = await this.#waitingMessages();
    const again = await this.#messagesOf(lost === 'past-closed' ? [] : lost);
    const started = reincarnate(this.#record, held, randomIncarnation());
    const { incarnation } = currentSequence(started);
    const renumbered = [...again, ...waiting]
      .sort((a, b) => a.position - b.position)
      .map((message, index) => ({ ...message, incarnation, seq: index + 1 }));
    repository.deleteOutboxThrough(batch, MAX_SEQ);
    for (const message of renumbered) {
      repository.putOutbox(batch, toOutboxRow(message));
      repository.putMessage(batch, message);
    }
    const past = lost === 'past-closed' ? closePast(started) : withdrawAcked(started, lost);
    const own = past.own.map(entry =>
      entry.incarnation === incarnation ? { ...entry, nextSeq: renumbered.length + 1 } : entry,
    );
    this.#state.put(batch, { ...past, own });
    batch.onCommit(() => this.#state.forgetFresh());
    return renumbered;
  }

  async #waitingMessages(): Promise<MessageRecord[]> {
    const { repository } = this.#state;
    const rows = withMessage(await repository.outboxBetween(0, MAX_SEQ, Number.POSITIVE_INFINITY));
    const messages = await Promise.all(rows.map(({ position }) => repository.messageAt(position)));
    return messages.filter(message => message !== null && message.kind === undefined) as MessageRecord[];
  }

  async #messagesOf(ranges: readonly SequenceRange[]): Promise<MessageRecord[]> {
    const found: MessageRecord[] = [];
    for (const { incarnation, firstSeq, lastSeq } of ranges) {
      if (firstSeq <= lastSeq)
        found.push(...(await ownMessages(this.#state, incarnation, firstSeq, lastSeq)));
    }
    return found;
  }

  /** Null when some of it was deleted since: its numbers would be missing. */
  async #refillOutbox(batch: WriteBatch, heldSeq: number): Promise<MessageRecord[] | null> {
    const { incarnation, ackedSeq } = currentSequence(this.#record);
    const lost = await ownMessages(this.#state, incarnation, heldSeq + 1, ackedSeq);
    if (lost.length < ackedSeq - heldSeq) return null;
    for (const message of lost) this.#state.repository.putOutbox(batch, toOutboxRow(message));
    this.#state.put(batch, rewindAcked(this.#record, heldSeq));
    return lost;
  }
}

/** Own messages of an incarnation that are there, in order of seq. */
export async function ownMessages(
  { record, repository }: ConversationState,
  incarnation: string,
  firstSeq: number,
  lastSeq: number,
): Promise<MessageRecord[]> {
  const found: MessageRecord[] = [];
  const chunk = 256;
  let before = record.nextPosition;
  for (;;) {
    const messages = await repository.messagesBefore(before, chunk);
    for (const message of messages) {
      if (!message.isMine || message.incarnation !== incarnation || message.seq > lastSeq) continue;
      if (message.seq < firstSeq) return found.reverse();
      if (message.kind === undefined) found.push(message);
    }
    const oldest = messages.at(-1);
    if (oldest === undefined || messages.length < chunk) return found.reverse();
    before = oldest.position;
  }
}
