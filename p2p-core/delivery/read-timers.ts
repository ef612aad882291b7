/** Timers that start at reading: of received messages when the person sees them, of own ones when the peer has them. */
import { deadlineFrom } from '../retention/timer.ts';
import type { MessageRecord, OutboxRecord } from '../storage/records.ts';
import type { WriteBatch } from '../storage/vault.ts';
import type { ConversationState } from './conversation-state.ts';
import { toMessage } from './outbox-row.ts';

/** True while its time has not begun. */
export function isUnstarted({ timer, deadlineMs, kind }: MessageRecord): boolean {
  return kind === undefined && timer?.startsAt === 'reading' && deadlineMs === undefined;
}

/** Starts these messages' timers now, in the caller's unit of work; returns them as they are then. */
export async function startTimers(
  { repository, retention, contactId }: ConversationState,
  batch: WriteBatch,
  messages: readonly MessageRecord[],
): Promise<readonly MessageRecord[]> {
  const nowMs = retention.nowMs();
  const started = messages.flatMap(message =>
    message.timer === undefined ? [] : { ...message, deadlineMs: deadlineFrom(message.timer, nowMs) },
  );
  for (const message of started) repository.putMessage(batch, message);
  await retention.schedule(batch, contactId, started);
  return started;
}

/** The messages of rows that the peer acknowledged, their timers started where that is the moment. */
export async function startDelivered(
  state: ConversationState,
  batch: WriteBatch,
  rows: readonly OutboxRecord[],
): Promise<readonly MessageRecord[]> {
  const delivered = rows.map(toMessage);
  const waiting = await Promise.all(
    delivered.filter(isUnstarted).map(({ position }) => state.repository.messageAt(position)),
  );
  const started = await startTimers(
    state,
    batch,
    waiting.filter(message => message !== null && isUnstarted(message)) as MessageRecord[],
  );
  const byPosition = new Map(started.map(message => [message.position, message]));
  return delivered.map(message => byPosition.get(message.position) ?? message);
}
