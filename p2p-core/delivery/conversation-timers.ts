/**
 * The timer of one conversation, durable: set here or by the peer, with a line in the history each time, so that
 * nobody's copy stays or goes without a word. Each method is one unit of work. P2P-RET-02 … P2P-RET-04.
 */
import { P2pError } from '../errors.ts';
import { MAX_SEQ, MAX_TIMER_STEPS } from '../limits.ts';
import { NO_TIMER, isSameTimer, isStricter } from '../retention/timer.ts';
import type { ConversationTimer, MessageRecord, TimerRecord } from '../storage/records.ts';
import type { WriteBatch } from '../storage/vault.ts';
import type { ConversationState } from './conversation-state.ts';

export type AdoptedTimer =
  /** It holds here, too. `lines`: what the history says about it. */
  | { readonly kind: 'adopted'; readonly lines: readonly MessageRecord[] }
  /** Ours is the later one. */
  | { readonly kind: 'ours-holds' }
  /** No device of this conversation can have got that far. */
  | { readonly kind: 'refused' };

const NEVER_SET: ConversationTimer = { revision: 0, timer: NO_TIMER, position: 0, isConfirmed: true };

export class ConversationTimers {
  readonly #state: ConversationState;

  constructor(state: ConversationState) {
    this.#state = state;
  }

  /** Null while nobody has set one. */
  get current(): ConversationTimer | null {
    return this.#state.record.timer ?? null;
  }

  /** Sets it for both; null when that is what holds already. Holds for what is written from now on. */
  set(timer: TimerRecord, nowMs: number): Promise<MessageRecord | null> {
    return this.#state.unit(batch => {
      const known = this.current ?? NEVER_SET;
      if (isSameTimer(known.timer, timer)) return null;
      if (known.revision >= MAX_SEQ) throw new P2pError('bad-request');
      return this.#change(batch, { timer, revision: known.revision + 1, isMine: true, nowMs });
    });
  }

  /** The peer says which one holds. */
  adopt(timer: TimerRecord, revision: number, nowMs: number): Promise<AdoptedTimer> {
    return this.#state.unit((batch): AdoptedTimer => {
      const known = this.current ?? NEVER_SET;
      if (revision > known.revision + MAX_TIMER_STEPS) return { kind: 'refused' };
      const isSame = isSameTimer(known.timer, timer);
      const isLater =
        revision > known.revision || (revision === known.revision && isStricter(timer, known.timer));
      if (!isLater && !(revision === known.revision && isSame)) return { kind: 'ours-holds' };
      if (!isSame) {
        return { kind: 'adopted', lines: [this.#change(batch, { timer, revision, isMine: false, nowMs })] };
      }
      if (revision !== known.revision || !known.isConfirmed) {
        const { record } = this.#state;
        this.#state.put(batch, { ...record, timer: { ...known, revision, isConfirmed: true } });
      }
      return { kind: 'adopted', lines: [] };
    });
  }

  /** The peer's device has the change of this revision. True when that is news. */
  confirm(revision: number): Promise<boolean> {
    return this.#state.unit(batch => {
      const { current } = this;
      if (current === null || current.revision !== revision || current.isConfirmed) return false;
      this.#state.put(batch, { ...this.#state.record, timer: { ...current, isConfirmed: true } });
      return true;
    });
  }

  /** A line that follows another one of the same person takes its place: who tries out timers leaves one line. */
  #change(
    batch: WriteBatch,
    change: {
      readonly timer: TimerRecord;
      readonly revision: number;
      readonly isMine: boolean;
      readonly nowMs: number;
    },
  ): MessageRecord {
    const { timer, revision, isMine, nowMs } = change;
    const { record, repository, lastMessage } = this.#state;
    const isAgain =
      lastMessage?.kind === 'timer' &&
      lastMessage.isMine === isMine &&
      lastMessage.position === record.nextPosition - 1;
    const position = isAgain ? lastMessage.position : record.nextPosition;
    const line = timerLine('timer', { position, isMine, timer, sentAtMs: nowMs });
    repository.putMessage(batch, line);
    const next = {
      ...record,
      nextPosition: position + 1,
      lastActivityAtMs: nowMs,
      shownTimer: timer,
      timer: { revision, timer, position, isConfirmed: !isMine },
    };
    this.#state.put(batch, next, line);
    return line;
  }
}

/** A line of the history about timers; it has no id of its own. */
export function timerLine(
  kind: 'timer' | 'message-timer',
  line: Pick<MessageRecord, 'position' | 'isMine' | 'sentAtMs'> & { readonly timer: TimerRecord },
): MessageRecord {
  return { kind, ...line, incarnation: '', seq: 0, text: '' };
}
