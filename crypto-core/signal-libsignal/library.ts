/**
 * The one door to libsignal-protocol-typescript (GPL-3.0-only), with what is unsafe in its globals replaced before
 * anything can use it: its curve by native X25519 over opaque handles, its per-realm lock by ours (exclusive.ts).
 */
import {
  ChainType,
  SessionBuilder,
  SessionCipher,
  setCurve,
  SignalProtocolAddress,
} from '@privacyresearch/libsignal-protocol-typescript';
import { SessionLock } from '@privacyresearch/libsignal-protocol-typescript/lib/session-lock.js';
import { handleCurve } from './handle-curve.ts';

setCurve(handleCurve);
// The library keeps every promise and error of its lock for as long as the realm lives, states included.
SessionLock.queueJobForNumber = (_address, job) => job();

export { ChainType, SessionBuilder, SessionCipher, SessionLock, SignalProtocolAddress };
export type { KeyPairType, SessionType, StorageType } from '@privacyresearch/libsignal-protocol-typescript';
