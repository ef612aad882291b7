/**
 * Messages as the rows of a conversation: day separators, the unread marker, and groups (one author, short pauses).
 * Pure; knows nothing of elements.
 */
import type { MessageView } from '@enk/context';
import { daysBetween } from '@enk/internal';

/** A longer pause starts a new group. */
const GROUP_PAUSE_MS = 5 * 60_000;

export type MessageRow =
  | { readonly kind: 'day'; readonly key: string; readonly atMs: number }
  | { readonly kind: 'unread'; readonly key: string }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: MessageView;
      readonly isFirstOfGroup: boolean;
      readonly isLastOfGroup: boolean;
      /** Time and delivery are shown at the end of a group, and where the delivery differs from the next message's. */
      readonly showsMeta: boolean;
    }
  /** Something about the conversation: a timer was set. */
  | { readonly kind: 'line'; readonly key: string; readonly message: MessageView };

/** `unreadFrom` is the position before which the marker stands, or null for none. */
export function messageRows(
  messages: readonly MessageView[],
  unreadFrom: number | null,
): readonly MessageRow[] {
  const rows: MessageRow[] = [];
  messages.forEach((message, index) => {
    const previous = messages[index - 1];
    const next = messages[index + 1];
    const startsDay = !previous || daysBetween(previous.sentAtMs, message.sentAtMs) !== 0;
    const isMarked = message.position === unreadFrom;
    if (startsDay) rows.push({ kind: 'day', key: `day-${message.id}`, atMs: message.sentAtMs });
    if (isMarked) rows.push({ kind: 'unread', key: 'unread' });
    if (message.kind === 'timer' || message.kind === 'message-timer') {
      rows.push({ kind: 'line', key: message.id, message });
      return;
    }
    const isLastOfGroup = !next || next.position === unreadFrom || !isSameGroup(message, next);
    rows.push({
      kind: 'message',
      key: message.id,
      message,
      isFirstOfGroup: !previous || isMarked || !isSameGroup(previous, message),
      isLastOfGroup,
      showsMeta: isLastOfGroup || next?.state !== message.state || message.timer !== null,
    });
  });
  return rows;
}

/** Position of the first of the newest `unreadCount` messages of the other; null when all are read. */
export function firstUnreadPosition(messages: readonly MessageView[], unreadCount: number): number | null {
  let left = unreadCount;
  let position: number | null = null;
  for (let index = messages.length - 1; index >= 0 && left > 0; index--) {
    const message = messages[index];
    if (!message || message.isMine || message.kind !== 'text') continue;
    position = message.position;
    left--;
  }
  return position;
}

function isLine({ kind }: MessageView): boolean {
  return kind === 'timer' || kind === 'message-timer';
}

function isSameGroup(a: MessageView, b: MessageView): boolean {
  if (a.isMine !== b.isMine || isLine(a) || isLine(b)) return false;
  const pauseMs = Math.abs(b.sentAtMs - a.sentAtMs);
  return pauseMs <= GROUP_PAUSE_MS && daysBetween(a.sentAtMs, b.sentAtMs) === 0;
}
