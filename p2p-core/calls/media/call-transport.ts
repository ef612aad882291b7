/**
 * How the media of a call travel between its members: the port that the mesh and the SFU share. What is above it is the
 * same for both: the sealing gate, the media worker, the keys of the MLS group. P2P-CAL-30.
 */
import type { MediaPeerId, MediaSignal, MediaState } from '../../ports/call-media.ts';
import type { MediaSlot } from '../media-slots.ts';

/** A member as the session worker names it. */
export interface MemberPlace {
  readonly peer: MediaPeerId;
  /** Of a connection between the two: who makes the first description, and who gives way afterwards. */
  readonly isOfferer: boolean;
  readonly isPolite: boolean;
  /** What the member calls itself at an SFU. */
  readonly tag: string;
}

/** A connection that our tracks leave on: one for each member in a mesh, a single one to an SFU. */
export interface SendingLink {
  /** Names it within the call, and its transforms (sealed-sections.ts). */
  readonly id: string;
  /** Null before there is one. */
  sender(slot: MediaSlot): RTCRtpSender | null;
  /** What setTrack was last told for a slot. */
  wanted(slot: MediaSlot): MediaStreamTrack | null;
  /** Sends this track in its slot, or nothing. The caller has made sure that the slot's transform runs. */
  setTrack(slot: MediaSlot, track: MediaStreamTrack | null): Promise<void>;
}

export interface CallTransportEvents {
  /** `stateOf` or `remoteTrack` of a member changed. */
  onMember(peer: MediaPeerId): void;
  /** There is another link: it has no tracks yet. */
  onLink(): void;
  /** To be carried to a member inside the session. */
  onSignal(peer: MediaPeerId, signal: MediaSignal): void;
  /** A member described something else than was agreed. */
  onRefused(): void;
}

export interface CallTransport {
  readonly links: Iterable<SendingLink>;
  /** The one that reaches this member. */
  linkTo(peer: MediaPeerId): SendingLink | null;
  /** From now on media go to this member, and come from it. */
  join(member: MemberPlace): void;
  leave(peer: MediaPeerId): void;
  /** So many rows of our camera are shown at this member. */
  limit(peer: MediaPeerId, rows: number): void;
  /** What a member sent through the session. */
  accept(peer: MediaPeerId, signal: MediaSignal): void;
  /** Null: not a member here. */
  stateOf(peer: MediaPeerId): MediaState | null;
  remoteTrack(peer: MediaPeerId, slot: MediaSlot): MediaStreamTrack | null;
  /** The connection that a member's media come on. */
  connectionOf(peer: MediaPeerId): RTCPeerConnection | null;
  /** New paths for everything. */
  restartIce(): void;
  /** Idempotent. */
  close(): void;
}
