/**
 * The part of a conversation that is in memory: a gapless run of positions, up to the newest message or, when an older
 * part is shown, up to any. Pure.
 * Events may overtake the page that was asked for before them, so what an event told wins over what a page tells.
 */
import type { MessagePage, MessageView } from '@enk/context';

/**
 * Puts changed or new messages into the run. What lies before its start, or behind the end of one with `hasNewer`, is
 * ignored: its page will bring it.
 */
export function mergeEvents(
  loaded: readonly MessageView[],
  changed: readonly MessageView[],
  hasNewer = false,
): readonly MessageView[] {
  const start = loaded[0]?.position ?? 0;
  const end = hasNewer ? (loaded.at(-1)?.position ?? -1) : Number.POSITIVE_INFINITY;
  const byPosition = new Map(loaded.map(message => [message.position, message]));
  for (const message of changed) {
    if (message.position >= start && message.position <= end) byPosition.set(message.position, message);
  }
  return sorted(byPosition);
}

/** Puts a page before the run or behind it; what the run holds already stays. */
export function mergePage(loaded: readonly MessageView[], page: MessagePage): readonly MessageView[] {
  const byPosition = new Map(page.messages.map(message => [message.position, message]));
  for (const message of loaded) byPosition.set(message.position, message);
  return sorted(byPosition);
}

function sorted(byPosition: ReadonlyMap<number, MessageView>): readonly MessageView[] {
  return [...byPosition.values()].sort((a, b) => a.position - b.position);
}
