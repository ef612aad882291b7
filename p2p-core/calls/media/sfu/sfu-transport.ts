/**
 * A call by way of an SFU: our media go up once, and each member's come down on a connection of its own. The SFU may
 * die and come back: we join again until it is there. P2P-CAL-31, P2P-CAL-34.
 *
 * Not responsible for which SFU, nor for giving it up: the session worker decides.
 */
import { SFU_PATIENCE_MS, SFU_RETRY_BASE_MS, SFU_RETRY_MAX_MS } from '../../../limits.ts';
import type { MediaPeerId, MediaState, SfuRoom, SfuState } from '../../../ports/call-media.ts';
import { BackOff } from '../../../transport/back-off.ts';
import { randomFraction } from '../../../transport/random.ts';
import type { MediaSlot } from '../../media-slots.ts';
import type { CallTransport, MemberPlace, SendingLink } from '../call-transport.ts';
import { SfuStay } from './sfu-stay.ts';

export interface SfuTransportOptions {
  readonly room: SfuRoom;
  readonly ownTag: string;
  readonly worker: Worker;
  configuration(): Promise<RTCConfiguration>;
  onMember(peer: MediaPeerId): void;
  onLink(): void;
  onState(state: SfuState): void;
}

interface Member {
  readonly tag: string;
  wasConnected: boolean;
  /** Of our camera, shown there. */
  rows: number;
}

export class SfuTransport implements CallTransport {
  readonly #options: SfuTransportOptions;
  readonly #members = new Map<MediaPeerId, Member>();
  readonly #backOff = new BackOff(SFU_RETRY_BASE_MS, SFU_RETRY_MAX_MS, randomFraction);
  #room: SfuRoom;
  #stay: SfuStay | null = null;
  #isUp = false;
  #isClosed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SfuTransportOptions) {
    this.#options = options;
    this.#room = options.room;
    this.#wait();
    void this.#visit();
  }

  get links(): readonly SendingLink[] {
    const uplink = this.#stay?.uplink ?? null;
    return uplink === null ? [] : [uplink];
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  linkTo(): SendingLink | null {
    return this.#stay?.uplink ?? null;
  }

  /** Whether this is the way to that room; tokens may differ. */
  isOf({ url, room }: SfuRoom): boolean {
    return this.#room.url === url && this.#room.room === room;
  }

  /** New tokens for the same room. */
  renew(room: SfuRoom): void {
    this.#room = room;
  }

  join({ peer, tag }: MemberPlace): void {
    if (this.#members.has(peer)) return;
    this.#members.set(peer, { tag, wasConnected: false, rows: Infinity });
    this.#stay?.follow(tag, peer);
    this.#count();
  }

  leave(peer: MediaPeerId): void {
    const member = this.#members.get(peer);
    this.#members.delete(peer);
    if (member !== undefined) this.#stay?.unfollow(member.tag);
    this.#count();
  }

  limit(peer: MediaPeerId, rows: number): void {
    const member = this.#members.get(peer);
    if (member === undefined) return;
    member.rows = rows;
    this.#count();
  }

  /** Members have nothing to negotiate: what comes is of a mesh that was. */
  accept(): void {
    return;
  }

  stateOf(peer: MediaPeerId): MediaState | null {
    const member = this.#members.get(peer);
    if (member === undefined) return null;
    const isDown = this.connectionOf(peer)?.connectionState !== 'connected';
    if (!isDown && this.#isUp) return 'connected';
    return member.wasConnected ? 'lost' : 'connecting';
  }

  remoteTrack(peer: MediaPeerId, slot: MediaSlot): MediaStreamTrack | null {
    return this.#downlinkOf(peer)?.track(slot) ?? null;
  }

  connectionOf(peer: MediaPeerId): RTCPeerConnection | null {
    return this.#downlinkOf(peer)?.connection ?? null;
  }

  /** Joining again takes as long as new paths would, and is one way less that can fail. */
  restartIce(): void {
    this.#backOff.reset();
    this.#stay?.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#patience);
    this.#stay?.close();
    this.#members.clear();
  }

  #downlinkOf(peer: MediaPeerId): ReturnType<SfuStay['downlinkOf']> {
    const member = this.#members.get(peer);
    return member === undefined ? null : (this.#stay?.downlinkOf(member.tag) ?? null);
  }

  /** One stay after another, as long as this transport is wanted. */
  async #visit(): Promise<void> {
    const { worker, ownTag, configuration } = this.#options;
    const stay = new SfuStay({
      worker,
      ownTag,
      configuration,
      room: () => this.#room,
      onUp: () => this.#up(stay),
      onMember: peer => this.#changed(peer),
    });
    this.#stay = stay;
    // Refused or unreachable: the next try follows, and `over` has resolved.
    const isIn = await stay.enter().then(
      () => true,
      () => false,
    );
    if (isIn && !this.#isClosed) {
      for (const [peer, { tag }] of this.#members) stay.follow(tag, peer);
      this.#count();
      this.#options.onLink();
    }
    await stay.over;
    this.#lost();
  }

  #count(): void {
    const rows = Math.max(0, ...[...this.#members.values()].map(member => member.rows));
    void this.#stay?.uplink?.setMembers(this.#members.size, rows === 0 ? Infinity : rows);
  }

  #up(stay: SfuStay): void {
    if (this.#stay !== stay || this.#isClosed) return;
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#isUp = true;
    this.#backOff.reset();
    this.#options.onState('connected');
    for (const peer of this.#members.keys()) this.#changed(peer);
  }

  #lost(): void {
    if (this.#isClosed) return;
    this.#isUp = false;
    this.#wait();
    this.#options.onState('lost');
    for (const peer of this.#members.keys()) this.#changed(peer);
    this.#retry = setTimeout(() => void this.#visit(), this.#backOff.nextMs());
  }

  #wait(): void {
    this.#patience ??= setTimeout(() => this.#options.onState('failed'), SFU_PATIENCE_MS);
  }

  #changed(peer: MediaPeerId): void {
    const member = this.#members.get(peer);
    if (member === undefined) return;
    if (this.stateOf(peer) === 'connected') member.wasConnected = true;
    this.#options.onMember(peer);
  }
}
