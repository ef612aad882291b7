/**
 * What the worker tells about itself when it is asked: states, counters, times and codes of closed lists. No key, no
 * secret, no content, no name; a contact is known by its local id. The page adds what it knows of the connections
 * (transport/link-stats.ts). P2P-DIA-01.
 */
import type { CryptoCoreErrorCode, PairSessionStats, ProfileDifference } from '@enk/crypto-core';
import type { LinkCloseReason, LinkId, PeerId, SignalingState } from '../ports/transport.ts';
import type { ContactId, Verification } from './api.ts';

/** Why a link ended, or a handshake failed. */
export type DiagnosticCode =
  | Exclude<LinkCloseReason, 'closed-locally'>
  /** The hello of the other side differs; engine: who computes the Signal layer. */
  | `other-${ProfileDifference}`
  | Extract<CryptoCoreErrorCode, 'protocol-error' | 'identity-refused' | 'own-identity' | 'no-common-psk'>
  | 'invite-expired'
  | 'contact-blocked'
  | 'refused'
  /** The other side ended the handshake, or said that something of ours is wrong. */
  | 'refused-by-peer'
  /** Ended here: the other side said goodbye, or the path did not come back. */
  | 'session-ended'
  | 'storage'
  | 'internal';

export interface LoggedError {
  readonly code: DiagnosticCode;
  /** The last time. */
  readonly atMs: number;
  /** How often in a row. */
  readonly count: number;
}

/** What the handshake of a session was bound to. */
export type HandshakeKind = 'none' | 'invite' | 'pair-secret';

/** The whitepaper's names. */
export type WhitepaperState =
  | 'Idle'
  | 'SignalingRegistered'
  | 'WebRTCConnecting'
  | 'DataChannelOpen'
  | 'CryptoHandshaking'
  | 'Ready'
  | 'Disconnected';

export interface SessionDiagnostics {
  /** Names the link in the page's TransportStats. */
  readonly linkId: LinkId;
  /** True when we dialled. */
  readonly isOurs: boolean;
  readonly handshake: HandshakeKind;
  readonly readyAtMs: number;
  /** Both sides have said what they hold: messages may flow. */
  readonly isSynced: boolean;
  /** Numbers of the layers; nothing secret. */
  readonly layers: PairSessionStats;
}

export interface ContactDiagnostics {
  readonly contactId: ContactId;
  readonly state: 'idle' | 'waiting' | 'connecting' | 'handshaking' | 'ready' | 'disconnected' | 'stopped';
  /** Null for `stopped`, which the whitepaper does not know. */
  readonly whitepaperState: WhitepaperState | null;
  readonly isBlocked: boolean;
  readonly verification: Verification;
  /** When the state began; `ready` and `disconnected` only. */
  readonly sinceMs: number | null;
  readonly nextDialAtMs: number | null;
  /** Dials that failed in a row. */
  readonly failedDials: number;
  /** Own messages without an acknowledgement, and how many of them are on the wire. */
  readonly outboxCount: number;
  readonly inFlightCount: number;
  /** Sessions after the first since the profile was opened. */
  readonly reconnectCount: number;
  /** Oldest first; more than one only for a moment. The last synced one carries the messages. */
  readonly sessions: readonly SessionDiagnostics[];
  /** Newest first. */
  readonly errors: readonly LoggedError[];
}

export interface DiagnosticsView {
  readonly profile: 'EnkryptedChat-Profile-v1';
  readonly specVersion: '1.0';
  /** Innermost first. */
  readonly layers: readonly string[];
  /** Who computes the Signal layer. */
  readonly signalEngine: string;
  readonly signaling: SignalingState;
  /** Own address; null while no profile is open. */
  readonly peerId: PeerId | null;
  readonly isRelayOnly: boolean;
  readonly contacts: readonly ContactDiagnostics[];
  /** Links of those who are no contacts, an invite's among them. Newest first. */
  readonly strangerErrors: readonly LoggedError[];
}
