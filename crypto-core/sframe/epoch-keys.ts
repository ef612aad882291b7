/**
 * All SFrame keys of one call in one MLS epoch: our senders, and what our peers announced. Closing it takes every
 * key away at once; `key-chain.ts` decides when.
 */
import { encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { deriveBaseKey, JOIN_NONCE_BYTES, type MlsExporter } from './base-key.ts';
import { encodeKid, isLeaf, isSlot, type TrackAddress } from './kid.ts';
import { SFrameReceiver, type SFrameOpened } from './receiver.ts';
import { SFRAME_COUNTER_LIMIT, SFrameSender } from './sender.ts';

/** Joins of one leaf in one epoch, reloads included; above that its announcements are refused. */
export const JOINS_PER_LEAF_MAX = 256;

/** Where a track stands: the counter of its next frame. */
export interface TrackFloor {
  readonly slot: number;
  readonly nextCounter: number;
}

interface Peer {
  readonly baseKey: Uint8Array;
  readonly floors: readonly TrackFloor[];
  readonly receiver: SFrameReceiver;
  readonly tracks: Map<number, Promise<void>>;
}

/** A call and our own leaf in it. */
export interface CallMember {
  /** 16 bytes. */
  readonly callId: Uint8Array;
  readonly ownLeaf: number;
}

export class EpochKeys {
  readonly epoch: bigint;
  /** Ours in this epoch: 16 bytes, to be announced to the members of the call. */
  readonly joinNonce = randomBytes(JOIN_NONCE_BYTES);
  readonly #member: CallMember;
  readonly #senders = new Map<number, Promise<SFrameSender>>();
  readonly #made: { readonly slot: number; readonly sender: SFrameSender }[] = [];
  readonly #peers = new Map<number, Peer>();
  /** Nonces of each leaf: one that was announced once is never accepted again. */
  readonly #announced = new Map<number, Set<string>>();
  #exporter: MlsExporter | null;

  constructor(member: CallMember, input: { readonly epoch: bigint; readonly exporter: MlsExporter }) {
    this.#member = member;
    this.epoch = input.epoch;
    this.#exporter = input.exporter;
  }

  /** The one sender of a track slot. Throws `session-closed` after {@link closeSenders}. */
  async sender(slot: number): Promise<SFrameSender> {
    const creating = this.#senders.get(slot) ?? this.#createSender(slot);
    this.#senders.set(slot, creating);
    try {
      return await creating;
    } catch (error) {
      // None was made: the next call may try again. What another call put here meanwhile stays.
      if (this.#senders.get(slot) === creating) this.#senders.delete(slot);
      throw error;
    }
  }

  async #createSender(slot: number): Promise<SFrameSender> {
    const { ownLeaf: leaf } = this.#member;
    const kid = encodeKid({ epoch: this.epoch, leaf, slot });
    const baseKey = await this.#exportBaseKey(leaf, this.joinNonce);
    try {
      const sender = await SFrameSender.create({ baseKey, kid });
      if (this.#exporter === null) throw new CryptoCoreError('session-closed');
      this.#made.push({ slot, sender });
      return sender;
    } finally {
      wipe(baseKey);
    }
  }

  /**
   * Takes a member's join nonce; false when it is not acceptable: our own leaf, a nonce of another length, one that
   * this leaf announced before, floors that are none, or too many. The member's former keys of this epoch go.
   */
  async announce(leaf: number, joinNonce: Uint8Array, floors: readonly TrackFloor[] = []): Promise<boolean> {
    if (this.#exporter === null || leaf === this.#member.ownLeaf || !isLeaf(leaf)) return false;
    if (joinNonce.length !== JOIN_NONCE_BYTES || !areFloors(floors)) return false;
    const nonces = this.#announced.get(leaf) ?? new Set();
    const name = encodeHex(joinNonce);
    if (nonces.has(name) || nonces.size >= JOINS_PER_LEAF_MAX) return false;
    this.#announced.set(leaf, nonces.add(name)); // before the first await: the last call is the one that counts
    this.#forget(leaf);
    const baseKey = await this.#exportBaseKey(leaf, joinNonce);
    if (this.#exporter === null || [...nonces].at(-1) !== name) {
      wipe(baseKey);
      return false;
    }
    this.#peers.set(leaf, {
      baseKey,
      floors: [...floors],
      receiver: new SFrameReceiver(),
      tracks: new Map(),
    });
    return true;
  }

  /** Opens a frame whose KID is `kid` and names `address`. */
  async open(
    address: TrackAddress,
    input: { readonly kid: bigint; readonly frame: Uint8Array; readonly metadata: Uint8Array },
  ): Promise<SFrameOpened> {
    const peer = this.#peers.get(address.leaf);
    if (peer === undefined) return { kind: 'rejected', reason: 'unknown-kid' };
    await this.#prepareTrack(peer, address.slot, input.kid);
    const opened = await peer.receiver.open(input.frame, input.metadata);
    // The frame was read twice; a buffer that changed in between names nobody.
    if (opened.kind === 'opened' && opened.kid !== input.kid)
      return { kind: 'rejected', reason: 'malformed' };
    return opened;
  }

  #prepareTrack(peer: Peer, slot: number, kid: bigint): Promise<void> {
    const known = peer.tracks.get(slot);
    if (known !== undefined) return known;
    const floor = peer.floors.find(track => track.slot === slot)?.nextCounter ?? 0;
    const adding = peer.receiver.addKey({ baseKey: peer.baseKey, kid, floor });
    peer.tracks.set(slot, adding);
    return adding;
  }

  /** Where our tracks stand. */
  get floors(): readonly TrackFloor[] {
    return this.#made.map(({ slot, sender }) => ({ slot, nextCounter: sender.nextCounter }));
  }

  /** Takes our own keys away; peers' frames still open. */
  closeSenders(): void {
    this.#exporter = null;
    for (const { sender } of this.#made) sender.close(); // at once: the promises above would take a turn
    this.#made.length = 0;
    this.#senders.clear();
  }

  /** Takes all keys away, also from frames that are being opened. */
  close(): void {
    this.closeSenders();
    for (const leaf of [...this.#peers.keys()]) this.#forget(leaf);
  }

  #forget(leaf: number): void {
    const peer = this.#peers.get(leaf);
    if (peer === undefined) return;
    this.#peers.delete(leaf);
    peer.receiver.close();
    wipe(peer.baseKey);
  }

  #exportBaseKey(leaf: number, joinNonce: Uint8Array): Promise<Uint8Array> {
    if (this.#exporter === null) throw new CryptoCoreError('session-closed');
    return deriveBaseKey(this.#exporter, { callId: this.#member.callId, leaf, joinNonce });
  }
}

function areFloors(floors: readonly TrackFloor[]): boolean {
  const slots = new Set(floors.map(({ slot }) => slot));
  return (
    slots.size === floors.length &&
    floors.every(({ slot, nextCounter }) => {
      const isCounter = Number.isSafeInteger(nextCounter) && nextCounter >= 0;
      return isSlot(slot) && isCounter && nextCounter <= SFRAME_COUNTER_LIMIT;
    })
  );
}
