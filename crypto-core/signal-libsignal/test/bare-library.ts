/** libsignal-protocol-typescript as it comes, curve and lock included: what the engine is guarded against. */
export {
  SessionBuilder,
  SessionCipher,
  SignalProtocolAddress,
} from '@privacyresearch/libsignal-protocol-typescript';
export { SessionLock } from '@privacyresearch/libsignal-protocol-typescript/lib/session-lock.js';
export type {
  KeyPairType,
  SignedPublicPreKeyType,
  StorageType,
} from '@privacyresearch/libsignal-protocol-typescript';
export { AsyncCurve25519Wrapper } from '@privacyresearch/curve25519-typescript';
