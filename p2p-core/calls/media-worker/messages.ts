/**
 * What the media worker says and hears. Keys come over a port that leads straight to the session worker: the page
 * makes it and passes it on, and sees none. Types only.
 */
import type { TrackFloor } from '@enk/crypto-core';

/** Session worker → media worker. */
export type KeyCommand =
  /** A new epoch of the call's MLS group; the first one makes the key chain. */
  | {
      readonly kind: 'epoch';
      /** 16 bytes. */
      readonly callId: Uint8Array;
      readonly ownLeaf: number;
      readonly epoch: bigint;
      readonly removesMembers: boolean;
    }
  /** The answer to `export`; null: that epoch is over. */
  | { readonly kind: 'exported'; readonly id: number; readonly secret: Uint8Array | null }
  /** A member's join nonce, authenticated by MLS. */
  | {
      readonly kind: 'announced';
      readonly epoch: bigint;
      readonly leaf: number;
      readonly joinNonce: Uint8Array;
      readonly floors: readonly TrackFloor[];
    }
  /** Whose frames a peer's connection may carry. */
  | { readonly kind: 'peer'; readonly peer: string; readonly leaf: number | null }
  /** The call is over: every key goes. */
  | { readonly kind: 'end' };

/** Media worker → session worker. */
export type KeyEvent =
  | {
      readonly kind: 'export';
      readonly id: number;
      readonly epoch: bigint;
      readonly label: string;
      readonly context: Uint8Array;
      readonly lengthBytes: number;
    }
  /** Our join nonce of this epoch, for every member. */
  | { readonly kind: 'announce'; readonly epoch: bigint; readonly joinNonce: Uint8Array };

/** What one transform is for: the `options` of RTCRtpScriptTransform. */
export type TransformOptions =
  | { readonly id: string; readonly direction: 'seal'; readonly slot: number }
  | { readonly id: string; readonly direction: 'open'; readonly slot: number; readonly peer: string };

/** What became of a transform's frames so far. */
export interface TransformCounts {
  readonly id: string;
  readonly taken: number;
  readonly passed: number;
  readonly dropped: number;
  /** Bytes of the frames that passed. */
  readonly passedBytes: number;
}

/** Page → media worker. */
export type MediaWorkerCommand =
  { readonly kind: 'keys'; readonly port: MessagePort } | { readonly kind: 'count'; readonly id: number };

/** Media worker → page. */
export type MediaWorkerEvent =
  /** The transform runs: its frames pass through our code. */
  | { readonly kind: 'attached'; readonly transform: string }
  /** Its stream broke; no further frame passes. */
  | { readonly kind: 'failed'; readonly transform: string }
  /** Our own frames can be sealed in this epoch. */
  | { readonly kind: 'sealing'; readonly epoch: number }
  /** No key any more. */
  | { readonly kind: 'keyless' }
  | { readonly kind: 'counts'; readonly id: number; readonly transforms: readonly TransformCounts[] };
