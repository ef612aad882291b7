/**
 * The media port: what the call logic (in the session worker) needs of RTCPeerConnections for media (on the page). The
 * page makes descriptions and candidates; the worker carries them inside the session, checked. Keys do not pass here.
 */

/** Names one call: 16 random bytes as base64url. */
export type CallId = string & { readonly __brand: 'CallId' };

/** Names the media connection with one member within a call. */
export type MediaPeerId = string & { readonly __brand: 'MediaPeerId' };

/** What two media connections tell each other. */
export type MediaSignal =
  | { readonly kind: 'offer'; readonly sdp: string }
  | { readonly kind: 'answer'; readonly sdp: string }
  /** One ICE candidate; '' ends them. `section`: the media section that it belongs to. */
  | {
      readonly kind: 'candidate';
      readonly candidate: string;
      readonly section: number;
      readonly ufrag: string | null;
    };

export type MediaState = 'connecting' | 'connected' | 'lost' | 'failed';

/** A room at an SFU, and what opens it. The SFU learns neither names nor keys from it. */
export interface SfuRoom {
  /** `wss://…`; `ws:` on loopback only. */
  readonly url: string;
  /** 16 random bytes as base64url. */
  readonly room: string;
  /** For the SFU itself, and for the room; both expire. */
  readonly apiToken: string;
  readonly roomToken: string;
}

/** A room as a broker gives it. */
export interface SfuPlace extends SfuRoom {
  /** How long the tokens are good. */
  readonly ttlMs: number;
}

/** The way to the SFU: `lost` while it is tried again, `failed` when that came to nothing. */
export type SfuState = 'connected' | 'lost' | 'failed';

export type CallMediaCommand =
  /** A call begins to need media: starts the media worker, which gets its keys by `call-keys`. */
  | { readonly type: 'media-open'; readonly call: CallId }
  /** A connection with one member. The offerer makes the first description; the polite side gives way afterwards. */
  | {
      readonly type: 'media-connect';
      readonly call: CallId;
      readonly peer: MediaPeerId;
      readonly isOfferer: boolean;
      readonly isPolite: boolean;
      /** What the member calls itself at an SFU. */
      readonly tag: string;
    }
  | {
      readonly type: 'media-signal';
      readonly call: CallId;
      readonly peer: MediaPeerId;
      readonly signal: MediaSignal;
    }
  | { readonly type: 'media-disconnect'; readonly call: CallId; readonly peer: MediaPeerId }
  /** So many rows of our camera are shown at this member: more need not be sent there. */
  | {
      readonly type: 'media-picture';
      readonly call: CallId;
      readonly peer: MediaPeerId;
      readonly rows: number;
    }
  /** Media go by this room from now on, once it works; null: from member to member. `ownTag`: our name there. */
  | {
      readonly type: 'media-topology';
      readonly call: CallId;
      readonly sfu: SfuRoom | null;
      readonly ownTag: string;
    }
  /** Asks the person's broker to have this room ready: answered by `media-sfu-place`. */
  | { readonly type: 'media-ask-sfu'; readonly call: CallId; readonly room: string }
  | { readonly type: 'media-close'; readonly call: CallId };

export type CallMediaEvent =
  | {
      readonly type: 'media-signal';
      readonly call: CallId;
      readonly peer: MediaPeerId;
      readonly signal: MediaSignal;
    }
  | {
      readonly type: 'media-state';
      readonly call: CallId;
      readonly peer: MediaPeerId;
      readonly state: MediaState;
    }
  /** The person's broker offers an SFU, for calls of so many people; null: for those too large for a mesh. */
  | {
      readonly type: 'media-sfu-offered';
      readonly call: CallId;
      readonly fromMembers: number | null;
    }
  /** Null: there is no room to be had now. */
  | { readonly type: 'media-sfu-place'; readonly call: CallId; readonly place: SfuPlace | null }
  | { readonly type: 'media-sfu-state'; readonly call: CallId; readonly state: SfuState }
  /** Media cannot go on: no worker, no transform, or a description that was refused. */
  | { readonly type: 'media-failed'; readonly call: CallId; readonly code: MediaFailure };

export type MediaFailure =
  /** The browser has no RTCRtpScriptTransform: nothing is sent rather than sent in clear. */
  | 'media-unsupported'
  /** The media worker could not start, or died. */
  | 'media-worker-stopped'
  /** A description with another certificate, section or codec than agreed. */
  | 'media-description-refused';

/** The session worker's side. */
export interface CallMediaPort {
  execute(command: CallMediaCommand): void;
  subscribe(listener: (event: CallMediaEvent) => void): () => void;
  /** Our end of a call's key port; the other end is the media worker's. */
  onKeyPort(listener: (call: CallId, port: MessagePort) => void): () => void;
}
