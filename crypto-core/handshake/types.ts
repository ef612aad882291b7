/**
 * What a caller gives to the handshake and gets from it. The handshake is sans-I/O: transport, storage, consent
 * and policy are the caller's.
 */
import type { PairSession } from '../cascade/pair-session.ts';
import type { WireFrame } from '../frame/frame.ts';
import type { PeerDevice } from '../identity/device-certificate.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import type { SignalEngine } from '../signal/engine.ts';
import type { Psk, PskKind } from './psk.ts';

/** A reliable, ordered channel of whole messages. */
export interface HandshakeChannel {
  send(frame: WireFrame): void;
  /** The next message. Rejects when the channel is closed. */
  receive(): Promise<Uint8Array>;
}

/** Who we are, and between which two ends the channel runs. */
export interface HandshakeContext {
  readonly identity: IdentityKeys;
  /** Who computes the Signal layer. The peer must have the same. */
  readonly signalEngine: SignalEngine;
  readonly localPeerId: string;
  readonly remotePeerId: string;
  /** SHA-256 of the DTLS certificates, 32 bytes each. */
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
  /** Ends the handshake with `aborted`. */
  readonly signal: AbortSignal;
  nowMs(): number;
}

/**
 * What a finished handshake gives. Secrets in it belong to the caller of the handshake; `commit` copies what it
 * stores, for they are wiped when the handshake fails after it.
 */
export interface HandshakeResult {
  readonly peer: PeerDevice;
  readonly role: 'A' | 'B';
  /** TH0, 32 bytes, the same on both sides. */
  readonly sessionId: Uint8Array;
  /** 0 although a pair secret was offered or expected: "restored or cloned device". */
  readonly pskKind: PskKind;
  readonly psk: Psk | null;
  /** 32 bytes: PSK of the next connection. */
  readonly pairSecret: Uint8Array;
  /** Whether the peer had our identity before this handshake. */
  readonly peerKnowsUs: boolean;
  /** 32 bytes: root of keys for further connections and media. */
  readonly exporter: Uint8Array;
  /** Largest application PDU that the peer takes. */
  readonly peerMaxPduBytes: number;
  /** Optional features that the peer names; unknown ones are to be ignored. */
  readonly peerFeatures: readonly string[];
}

/** The dialler's policy. Callbacks that reject stop the handshake with that error. */
export interface InitiatorPolicy {
  /** At most three, the best first; the caller wipes them when the handshake has ended. */
  readonly psks: readonly Psk[];
  /** Whether the contact that is dialled is known to us (said to the peer once it is authenticated). */
  readonly knowsPeer: boolean;
  /** Decides on the peer, whose key and presence are proven. Until it resolves, our identity stays unsent. */
  authorize(peer: PeerDevice, pskKind: PskKind): Promise<void>;
  /** The one transaction: contact, new pair secret. Awaited before the session is returned. */
  commit(result: HandshakeResult): Promise<void>;
}

/** The answerer's policy. Callbacks that reject stop the handshake with that error. */
export interface ResponderPolicy {
  /**
   * Whether a dialler of another version, of whom nothing is proven, may learn ours; without it such a one hears
   * nothing. CC-HS-26.
   */
  readonly mayTellVersion?: boolean;
  /** The PSK of this kind and id, or null. Called for each one offered, before any other work. */
  findPsk(kind: 1 | 2, id: Uint8Array): Promise<Psk | null>;
  /** No known PSK: waits for the person. */
  requestConsent(): Promise<void>;
  /** Whether this identity is known to us (said to it in the last flight). */
  knowsPeer(identityKey: Uint8Array): Promise<boolean>;
  /** Decides on the peer, whose key, presence and layer keys are proven. */
  authorize(peer: PeerDevice, pskKind: PskKind): Promise<void>;
  /** The one transaction: contact, new pair secret (keep the previous), invite consumed. Awaited before flight 6. */
  commit(result: HandshakeResult): Promise<void>;
}

/** The result, and the session with its four layers keyed; `attach` it before use. */
export interface HandshakeOutcome {
  readonly result: HandshakeResult;
  readonly session: PairSession;
}
