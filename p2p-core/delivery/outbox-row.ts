/** A message as it waits for the peer's acknowledgement, and back. Pure. */
import type { MessageRecord, OutboxRecord } from '../storage/records.ts';
import { messageDigest } from './message-digest.ts';

/**
 * The text of a number without a message: what was to go under it was deleted before the peer had it. It keeps the
 * numbers dense, and every version of the other side takes it. P2P-RET-09.
 */
export const VOID_TEXT = '\u0000';

export function toOutboxRow(message: MessageRecord): OutboxRecord {
  const { incarnation, seq, position, text, sentAtMs, timer, deadlineMs } = message;
  return {
    incarnation,
    seq,
    position,
    text,
    sentAtMs,
    ...(timer && { timer }),
    ...(deadlineMs !== undefined && { deadlineMs }),
  };
}

export function toMessage(row: OutboxRecord): MessageRecord {
  const { position, incarnation, seq, text, sentAtMs, timer, deadlineMs } = row;
  return {
    position,
    isMine: true,
    incarnation,
    seq,
    text,
    sentAtMs,
    ...(timer && { timer }),
    ...(deadlineMs !== undefined && { deadlineMs }),
  };
}

/** The row with nothing of its message but a digest of what may have been sent. */
export async function toVoid(row: OutboxRecord): Promise<OutboxRecord> {
  const { incarnation, seq, position, sentAtMs } = row;
  const voidedDigest = row.voidedDigest ?? (await messageDigest(row));
  return { incarnation, seq, position, text: VOID_TEXT, sentAtMs, voidedDigest };
}

/** The rows that have a message. */
export function withMessage(rows: readonly OutboxRecord[]): OutboxRecord[] {
  return rows.filter(row => row.voidedDigest === undefined);
}
