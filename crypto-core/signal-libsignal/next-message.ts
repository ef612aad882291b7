/**
 * Order of messages, which the library leaves open: is this one the next? The cascade's channel is ordered, so there a
 * message that skips is none of an honest peer. SPEC.md CC-CAS-10.
 */
import { decodeUtf8, type SignalProgress } from '@enk/crypto-core/engine-kit';
import { readSession } from './record.ts';
import type { LibsignalState } from './state.ts';
import { parseWhisperMessage } from './wire.ts';

/**
 * By the header alone: the next index of the present receiving chain; or index 0 of a new chain, when the old one ended
 * where we are. Throws `protocol-error` for what is no WhisperMessage.
 */
export function isNextMessage(state: LibsignalState, message: Uint8Array): boolean {
  const { ratchetKey, counter, previousCounter } = parseWhisperMessage(message);
  const { chains, currentRatchet } = readSession(decodeUtf8(state.record));
  const key = btoa(String.fromCharCode(...ratchetKey));
  const current = chains[currentRatchet.lastRemoteEphemeralKey];
  if (key === currentRatchet.lastRemoteEphemeralKey && current !== undefined) {
    return counter === current.chainKey.counter + 1;
  }
  // The library sends the last index, not the length, and 0 before there was a chain.
  const lastIndex = Math.max(0, current?.chainKey.counter ?? 0);
  return chains[key] === undefined && counter === 0 && previousCounter === lastIndex;
}

/** Messages in the present chains. The library counts from the last index that was used: -1 before the first. */
export function chainProgress(state: LibsignalState): SignalProgress {
  const { chains, currentRatchet } = readSession(decodeUtf8(state.record));
  const ownKey = currentRatchet.ephemeralKeyPair?.pubKey;
  const lengthOf = (key: string | undefined): number =>
    key === undefined ? 0 : (chains[key]?.chainKey.counter ?? -1) + 1;
  return { sent: lengthOf(ownKey), received: lengthOf(currentRatchet.lastRemoteEphemeralKey) };
}
