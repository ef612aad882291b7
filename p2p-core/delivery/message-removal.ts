/**
 * Deleting in one conversation, durable: here alone (it can be taken back for a while), on both sides, because the
 * peer asks, and because a timer ran out. A message goes with everything that knows it: record, outbox row, terms of
 * the search, what hangs on it. Its number stays used, so it never comes again as a new one. Each method is one unit
 * of work. P2P-RET-05, P2P-RET-07 … P2P-RET-10.
 */
import { P2pError } from '../errors.ts';
import { MAX_DELETIONS_PER_CONTACT, UNDO_DELETE_MS } from '../limits.ts';
import { isDue, isGone } from '../retention/retention.ts';
import type { ConversationRecord, DeletionRecord, MessageRecord } from '../storage/records.ts';
import type { WriteBatch } from '../storage/vault.ts';
import type { ConversationState } from './conversation-state.ts';
import { toVoid } from './outbox-row.ts';
import { type SequencePoint, currentSequence } from './sequence.ts';

export class MessageRemoval {
  readonly #state: ConversationState;

  constructor(state: ConversationState) {
    this.#state = state;
  }

  /** Not shown from now on; gone for good after UNDO_DELETE_MS. Returns the positions that vanished. */
  hide(positions: readonly number[]): Promise<readonly number[]> {
    return this.#state.unit(async batch => {
      const { retention, contactId, record } = this.#state;
      const hiddenUntilMs = retention.nowMs() + UNDO_DELETE_MS;
      const hidden = (await this.#visible(positions)).map(message => ({ ...message, hiddenUntilMs }));
      for (const message of hidden) this.#state.repository.putMessage(batch, message);
      const expiries = hidden.map(({ position }) => ({ position, deadlineMs: hiddenUntilMs }));
      await retention.schedule(batch, contactId, expiries);
      await this.#put(batch, this.#withUnread(record, hidden, -1), hidden);
      return hidden.map(({ position }) => position);
    });
  }

  /** Shows again what was hidden and is still there. */
  unhide(positions: readonly number[]): Promise<readonly MessageRecord[]> {
    return this.#state.unit(async batch => {
      const { record, retention, lastMessage } = this.#state;
      const nowMs = retention.nowMs();
      const found = await this.#at(positions);
      const shown = found
        .filter(message => message.hiddenUntilMs !== undefined && !isDue(message, nowMs))
        .map(({ hiddenUntilMs: _over, ...message }): MessageRecord => message);
      for (const message of shown) this.#state.repository.putMessage(batch, message);
      const newest = shown.at(-1);
      const isNewer = newest !== undefined && newest.position > (lastMessage?.position ?? -1);
      if (shown.length > 0) {
        this.#state.put(batch, this.#withUnread(record, shown, 1), isNewer ? newest : lastMessage);
      }
      return shown;
    });
  }

  /**
   * Own messages, on both sides: a line stays of each here, and the peer is to be asked. Throws P2pError `bad-request`
   * when one is no own message, `outbox-full`.
   */
  deleteForEveryone(positions: readonly number[]): Promise<readonly MessageRecord[]> {
    return this.#state.unit(async batch => {
      const own = await this.#visible(positions);
      if (own.some(({ isMine, kind }) => !isMine || kind !== undefined)) throw new P2pError('bad-request');
      const deletions = this.#state.record.deletions ?? { next: 0, waiting: 0 };
      if (deletions.waiting + own.length > MAX_DELETIONS_PER_CONTACT) throw new P2pError('outbox-full');
      own.forEach(({ incarnation, seq }, index) => {
        this.#state.repository.putDeletion(batch, { ordinal: deletions.next + index, incarnation, seq });
      });
      const counted = { next: deletions.next + own.length, waiting: deletions.waiting + own.length };
      return this.#erase(batch, own, {
        leavesLine: true,
        record: { ...this.#state.record, deletions: counted },
      });
    });
  }

  /** Deletions that the peer can be asked for: it has had the message, or never will. */
  async askable(limit: number): Promise<readonly DeletionRecord[]> {
    if ((this.#state.record.deletions?.waiting ?? 0) === 0) return [];
    const waiting = await this.#state.repository.deletions();
    const { incarnation, ackedSeq } = currentSequence(this.#state.record);
    return waiting
      .filter(deletion => deletion.incarnation !== incarnation || deletion.seq <= ackedSeq)
      .slice(0, limit);
  }

  /** The peer did these. */
  confirm(deletions: readonly DeletionRecord[]): Promise<void> {
    return this.#state.unit(batch => {
      const { record } = this.#state;
      const { next, waiting } = record.deletions ?? { next: 0, waiting: 0 };
      for (const { ordinal } of deletions) this.#state.repository.dropDeletion(batch, ordinal);
      const left = Math.max(0, waiting - deletions.length);
      this.#state.put(batch, { ...record, deletions: { next, waiting: left } });
    });
  }

  /** The peer deletes messages of its own; null when it names one of ours. What is not here is no matter. */
  async applyPeers(points: readonly SequencePoint[]): Promise<readonly MessageRecord[] | null> {
    const { repository, record } = this.#state;
    const ours = new Set(record.own.map(({ incarnation }) => incarnation));
    if (points.some(({ incarnation }) => ours.has(incarnation))) return null;
    const positions: number[] = [];
    // Looked for outside the unit of work: that others write meanwhile does not move a message.
    for (const point of points) {
      const found = await repository.findReceived(point, record.nextPosition);
      if (found !== null) positions.push(found.position);
    }
    return this.#state.unit(async batch => {
      const found = (await this.#at(positions)).filter(({ isMine, kind }) => !isMine && kind === undefined);
      return this.#erase(batch, found, { leavesLine: true, record: this.#state.record });
    });
  }

  /** Deletes what of these is due; returns the positions that are free now. */
  sweep(positions: readonly number[]): Promise<readonly number[]> {
    return this.#state.unit(async batch => {
      const nowMs = this.#state.retention.nowMs();
      const due = (await this.#at(positions)).filter(message => isDue(message, nowMs));
      await this.#erase(batch, due, { leavesLine: false, record: this.#state.record });
      return due.map(({ position }) => position);
    });
  }

  /** Takes messages out with all that knows them; returns the lines that stay in their place. */
  async #erase(
    batch: WriteBatch,
    gone: readonly MessageRecord[],
    options: { readonly leavesLine: boolean; readonly record: ConversationRecord },
  ): Promise<readonly MessageRecord[]> {
    if (gone.length === 0) return [];
    const { repository, retention, contactId } = this.#state;
    for (const message of gone) {
      repository.deleteMessage(batch, message.position);
      if (this.#state.isPending(message)) await this.#voidRow(batch, message.seq);
    }
    await retention.forget(batch, contactId, gone);
    // A line in the place of what was hidden here would show what was deleted here.
    const lines = options.leavesLine ? gone.filter(isShown).map(toDeletedLine) : [];
    for (const line of lines) repository.putMessage(batch, line);
    await this.#put(batch, this.#withUnread(options.record, gone.filter(isShown), -1), gone, lines);
    return lines;
  }

  /** What waits to be sent is not: its number goes without it. */
  async #voidRow(batch: WriteBatch, seq: number): Promise<void> {
    const [row] = await this.#state.repository.outboxBetween(seq, seq, 1);
    if (row === undefined) return;
    const voided = await toVoid(row);
    this.#state.repository.putOutbox(batch, voided);
    batch.onCommit(() => this.#state.voided(voided));
  }

  /** The record, and the newest message that is left to be seen. */
  async #put(
    batch: WriteBatch,
    record: ConversationRecord,
    gone: readonly MessageRecord[],
    lines: readonly MessageRecord[] = [],
  ): Promise<void> {
    const { lastMessage } = this.#state;
    const positions = new Set(gone.map(({ position }) => position));
    if (lastMessage === null || !positions.has(lastMessage.position)) return this.#state.put(batch, record);
    const line = lines.find(({ position }) => position === lastMessage.position);
    this.#state.put(batch, record, line ?? (await this.#state.newestVisible(positions)));
  }

  #withUnread(
    record: ConversationRecord,
    messages: readonly MessageRecord[],
    sign: 1 | -1,
  ): ConversationRecord {
    const unread = messages.filter(
      ({ isMine, kind, position }) => !isMine && kind === undefined && position >= record.readPosition,
    );
    return { ...record, unreadCount: Math.max(0, record.unreadCount + sign * unread.length) };
  }

  async #at(positions: readonly number[]): Promise<MessageRecord[]> {
    const ascending = [...new Set(positions)].sort((a, b) => a - b);
    const found = await Promise.all(ascending.map(position => this.#state.repository.messageAt(position)));
    return found.filter(message => message !== null);
  }

  async #visible(positions: readonly number[]): Promise<MessageRecord[]> {
    const nowMs = this.#state.retention.nowMs();
    return (await this.#at(positions)).filter(message => !isGone(message, nowMs));
  }
}

function isShown({ hiddenUntilMs }: MessageRecord): boolean {
  return hiddenUntilMs === undefined;
}

/** What stays of a message that was deleted for everyone: whose it was, and when. */
function toDeletedLine({ position, isMine, incarnation, seq, sentAtMs }: MessageRecord): MessageRecord {
  return { kind: 'deleted', position, isMine, incarnation, seq, sentAtMs, text: '' };
}
