/** How long messages stay. Pure. */
import type { TimerRecord } from '../storage/records.ts';

/** Messages stay. */
export const NO_TIMER: TimerRecord = { startsAt: 'sending', lifetimeS: 0 };

export function isSameTimer(a: TimerRecord, b: TimerRecord): boolean {
  return a.lifetimeS === b.lifetimeS && (a.lifetimeS === 0 || a.startsAt === b.startsAt);
}

/**
 * Of two changes under one revision the stricter holds, on both sides: the shorter one, and of equally long ones that
 * which starts at sending. P2P-RET-03.
 */
export function isStricter(a: TimerRecord, b: TimerRecord): boolean {
  const length = ({ lifetimeS }: TimerRecord): number => lifetimeS || Number.POSITIVE_INFINITY;
  if (length(a) !== length(b)) return length(a) < length(b);
  return a.lifetimeS > 0 && a.startsAt === 'sending' && b.startsAt === 'reading';
}

/** What a record of a message holds of its timer: nothing when it stays. */
export function timerFields(timer: TimerRecord): { readonly timer?: TimerRecord } {
  return timer.lifetimeS === 0 ? {} : { timer };
}

/** The deadline of a message whose time begins at `startMs`. */
export function deadlineFrom(timer: TimerRecord, startMs: number): number {
  return startMs + timer.lifetimeS * 1_000;
}
