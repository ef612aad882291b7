/**
 * SFrame keys of a call across MLS epochs.
 *
 *     enterEpoch ──► senders of the old epoch end at once, the new join nonce is announced
 *                    peers' keys of the old epoch: open for 10 s more ── or end at once when members were removed
 *
 * Someone who was removed must not be heard again, hence no grace after a removal, nor after an epoch that the call
 * skipped: it may have removed somebody. Only the epoch right before the present one is kept. Sans-I/O: the caller passes the time, and carries join nonces through the session, where the
 * MLS leaf of their author is authenticated.
 *
 * Not responsible for who is speaking within the group: SFrame has no sender signature. A member who works together
 * with a hostile SFU can imitate another member.
 */
import { CryptoCoreError } from '../errors.ts';
import { CALL_ID_BYTES, type MlsExporter } from './base-key.ts';
import { type CallMember, EpochKeys, type TrackFloor } from './epoch-keys.ts';
import { decodeSFrameHeader } from './header.ts';
import { decodeKid, isLeaf, isSameEpoch } from './kid.ts';
import type { SFrameRejection } from './receiver.ts';
import type { SFrameSender } from './sender.ts';

/** How long frames of the epoch before open: reordering and the slowest member's Commit; 10 s of playout delay. */
export const PREVIOUS_EPOCH_MS = 10_000;

/** A new epoch of the call's group. */
export interface SFrameEpoch {
  readonly epoch: bigint;
  readonly exporter: MlsExporter;
  /** Whether the Commit that led here removed anybody. */
  readonly removesMembers: boolean;
  /** Of a clock that does not go back. */
  readonly nowMs: number;
}

/** A member's join nonce, as it came through the session. */
export interface JoinAnnouncement {
  readonly epoch: bigint;
  /** The author's MLS leaf, authenticated by MLS. */
  readonly leaf: number;
  /** 16 bytes. */
  readonly joinNonce: Uint8Array;
  /** Where the author's tracks stand; absent when it has just joined. */
  readonly floors?: readonly TrackFloor[];
}

/** What became of a call's frame. */
export type CallFrameOpened =
  | {
      readonly kind: 'opened';
      readonly leaf: number;
      readonly slot: number;
      readonly plaintext: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: 'rejected'; readonly reason: SFrameRejection };

interface PreviousEpoch {
  readonly keys: EpochKeys;
  readonly sinceMs: number;
}

export class SFrameKeyChain {
  readonly #member: CallMember;
  #current: EpochKeys | null = null;
  #previous: PreviousEpoch | null = null;
  #isClosed = false;

  /** `callId`: 16 bytes, random for each call. Throws `invalid-argument`. */
  constructor(member: CallMember) {
    if (member.callId.length !== CALL_ID_BYTES || !isLeaf(member.ownLeaf)) {
      throw new CryptoCoreError('invalid-argument');
    }
    this.#member = { callId: member.callId.slice(), ownLeaf: member.ownLeaf };
  }

  /**
   * Switches to a later epoch, at once and entirely. Returns our join nonce for it (16 bytes), to be announced
   * through the session. Throws `invalid-argument` for the present or an earlier epoch.
   */
  enterEpoch(next: SFrameEpoch): Uint8Array {
    if (this.#isClosed) throw new CryptoCoreError('session-closed');
    if (this.#current !== null && next.epoch <= this.#current.epoch) {
      throw new CryptoCoreError('invalid-argument');
    }
    const former = this.#current;
    this.#dropPrevious();
    this.#current = new EpochKeys(this.#member, next);
    const hasGrace = former?.epoch === next.epoch - 1n && !next.removesMembers;
    if (former !== null && !hasGrace) former.close();
    if (former !== null && hasGrace) {
      former.closeSenders();
      this.#previous = { keys: former, sinceMs: next.nowMs };
    }
    return this.#current.joinNonce.slice();
  }

  /** The sender of one of our tracks in the present epoch, always the same one. Throws `session-closed`. */
  async sender(slot: number): Promise<SFrameSender> {
    if (this.#current === null) throw new CryptoCoreError('session-closed');
    return this.#current.sender(slot);
  }

  /**
   * What a member who comes late, or reloaded, is told of us in this epoch: the same nonce, and where our tracks
   * stand, so that nobody can play the past to it as live. Throws `session-closed`.
   */
  ownAnnouncement(): JoinAnnouncement & { readonly floors: readonly TrackFloor[] } {
    if (this.#current === null) throw new CryptoCoreError('session-closed');
    const { epoch, joinNonce, floors } = this.#current;
    return { epoch, leaf: this.#member.ownLeaf, joinNonce: joinNonce.slice(), floors };
  }

  /** `deferred`: of a later epoch, to be passed again after the Commit. `rejected`: changes nothing. */
  async announce({
    epoch,
    leaf,
    joinNonce,
    floors,
  }: JoinAnnouncement): Promise<'accepted' | 'deferred' | 'rejected'> {
    const current = this.#current;
    if (this.#isClosed) return 'rejected';
    if (current === null || epoch > current.epoch) return 'deferred';
    if (epoch < current.epoch) return 'rejected';
    return (await current.announce(leaf, joinNonce, floors)) ? 'accepted' : 'rejected';
  }

  /** Opens a peer's frame. Never throws for what came from the network. */
  async open(input: {
    readonly frame: Uint8Array;
    readonly metadata: Uint8Array;
    readonly nowMs: number;
  }): Promise<CallFrameOpened> {
    this.expire(input.nowMs);
    const kid = readKid(input.frame);
    if (kid === null) return { kind: 'rejected', reason: 'malformed' };
    const address = decodeKid(kid);
    const keys = [this.#current, this.#previous?.keys ?? null].find(
      candidate => address !== null && candidate !== null && isSameEpoch(address, candidate.epoch),
    );
    if (address === null || !keys) return { kind: 'rejected', reason: 'unknown-kid' };
    const opened = await keys.open(address, { kid, frame: input.frame, metadata: input.metadata });
    if (opened.kind === 'rejected') return opened;
    return { kind: 'opened', leaf: address.leaf, slot: address.slot, plaintext: opened.plaintext };
  }

  /** Drops the previous epoch when its time is over. A clock that went back counts as over. */
  expire(nowMs: number): void {
    if (this.#previous === null) return;
    const ageMs = nowMs - this.#previous.sinceMs;
    if (!(ageMs >= 0 && ageMs < PREVIOUS_EPOCH_MS)) this.#dropPrevious();
  }

  /** Takes all keys away. The chain can be used no more. */
  close(): void {
    this.#isClosed = true;
    this.#dropPrevious();
    this.#current?.close();
    this.#current = null;
  }

  #dropPrevious(): void {
    this.#previous?.keys.close();
    this.#previous = null;
  }
}

function readKid(frame: Uint8Array): bigint | null {
  try {
    return decodeSFrameHeader(frame).kid;
  } catch (error) {
    if (error instanceof CryptoCoreError && error.code === 'protocol-error') return null;
    throw error;
  }
}
