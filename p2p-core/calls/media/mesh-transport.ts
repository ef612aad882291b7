/** Everybody with everybody: a connection with each member, negotiated inside the sessions. */
import type { MediaPeerId, MediaSignal, MediaState } from '../../ports/call-media.ts';
import type { MediaSlot } from '../media-slots.ts';
import type { CallTransport, CallTransportEvents, MemberPlace } from './call-transport.ts';
import { PeerMedia } from './peer-media.ts';

export interface MeshTransportOptions extends CallTransportEvents {
  readonly worker: Worker;
  /** ICE servers and policy of now. */
  configuration(): Promise<RTCConfiguration>;
}

export class MeshTransport implements CallTransport {
  readonly #options: MeshTransportOptions;
  readonly #peers = new Map<MediaPeerId, { readonly media: PeerMedia; state: MediaState }>();

  constructor(options: MeshTransportOptions) {
    this.#options = options;
  }

  get links(): readonly PeerMedia[] {
    return [...this.#peers.values()].map(({ media }) => media);
  }

  linkTo(peer: MediaPeerId): PeerMedia | null {
    return this.#peers.get(peer)?.media ?? null;
  }

  join({ peer, isOfferer, isPolite }: MemberPlace): void {
    if (this.#peers.has(peer)) return;
    const { worker, configuration, onLink, onMember, onSignal, onRefused } = this.#options;
    const media = new PeerMedia({
      peer,
      isOfferer,
      isPolite,
      worker,
      configuration,
      send: signal => onSignal(peer, signal),
      onState: state => {
        const entry = this.#peers.get(peer);
        if (entry?.media !== media) return;
        entry.state = state;
        onMember(peer);
      },
      onRefused,
    });
    this.#peers.set(peer, { media, state: 'connecting' });
    this.#count();
    onLink();
  }

  leave(peer: MediaPeerId): void {
    this.#peers.get(peer)?.media.close();
    this.#peers.delete(peer);
    this.#count();
  }

  limit(peer: MediaPeerId, rows: number): void {
    this.#peers.get(peer)?.media.setRows(rows);
  }

  accept(peer: MediaPeerId, signal: MediaSignal): void {
    this.#peers.get(peer)?.media.accept(signal);
  }

  /** A description of another connection than the one that there is. */
  isOfAnother(peer: MediaPeerId, signal: MediaSignal): boolean {
    return this.#peers.get(peer)?.media.isOfAnother(signal) ?? false;
  }

  stateOf(peer: MediaPeerId): MediaState | null {
    return this.#peers.get(peer)?.state ?? null;
  }

  remoteTrack(peer: MediaPeerId, slot: MediaSlot): MediaStreamTrack | null {
    return this.#peers.get(peer)?.media.remoteTrack(slot) ?? null;
  }

  connectionOf(peer: MediaPeerId): RTCPeerConnection | null {
    return this.#peers.get(peer)?.media.connection ?? null;
  }

  restartIce(): void {
    for (const { media } of this.#peers.values()) media.restartIce();
  }

  /** What each gets depends on how many there are. */
  #count(): void {
    for (const { media } of this.#peers.values()) media.setOthers(this.#peers.size);
  }

  close(): void {
    for (const { media } of this.#peers.values()) media.close();
    this.#peers.clear();
  }
}
