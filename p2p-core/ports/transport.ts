/**
 * The transport port: what the session layer (in the worker) needs of signalling and peer connections (on the
 * main thread, where RTCPeerConnection lives). Every message is structured-cloneable.
 *
 * A *link* is one RTCPeerConnection with one ordered, reliable, raw data channel. It has no authentication of
 * its own: the handshake gives it that. DESIGN.md §6. A *stripe* is a further such connection of an open link, under a
 * name that begins with the link's; its messages, its queue and its end are told as a link's are.
 */

/** Names one link within one page; never reused. */
export type LinkId = string & { readonly __brand: 'LinkId' };

/** Opaque address at the broker, 26 or more base32 characters (>= 128 bits). Not an identity. */
export type PeerId = string & { readonly __brand: 'PeerId' };

export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** Where to register and how to connect. Addresses with ws: are refused except on loopback. */
export interface NetworkSettings {
  /** `wss://host:port/path` or, on loopback only, `ws://…`. */
  readonly brokerUrl: string;
  readonly iceServers: readonly IceServer[];
  /** Forces `iceTransportPolicy: "relay"`. */
  readonly relayOnly: boolean;
}

export type SignalingState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'registered' }
  | {
      readonly kind: 'offline';
      readonly reason: 'unreachable' | 'id-taken' | 'no-network' | 'refused-address';
    };

/** What a link tells about itself once its data channel is open; both fingerprints are pinned from here on. */
export interface LinkDescription {
  readonly linkId: LinkId;
  /** A = the SDP offerer (HANDSHAKE.md). */
  readonly role: 'A' | 'B';
  readonly localPeerId: PeerId;
  readonly remotePeerId: PeerId;
  /** SHA-256 of the DTLS certificates, 32 bytes each. */
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
}

/** A description that restarts the ICE of an open link (RFC 8445 §9). `offer` numbers the offer it is or answers. */
export interface RestartDescription {
  readonly kind: 'offer' | 'answer';
  readonly offer: number;
  readonly sdp: string;
}

export type LinkCloseReason =
  | 'closed-locally'
  | 'closed-remotely'
  | 'peer-unavailable'
  | 'ice-failed'
  | 'timeout'
  | 'refused-description'
  | 'signaling-lost';

/** What the worker tells the page of a channel that it was handed. `failed`: a rule was broken, or a send refused. */
export type ChannelState = 'open' | 'failed' | 'closed';

export type TransportEvent =
  | { readonly type: 'signaling'; readonly state: SignalingState }
  | { readonly type: 'link-open'; readonly link: LinkDescription }
  | { readonly type: 'link-message'; readonly linkId: LinkId; readonly bytes: Uint8Array }
  /** The same RTCPeerConnection lost or regained its path; nothing about the session changed. */
  | { readonly type: 'link-path'; readonly linkId: LinkId; readonly connected: boolean }
  /** What `restart-ice` or `apply-restart` made: to be passed on inside the session, or sealed. */
  | { readonly type: 'link-restart'; readonly linkId: LinkId; readonly restart: RestartDescription }
  /** What `stripe` made: to be passed on inside the session. */
  | { readonly type: 'stripe-description'; readonly linkId: LinkId; readonly sdp: string }
  | { readonly type: 'stripe-open'; readonly linkId: LinkId }
  /** Sealed bytes for an open link came through the broker. Anybody may have made them. */
  | { readonly type: 'link-signal'; readonly linkId: LinkId; readonly bytes: Uint8Array }
  /** Bytes that the channel has taken off its queue since it opened, and whether that left nothing in it. */
  | {
      readonly type: 'link-drained';
      readonly linkId: LinkId;
      readonly takenBytes: number;
      readonly isEmpty: boolean;
    }
  | { readonly type: 'link-closed'; readonly linkId: LinkId; readonly reason: LinkCloseReason }
  /**
   * The browser went online, the tab woke up, or the network changed: dial again at once. `isNewNetwork`: paths may be
   * dead without knowing it.
   */
  | { readonly type: 'wake'; readonly isNewNetwork?: boolean };

export type TransportCommand =
  | { readonly type: 'register'; readonly peerId: PeerId; readonly network: NetworkSettings }
  | { readonly type: 'unregister' }
  | { readonly type: 'dial'; readonly linkId: LinkId; readonly remotePeerId: PeerId }
  /** Bytes of one data-channel message. Only a sealed frame or a hello ever gets here (see WireFrame). */
  | { readonly type: 'send'; readonly linkId: LinkId; readonly bytes: Uint8Array }
  /** Role A only: makes an offer with new ICE credentials, for an open link. */
  | { readonly type: 'restart-ice'; readonly linkId: LinkId; readonly offer: number }
  /** What the session on this link authenticated: an offer (B), or the answer to the latest own offer (A). */
  | { readonly type: 'apply-restart'; readonly linkId: LinkId; readonly restart: RestartDescription }
  /** Makes a further connection: an offer, or the answer to one that the session authenticated. */
  | { readonly type: 'stripe'; readonly linkId: LinkId; readonly offer: string | null }
  /** Takes the answer to a stripe's offer, authenticated likewise. */
  | { readonly type: 'stripe-answer'; readonly linkId: LinkId; readonly sdp: string }
  /** Sealed bytes for the other end of an open link, through the broker. */
  | { readonly type: 'signal'; readonly linkId: LinkId; readonly bytes: Uint8Array }
  /** The other end of an open link is reached at another address from now on: its session said so. */
  | { readonly type: 'move'; readonly linkId: LinkId; readonly remotePeerId: PeerId }
  | { readonly type: 'close'; readonly linkId: LinkId };

/** The worker's side of the port. `send` takes only what crypto-core sealed, or a hello: see `WireFrame`. */
export interface TransportPort {
  execute(command: TransportCommand): void;
  subscribe(listener: (event: TransportEvent) => void): () => void;
}
