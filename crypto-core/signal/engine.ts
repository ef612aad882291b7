/**
 * The port behind which the Signal layer's implementation stands. Which layers there are, and their order, is a
 * constant of the profile; only who computes this one can be replaced. SPEC.md CC-ENG.
 *
 * An engine is a stateless object: all state is data that it gives and takes. It is chosen once, where the
 * application is composed, and both sides must have chosen the same: its name is compared in the hello.
 */
import type { CipherLayer } from '../cascade/cipher-layer.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import type { X25519KeyPair } from '../identity/x25519.ts';
import type { KemKeyPair } from '../ml-kem/ml-kem-768.ts';

/** An implementation of the Signal layer. `State` is its own; nobody else looks inside. */
export interface SignalEngine<State = unknown> {
  /** Family and wire version: the hello's `engine`, `[a-z0-9-]{1,32}`. */
  readonly name: string;
  /** Encrypts and decrypts messages. `open` throws `protocol-error` and leaves the state usable. */
  readonly layer: CipherLayer<State>;
  /**
   * By its header alone: is this the message that follows the last one opened, none late and none skipped? The cascade
   * opens no other (SPEC.md CC-CAS-10). Throws `protocol-error` when there is no header.
   */
  isNext(state: State, message: Uint8Array): boolean;
  /** For diagnostics: how far the present chains are. Nothing secret. */
  progress(state: State): SignalProgress;
  /** A's part of the key agreement, and the first message. Throws `protocol-error` for hostile keys. */
  initiate(input: SignalInitiationInput): Promise<SignalInitiation<State>>;
  /** B's part, and the first message opened. Throws `protocol-error` for anything else than an honest A. */
  respond(input: SignalResponseInput): Promise<SignalResponse<State>>;
  /** Overwrites every secret of a state when its session ends. */
  wipe(state: State): void;
}

/** Messages in the present sending and receiving chain; a DH ratchet step starts a chain at 0. */
export interface SignalProgress {
  readonly sent: number;
  readonly received: number;
}

/** The static X25519 key that the device certificate names. */
export type SignalIdentity = Pick<IdentityKeys, 'dhKey' | 'dhPrivate'>;

/** What A has when it starts: everything of the peer is certified or signed, and checked. */
export interface SignalInitiationInput {
  readonly identity: SignalIdentity;
  /** dh_B, 32 bytes. */
  readonly peerIdentityDh: Uint8Array;
  /** spk_B, 32 bytes. */
  readonly peerSignedPrekey: Uint8Array;
  /** pqspk_B, 1,184 bytes. */
  readonly peerKemPrekey: Uint8Array;
  /** TH0, 32 bytes. Binds every message to the connection; is the first message's plaintext. */
  readonly sessionId: Uint8Array;
}

/** A's first state and what `signal-session-complete` carries. */
export interface SignalInitiation<State> {
  readonly state: State;
  /** EK_A, 32 bytes. */
  readonly ephemeralKey: Uint8Array;
  /** 1,088 bytes, for `peerKemPrekey`. */
  readonly kemCiphertext: Uint8Array;
  /** The first message, 1 to 512 bytes. Its plaintext is TH0. */
  readonly message: Uint8Array;
  /** 32 bytes for the handshake's export, nothing else; depends on the KEM's secret too. The caller wipes it. */
  readonly exportKey: Uint8Array;
}

/** What B has when `signal-session-complete` came. Of A only `peerIdentityDh` is certified. */
export interface SignalResponseInput {
  readonly identity: SignalIdentity;
  readonly signedPrekey: X25519KeyPair;
  /** The caller wipes its seed afterwards. */
  readonly kemPrekey: KemKeyPair;
  /** dh_A, 32 bytes. */
  readonly peerIdentityDh: Uint8Array;
  /** EK_A, 32 bytes, as A claims it. */
  readonly peerEphemeralKey: Uint8Array;
  /** 1,088 bytes. */
  readonly kemCiphertext: Uint8Array;
  /** 1 to 512 bytes. */
  readonly message: Uint8Array;
  /** TH0, 32 bytes. */
  readonly sessionId: Uint8Array;
}

/** B's first state. */
export interface SignalResponse<State> {
  readonly state: State;
  /** What the first message held; the handshake compares it with TH0. */
  readonly firstPlaintext: Uint8Array;
  /** As A's. */
  readonly exportKey: Uint8Array;
}
