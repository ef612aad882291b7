/**
 * The public API of crypto-core: identity, invites, the handshake, and the session that it gives. Sans-I/O: no
 * DOM, network, storage or timers. SPEC.md is the normative description.
 */
export { CIPHER_LAYERS, PROFILE } from './profile.ts';
export { CryptoCoreError, type CryptoCoreErrorCode } from './errors.ts';

export type { HelloFrame, SealedFrame, WireFrame } from './frame/frame.ts';

export {
  generateIdentitySecrets,
  importIdentity,
  type IdentityKeys,
  type IdentitySecrets,
} from './identity/identity.ts';
export type { PeerDevice } from './identity/device-certificate.ts';
export type { SignatureContext } from './identity/signature-context.ts';
export { computeSafetyNumber, type SafetyNumber } from './identity/safety-number.ts';

export { decodeInvite, encodeInvite, type Invite } from './invite/invite.ts';

export { pairPsk, type Psk, type PskKind } from './handshake/psk.ts';
export type {
  HandshakeChannel,
  HandshakeContext,
  HandshakeOutcome,
  HandshakeResult,
  InitiatorPolicy,
  ResponderPolicy,
} from './handshake/types.ts';
export { runInitiator } from './handshake/initiator.ts';
export { runResponder } from './handshake/responder.ts';

export {
  PairSession,
  type OpenResult,
  type PairSessionIo,
  type PairSessionStats,
} from './cascade/pair-session.ts';

export { BulkOpener, BulkSealer, generateFileKey, type BulkTransfer } from './bulk/fast-bulk.ts';
export { chunkRange, countChunks, splitIntoChunks, type ChunkPlan, type ChunkRange } from './bulk/chunks.ts';
