/** Timers and what became of messages, in words. */
import type { MessageTimer, MessageView } from '@enk/context';
import { duration, strings, timeLeft } from '@enk/internal';

/** "1 hour after reading" */
export function timerRule({ startsAt, lifetimeMs }: MessageTimer): string {
  return strings().retention.lines.rule[startsAt](duration(lifetimeMs));
}

/** A line of the history about timers. */
export function lineWords({ kind, isMine, timer }: MessageView, name: string): string {
  const { lines } = strings().retention;
  const isOff = timer === null || timer.lifetimeMs === 0;
  if (kind === 'message-timer')
    return isOff ? lines.messages.stay(name) : lines.messages.timed(name, timerRule(timer));
  if (isOff) return isMine ? lines.off.mine : lines.off.theirs(name);
  return isMine ? lines.set.mine(timerRule(timer)) : lines.set.theirs(name, timerRule(timer));
}

/** What stands in the place of a message that was deleted for everyone. */
export function deletedWords({ isMine }: MessageView, name: string): string {
  const { deleted } = strings().retention;
  return isMine ? deleted.mine : deleted.theirs(name);
}

/** How long a message still stays, short and in full; null when it stays. */
export function leftWords(
  { timer, vanishesAtMs }: MessageView,
  nowMs: number,
): { readonly short: string; readonly full: string } | null {
  if (timer === null) return null;
  const texts = strings().retention;
  if (vanishesAtMs === null) {
    const { startsAt, lifetimeMs } = timer;
    return { short: duration(lifetimeMs, 'narrow'), full: texts.stays[startsAt](duration(lifetimeMs)) };
  }
  const leftMs = Math.max(0, vanishesAtMs - nowMs);
  return { short: timeLeft(leftMs), full: texts.left(timeLeft(leftMs, 'long')) };
}
