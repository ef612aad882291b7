/** What is known of a conversation on two sides becomes one. Pure. P2P-MOV-04, P2P-MOV-05. */
import type { ConversationRecord, MessageRecord, OwnSequence, PeerSequence } from '../storage/records.ts';

/** The sequences of the merged conversation; the last own one is current. */
export interface MergedSequences {
  readonly own: readonly OwnSequence[];
  readonly peer: readonly PeerSequence[];
  /** True when this device goes on under the incarnation that it had: then what waits here keeps its numbers. */
  readonly goesOn: boolean;
}

/**
 * `here`: null when there is no such conversation. `fresh`: the incarnation under which this device goes on, unless the
 * export knows nothing that its own one does not: a number that was used must not be used again.
 */
export function mergeSequences(
  here: ConversationRecord | null,
  there: ConversationRecord,
  fresh: string,
): MergedSequences {
  const own = mergeOwn(here?.own ?? [], there.own);
  const peer = mergePeer(here?.peer ?? [], there.peer);
  const current = here?.own.at(-1);
  const goesOn = current !== undefined && !isBehind(current, there.own);
  if (goesOn) return { own, peer, goesOn };
  const next = { incarnation: fresh, nextSeq: 1, ackedSeq: 0, readSeq: 0, closedSeq: 0 };
  return { own: [...own, next], peer, goesOn };
}

/** An own message that no one acknowledged, and that may still go out. */
export function isWaiting(
  { isMine, incarnation, seq }: Pick<MessageRecord, 'isMine' | 'incarnation' | 'seq'>,
  own: readonly OwnSequence[],
): boolean {
  const sequence = own.find(entry => entry.incarnation === incarnation);
  return isMine && sequence !== undefined && seq > Math.max(sequence.ackedSeq, sequence.closedSeq);
}

function isBehind({ incarnation, nextSeq }: OwnSequence, there: readonly OwnSequence[]): boolean {
  return there.some(entry => entry.incarnation === incarnation && entry.nextSeq > nextSeq);
}

function mergeOwn(here: readonly OwnSequence[], there: readonly OwnSequence[]): OwnSequence[] {
  const merged = new Map(there.map(entry => [entry.incarnation, entry]));
  for (const entry of here) {
    const other = merged.get(entry.incarnation);
    merged.delete(entry.incarnation); // ours come last, in their order
    merged.set(entry.incarnation, {
      ...entry,
      nextSeq: Math.max(entry.nextSeq, other?.nextSeq ?? 0),
      ackedSeq: Math.max(entry.ackedSeq, other?.ackedSeq ?? 0),
      readSeq: Math.max(entry.readSeq, other?.readSeq ?? 0),
      closedSeq: Math.max(entry.closedSeq, other?.closedSeq ?? 0),
    });
  }
  return [...merged.values()];
}

function mergePeer(here: readonly PeerSequence[], there: readonly PeerSequence[]): PeerSequence[] {
  const merged = new Map(there.map(entry => [entry.incarnation, entry]));
  for (const entry of here) {
    const other = merged.get(entry.incarnation);
    if (other === undefined || other.heldSeq <= entry.heldSeq) merged.set(entry.incarnation, entry);
  }
  return [...merged.values()];
}
