/**
 * The rules of order of one conversation, pure: (record, event) → next record. An id is fixed once: conversation,
 * author, incarnation, seq. Exactly once is a property of these ids, never of ciphertext. DESIGN.md §6,
 * P2P-DEL-01 … P2P-DEL-10. Not responsible for storage (conversation-store.ts) or for the wire.
 */
import { MAX_CURSORS_PER_PDU } from '../limits.ts';
import { encodeBase64Url } from '../storage/base64url.ts';
import type { ConversationRecord, OwnSequence, PeerSequence } from '../storage/records.ts';

const INCARNATION_BYTES = 16;

/** A fresh incarnation: base64url of 16 random bytes. */
export function randomIncarnation(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(INCARNATION_BYTES)));
}

/** The part of an id that travels: whose message of which incarnation. */
export interface SequencePoint {
  readonly incarnation: string;
  readonly seq: number;
}

/** A cursor: the highest seq held of an incarnation, and which message that is. */
export interface HeldPoint extends SequencePoint {
  readonly digest: string;
}

/** An empty conversation whose own messages carry `incarnation` (base64url of 16 random bytes). */
export function newConversation(incarnation: string, nowMs: number): ConversationRecord {
  return {
    nextPosition: 0,
    readPosition: 0,
    unreadCount: 0,
    lastActivityAtMs: nowMs,
    own: [newSequence(incarnation)],
    peer: [],
  };
}

function newSequence(incarnation: string): OwnSequence {
  return { incarnation, nextSeq: 1, ackedSeq: 0, readSeq: 0, closedSeq: 0 };
}

/** The incarnation under which new messages are numbered. */
export function currentSequence(conversation: ConversationRecord): OwnSequence {
  const current = conversation.own.at(-1);
  if (current === undefined) throw new RangeError('own'); // the schema demands one
  return current;
}

/** No message of any incarnation. */
export const NOTHING_ACKED: SequencePoint = { incarnation: '', seq: 0 };

/** What the peer acknowledged of the current incarnation. */
export function ackedPoint(conversation: ConversationRecord): SequencePoint {
  const { incarnation, ackedSeq } = currentSequence(conversation);
  return { incarnation, seq: ackedSeq };
}

/** Own messages that the peer has not acknowledged. */
export function pendingCount(conversation: ConversationRecord): number {
  const { nextSeq, ackedSeq } = currentSequence(conversation);
  return nextSeq - 1 - ackedSeq;
}

export interface AssignedOutgoing {
  readonly next: ConversationRecord;
  readonly point: SequencePoint;
  readonly position: number;
}

/** Numbers the next own message. */
export function assignOutgoing(conversation: ConversationRecord, nowMs: number): AssignedOutgoing {
  const { incarnation, nextSeq } = currentSequence(conversation);
  const own = replaceOwn(conversation, incarnation, { nextSeq: nextSeq + 1 });
  const position = conversation.nextPosition;
  return {
    next: { ...conversation, own, nextPosition: position + 1, lastActivityAtMs: nowMs },
    point: { incarnation, seq: nextSeq },
    position,
  };
}

export type AcceptedIncoming =
  | { readonly kind: 'store'; readonly next: ConversationRecord; readonly position: number }
  /** Held already: drop it and acknowledge again. */
  | { readonly kind: 'duplicate'; readonly heldSeq: number }
  /** A gap on an ordered channel, or too many incarnations: the peer broke the protocol. */
  | { readonly kind: 'refused' };

/** Decides about one received message. */
export function acceptIncoming(
  conversation: ConversationRecord,
  point: HeldPoint,
  nowMs: number,
): AcceptedIncoming {
  const known = conversation.peer.find(sequence => sequence.incarnation === point.incarnation);
  const heldSeq = known?.heldSeq ?? 0;
  if (point.seq <= heldSeq) return { kind: 'duplicate', heldSeq };
  if (point.seq !== heldSeq + 1) return { kind: 'refused' };
  if (known === undefined && conversation.peer.length >= MAX_CURSORS_PER_PDU) return { kind: 'refused' };
  const position = conversation.nextPosition;
  const advanced: PeerSequence = {
    incarnation: point.incarnation,
    heldSeq: point.seq,
    heldDigest: point.digest,
    readSeq: known?.readSeq ?? 0,
  };
  const peer = [...conversation.peer.filter(sequence => sequence !== known), advanced];
  const unreadCount = conversation.unreadCount + 1;
  const next = { ...conversation, peer, nextPosition: position + 1, unreadCount, lastActivityAtMs: nowMs };
  return { kind: 'store', next, position };
}

export type AppliedAck =
  | { readonly kind: 'advanced'; readonly next: ConversationRecord; readonly fromSeq: number }
  /** Old news, or an incarnation that is not current. */
  | { readonly kind: 'nothing' }
  /** Acknowledges what was never sent. */
  | { readonly kind: 'refused' };

/** Applies a cumulative acknowledgement (`ackedSeq`) or read receipt (`readSeq`). */
export function applyAck(
  conversation: ConversationRecord,
  point: SequencePoint,
  field: 'ackedSeq' | 'readSeq',
): AppliedAck {
  const own = conversation.own.find(sequence => sequence.incarnation === point.incarnation);
  if (own === undefined) return { kind: 'nothing' };
  if (point.seq >= own.nextSeq) return { kind: 'refused' };
  if (point.seq <= own[field]) return { kind: 'nothing' };
  const next = { ...conversation, own: replaceOwn(conversation, own.incarnation, { [field]: point.seq }) };
  return { kind: 'advanced', next, fromSeq: own[field] + 1 };
}

export type Reconciled =
  /** The usual case: the peer holds at least what it acknowledged. */
  | { readonly kind: 'in-step'; readonly heldSeq: number }
  /** The peer holds more of us than we ever numbered, or another message under our number: we are a copy. */
  | { readonly kind: 'own-copy-restored' }
  /** The peer holds less than it acknowledged before this connection: it is a restored copy. */
  | { readonly kind: 'peer-copy-restored'; readonly heldSeq: number };

/** What the author knows beside its record when it reads cursors. */
export interface ReconcileFacts {
  /**
   * What was acknowledged when this connection opened: everything acknowledged by then was stored before the peer
   * wrote its cursors, whatever other links carried since. Of another incarnation than the current one it says
   * nothing: what waited was numbered anew meanwhile.
   */
  readonly ackedAtOpen: SequencePoint;
  /** Digest of our unacknowledged message at the peer's cursor; null when that seq is acknowledged or unknown. */
  readonly ownDigest: string | null;
}

/** Reads the peer's cursors. */
export function reconcile(
  conversation: ConversationRecord,
  held: readonly HeldPoint[],
  { ackedAtOpen, ownDigest }: ReconcileFacts,
): Reconciled {
  const isAhead = held.some(({ incarnation, seq }) => {
    const own = conversation.own.find(sequence => sequence.incarnation === incarnation);
    return own === undefined || seq >= own.nextSeq;
  });
  const current = heldOfCurrent(conversation, held);
  const isAnothers = ownDigest !== null && current !== null && current.digest !== ownDigest;
  if (isAhead || isAnothers) return { kind: 'own-copy-restored' };
  const heldSeq = current?.seq ?? 0;
  const isOfCurrent = ackedAtOpen.incarnation === currentSequence(conversation).incarnation;
  return { kind: isOfCurrent && heldSeq < ackedAtOpen.seq ? 'peer-copy-restored' : 'in-step', heldSeq };
}

/** The peer's cursor for our current incarnation, or null. */
export function heldOfCurrent(
  conversation: ConversationRecord,
  held: readonly HeldPoint[],
): HeldPoint | null {
  const { incarnation } = currentSequence(conversation);
  return held.find(point => point.incarnation === incarnation) ?? null;
}

/** Own messages of one incarnation, from `firstSeq` to `lastSeq`. */
export interface SequenceRange {
  readonly incarnation: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/**
 * What a restored peer lost of the incarnations before the current one: acknowledged once, not held now, and not
 * closed. Of those nothing is acknowledged any more, so cursors of any link tell the same.
 */
export function lostOfEarlier(
  conversation: ConversationRecord,
  held: readonly SequencePoint[],
): SequenceRange[] {
  return conversation.own
    .slice(0, -1)
    .map(sequence => lostRange(sequence, held))
    .filter(({ firstSeq, lastSeq }) => firstSeq <= lastSeq);
}

/** What of one incarnation was acknowledged, is not held, and may go out again; empty when first > last. */
export function lostRange(
  { incarnation, ackedSeq, closedSeq }: OwnSequence,
  held: readonly SequencePoint[],
): SequenceRange {
  const heldSeq = held.find(point => point.incarnation === incarnation)?.seq ?? 0;
  return { incarnation, firstSeq: Math.max(heldSeq, closedSeq) + 1, lastSeq: ackedSeq };
}

/** Nothing that the peer acknowledged may go out again, of any incarnation. */
export function closePast(conversation: ConversationRecord): ConversationRecord {
  const own = conversation.own.map(sequence => ({
    ...sequence,
    closedSeq: Math.max(sequence.closedSeq, sequence.ackedSeq),
  }));
  return { ...conversation, own };
}

/** These are numbered anew: under their old ids they count as never acknowledged. */
export function withdrawAcked(
  conversation: ConversationRecord,
  ranges: readonly SequenceRange[],
): ConversationRecord {
  const own = conversation.own.map(sequence => {
    const range = ranges.find(({ incarnation }) => incarnation === sequence.incarnation);
    return range === undefined ? sequence : { ...sequence, ackedSeq: range.firstSeq - 1 };
  });
  return { ...conversation, own };
}

/**
 * Starts a new incarnation after a restore. What the peer holds of older ones is remembered, so that the same
 * cursors do not look ahead again. Unacknowledged messages are numbered anew by the caller (nextSeq starts at 1).
 */
export function reincarnate(
  conversation: ConversationRecord,
  held: readonly SequencePoint[],
  incarnation: string,
): ConversationRecord {
  const older = new Map(conversation.own.map(sequence => [sequence.incarnation, sequence]));
  for (const point of held) {
    const known = older.get(point.incarnation);
    older.set(point.incarnation, {
      incarnation: point.incarnation,
      nextSeq: Math.max(known?.nextSeq ?? 1, point.seq + 1),
      ackedSeq: Math.max(known?.ackedSeq ?? 0, point.seq),
      readSeq: known?.readSeq ?? 0,
      closedSeq: known?.closedSeq ?? 0,
    });
  }
  return {
    ...conversation,
    own: [...older.values(), newSequence(incarnation)].slice(-2 * MAX_CURSORS_PER_PDU),
  };
}

/** Sets the acknowledged seq back after the peer was restored; the caller refills the outbox. */
export function rewindAcked(conversation: ConversationRecord, heldSeq: number): ConversationRecord {
  const { incarnation } = currentSequence(conversation);
  return { ...conversation, own: replaceOwn(conversation, incarnation, { ackedSeq: heldSeq }) };
}

/** What this side states first: the highest seq held of the peer, per incarnation. */
export function heldPoints(conversation: ConversationRecord): HeldPoint[] {
  return conversation.peer
    .slice(-MAX_CURSORS_PER_PDU)
    .map(({ incarnation, heldSeq, heldDigest }) => ({ incarnation, seq: heldSeq, digest: heldDigest }));
}

function replaceOwn(
  conversation: ConversationRecord,
  incarnation: string,
  change: Partial<OwnSequence>,
): OwnSequence[] {
  return conversation.own.map(sequence =>
    sequence.incarnation === incarnation ? { ...sequence, ...change } : sequence,
  );
}
