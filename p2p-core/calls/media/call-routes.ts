/**
 * Which transport carries a call, and the change from one to the other: the new one is made beside the old one, which
 * ends when every member has come over. A member's media are those of whichever works, the newest first. P2P-CAL-35.
 */
import { MAX_QUEUED_CALL_MESSAGES, MESH_SIGNAL_HOLD_MS } from '../../limits.ts';
import type { MediaPeerId, MediaSignal, MediaState, SfuRoom, SfuState } from '../../ports/call-media.ts';
import type { MediaSlot } from '../media-slots.ts';
import type { CallTransport, MemberPlace, SendingLink } from './call-transport.ts';
import { MeshTransport } from './mesh-transport.ts';
import { SfuTransport } from './sfu/sfu-transport.ts';

export interface CallRoutesOptions {
  readonly worker: Worker;
  configuration(): Promise<RTCConfiguration>;
  /** `state`: null while it is the same. */
  onMember(peer: MediaPeerId, state: MediaState | null): void;
  onLink(): void;
  onSignal(peer: MediaPeerId, signal: MediaSignal): void;
  onSfuState(state: SfuState): void;
  onRefused(): void;
}

interface Held {
  readonly atMs: number;
  readonly signals: MediaSignal[];
}

const RANK: readonly MediaState[] = ['connected', 'connecting', 'lost', 'failed'];

export class CallRoutes {
  readonly #options: CallRoutesOptions;
  readonly #members = new Map<MediaPeerId, { readonly place: MemberPlace; state: MediaState | null }>();
  /** Rows of our camera that each member shows, as far as it said. */
  readonly #rows = new Map<MediaPeerId, number>();
  /** Signals of a mesh that somebody returned to before us, since their last offer. */
  readonly #held = new Map<MediaPeerId, Held>();
  /** The newest last. */
  #transports: CallTransport[];

  constructor(options: CallRoutesOptions) {
    this.#options = options;
    this.#transports = [this.#makeMesh()];
  }

  get members(): readonly MediaPeerId[] {
    return [...this.#members.keys()];
  }

  get links(): readonly SendingLink[] {
    return this.#transports.flatMap(({ links }) => [...links]);
  }

  /** The connection that our tracks reach a member on. */
  linkTo(peer: MediaPeerId): SendingLink | null {
    return this.#carrierOf(peer)?.linkTo(peer) ?? null;
  }

  join(place: MemberPlace): void {
    if (this.#members.has(place.peer)) return;
    this.#members.set(place.peer, { place, state: null });
    // Who joins while we move joins where we move to.
    this.#enter(this.#newest, place);
  }

  /** A member said how large it shows our camera. */
  limit(peer: MediaPeerId, rows: number): void {
    this.#rows.set(peer, rows);
    for (const transport of this.#transports) transport.limit(peer, rows);
  }

  leave(peer: MediaPeerId): void {
    this.#members.delete(peer);
    this.#held.delete(peer);
    this.#rows.delete(peer);
    for (const transport of this.#transports) transport.leave(peer);
    this.#settle();
  }

  accept(peer: MediaPeerId, signal: MediaSignal): void {
    const mesh = this.#transports.findLast(transport => transport instanceof MeshTransport);
    // What begins a mesh that we have not come back to is not for the one that we left.
    const isForLater = mesh !== this.#newest && (this.#held.has(peer) || mesh?.isOfAnother(peer, signal));
    if (mesh !== undefined && !isForLater && mesh.stateOf(peer) !== null) return mesh.accept(peer, signal);
    if (!this.#members.has(peer)) return;
    if (signal.kind === 'offer') this.#held.set(peer, { atMs: performance.now(), signals: [] });
    const held = this.#held.get(peer);
    if (held !== undefined && held.signals.length < MAX_QUEUED_CALL_MESSAGES) held.signals.push(signal);
  }

  /** Moves to this room, or back to a mesh. */
  take(sfu: SfuRoom | null, ownTag: string): void {
    const newest = this.#newest;
    if (sfu === null) {
      if (newest instanceof MeshTransport) return;
      this.#closeAll(old => old instanceof MeshTransport); // its connections are those of the mesh that was left
      this.#move(this.#makeMesh());
      return this.#release();
    }
    if (newest instanceof SfuTransport && newest.isOf(sfu)) return newest.renew(sfu);
    const { worker, onSfuState } = this.#options;
    const transport: SfuTransport = new SfuTransport({
      ...this.#shared(),
      worker,
      room: sfu,
      ownTag,
      onState: state => {
        if (this.#newest === transport) onSfuState(state);
      },
    });
    this.#move(transport);
  }

  stateOf(peer: MediaPeerId): MediaState | null {
    const states = this.#transports.map(transport => transport.stateOf(peer));
    return RANK.find(state => states.includes(state)) ?? null;
  }

  remoteTrack(peer: MediaPeerId, slot: MediaSlot): MediaStreamTrack | null {
    return this.#carrierOf(peer)?.remoteTrack(peer, slot) ?? null;
  }

  /** Whether a member's media come by an SFU. */
  isBySfu(peer: MediaPeerId): boolean {
    return this.#carrierOf(peer) instanceof SfuTransport;
  }

  connectionOf(peer: MediaPeerId): RTCPeerConnection | null {
    return this.#carrierOf(peer)?.connectionOf(peer) ?? null;
  }

  restartIce(): void {
    for (const transport of this.#transports) transport.restartIce();
  }

  close(): void {
    for (const transport of this.#transports.splice(0)) transport.close();
    this.#members.clear();
    this.#held.clear();
    this.#rows.clear();
  }

  get #newest(): CallTransport {
    return this.#transports.at(-1) as CallTransport;
  }

  #carrierOf(peer: MediaPeerId): CallTransport | undefined {
    const working = this.#transports.findLast(transport => transport.stateOf(peer) === 'connected');
    return working ?? this.#transports.findLast(transport => transport.connectionOf(peer) !== null);
  }

  #makeMesh(): MeshTransport {
    const { worker, onSignal, onRefused } = this.#options;
    return new MeshTransport({ ...this.#shared(), worker, onSignal, onRefused });
  }

  #shared(): Pick<CallRoutesOptions, 'configuration' | 'onLink'> & { onMember(peer: MediaPeerId): void } {
    const { configuration, onLink } = this.#options;
    return { configuration, onLink, onMember: peer => this.#changed(peer) };
  }

  /** An SFU that does not work ends at once when it is left; what works goes on until everybody has come over. */
  #move(to: CallTransport): void {
    this.#closeAll(old => old instanceof SfuTransport && !old.isUp);
    // One way beside the new one is enough: whoever changes again and again gathers none.
    const kept = this.#transports.findLast(old => this.#carriesAny(old)) ?? this.#transports.at(-1);
    this.#closeAll(old => old !== kept);
    this.#transports.push(to);
    for (const { place } of this.#members.values()) this.#enter(to, place);
    this.#settle();
  }

  #enter(transport: CallTransport, place: MemberPlace): void {
    transport.join(place);
    const rows = this.#rows.get(place.peer);
    if (rows !== undefined) transport.limit(place.peer, rows);
  }

  #carriesAny(transport: CallTransport): boolean {
    return [...this.#members.keys()].some(peer => transport.stateOf(peer) === 'connected');
  }

  #closeAll(isMeant: (transport: CallTransport) => boolean): void {
    const over = this.#transports.filter(isMeant);
    this.#transports = this.#transports.filter(transport => !over.includes(transport));
    for (const transport of over) transport.close();
  }

  /** What others sent us of the mesh while we were still elsewhere. */
  #release(): void {
    const nowMs = performance.now();
    for (const [peer, { atMs, signals }] of this.#held) {
      if (nowMs - atMs < MESH_SIGNAL_HOLD_MS) for (const signal of signals) this.#newest.accept(peer, signal);
    }
    this.#held.clear();
  }

  #changed(peer: MediaPeerId): void {
    const member = this.#members.get(peer);
    if (member === undefined) return;
    this.#settle();
    const state = this.stateOf(peer);
    const isNew = state !== null && state !== member.state;
    member.state = state;
    this.#options.onMember(peer, isNew ? state : null);
  }

  #settle(): void {
    const newest = this.#transports.at(-1);
    if (newest === undefined || this.#transports.length === 1) return;
    const haveCome = [...this.#members.keys()].every(peer => newest.stateOf(peer) === 'connected');
    if (!haveCome || this.#members.size === 0) return;
    for (const transport of this.#transports.splice(0, this.#transports.length - 1)) transport.close();
  }
}
