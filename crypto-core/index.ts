/**
 * The public API of crypto-core: identity, invites, the handshake, and the session that it gives. Sans-I/O: no
 * DOM, network, storage or timers. SPEC.md is the normative description.
 */
export { CIPHER_LAYERS, PROFILE } from './profile.ts';
export {
  CryptoCoreError,
  type CryptoCoreErrorCode,
  type ProfileDifference,
  ProfileMismatchError,
} from './errors.ts';

export { sha256 } from './bytes/kdf.ts';
export { isFastBulkFrame, type HelloFrame, type SealedFrame, type WireFrame } from './frame/frame.ts';

export {
  generateIdentitySecrets,
  importIdentity,
  type IdentityKeys,
  type IdentitySecrets,
} from './identity/identity.ts';
export type { PeerDevice } from './identity/device-certificate.ts';
export type { SignatureContext } from './identity/signature-context.ts';
export { computeSafetyNumber, type SafetyNumber } from './identity/safety-number.ts';
export { sha256Stream, type Sha256Stream } from './bytes/sha256-stream.ts';

export { decodeInvite, encodeInvite, type Invite } from './invite/invite.ts';

export { pairPsk, pairPskId, type Psk, type PskKind } from './handshake/psk.ts';
export type {
  HandshakeChannel,
  HandshakeContext,
  HandshakeOutcome,
  HandshakeResult,
  InitiatorPolicy,
  ResponderPolicy,
} from './handshake/types.ts';
export type {
  SignalEngine,
  SignalIdentity,
  SignalInitiation,
  SignalInitiationInput,
  SignalProgress,
  SignalResponse,
  SignalResponseInput,
} from './signal/engine.ts';
export { enkSignalEngine } from './signal/enk-engine.ts';
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

export {
  createMlsGroup,
  generateGroupKeyPackage,
  joinMlsGroup,
  type GroupKeyPackage,
  type WelcomeRoster,
} from './mls/group-create.ts';
export {
  createGroupCommit,
  discardPendingCommit,
  mergePendingCommit,
  type CommitRequest,
  type GroupCommitStep,
} from './mls/group-commit.ts';
export { createGroupProposal, type ProposalRequest } from './mls/group-propose.ts';
export { sealGroupMessage, type GroupSendStep } from './mls/group-message.ts';
export { receiveGroupMessage, type GroupReceived } from './mls/group-receive.ts';
export type { GroupRefusalReason } from './mls/group-refusal.ts';
export type { GroupChange, GroupEnvironment, GroupPolicy } from './mls/group-policy.ts';
export {
  expirePastEpochs,
  exportGroupSecret,
  groupEpoch,
  groupEpochAuthenticator,
  groupId,
  groupMembers,
  ownLeafIndex,
  retainedEpochs,
  wipeGroup,
  type GroupMember,
  type MlsGroup,
  type PendingCommitGroup,
  type StableGroup,
} from './mls/group-state.ts';
export {
  decodeGroupKeyPackage,
  decodeMlsGroup,
  encodeGroupKeyPackage,
  encodeMlsGroup,
} from './mls/group-codec.ts';
export { MAX_GROUP_MEMBERS } from './mls/group-limits.ts';

export { CALL_ID_BYTES, JOIN_NONCE_BYTES, type MlsExporter } from './sframe/base-key.ts';
export type { TrackFloor } from './sframe/epoch-keys.ts';
export type { SFrameBytes } from './sframe/frame-key.ts';
export {
  type CallFrameOpened,
  type JoinAnnouncement,
  type SFrameEpoch,
  SFrameKeyChain,
} from './sframe/key-chain.ts';
export type { SFrameOpened, SFrameReceiver, SFrameRejection } from './sframe/receiver.ts';
export type { SFrameSender } from './sframe/sender.ts'; // Made by SFrameKeyChain alone: a second one would repeat nonces.

export {
  ARGON2ID_DEFAULT,
  type Argon2id,
  type Argon2idInput,
  type Argon2idParameters,
} from './vault/argon2id.ts';
export type { SlotKind } from './vault/envelope.ts';
export {
  FileChunkOpener,
  FileChunkSealer,
  type FileRun,
  generateFileRunKey,
  VAULT_FILE_CHUNK_OVERHEAD_BYTES,
  VAULT_FILE_ID_BYTES,
} from './vault/file-chunks.ts';
export { decodeRecoveryKey, encodeRecoveryKey, generateRecoveryKey } from './vault/recovery-key.ts';
export { generateDeviceKey, passkeyPrfInput, type UnlockSecret } from './vault/unlock-secret.ts';
export {
  addSlot,
  createVault,
  describeSlot,
  generateVaultId,
  type NewSlot,
  type SlotDescription,
  type SlotKey,
  unlockVault,
} from './vault/vault.ts';
export { type OpenedRecord, type RecordPlace, VaultKeys } from './vault/vault-keys.ts';
