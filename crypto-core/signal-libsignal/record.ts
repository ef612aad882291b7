/**
 * The library's serialized record, read and bounded by us: one session, no archive, at most 10 closed receiving
 * chains and 2,000 skipped keys. The library itself deletes none (it looks for them in the wrong place), so a peer
 * could fill memory, and every message would cost more than the one before. SPEC.md CC-ENG-07.
 */
import { CryptoCoreError } from '@enk/crypto-core/engine-kit';
import { ChainType, type SessionType } from './library.ts';
import type { WhisperHeader } from './wire.ts';

/** Closed receiving chains that are kept for late messages; what the library means to keep. */
export const MAX_OLD_CHAINS = 10;
/** Skipped message keys in all chains together, as CC-SIG-05. */
export const MAX_SKIPPED_KEYS = 2_000;
/** Furthest jump within one chain, as CC-SIG-05. */
export const MAX_SKIP = 1_000;

/** A session with its byte strings in base64, as the library serializes it. */
export type StoredSession = SessionType<string>;

/** The one session of a record. Throws `internal` when there are none or more: we never make another. */
export function readSession(serialized: string): StoredSession {
  const { sessions } = JSON.parse(serialized) as { sessions: Record<string, StoredSession> };
  const [session, ...others] = Object.values(sessions);
  if (session === undefined || others.length > 0) throw new CryptoCoreError('internal');
  return session;
}

/** The record with `change` made to its one session. */
export function changeSession(serialized: string, change: (session: StoredSession) => void): string {
  const record = JSON.parse(serialized) as { sessions: Record<string, StoredSession> };
  const [session, ...others] = Object.values(record.sessions);
  if (session === undefined || others.length > 0) throw new CryptoCoreError('internal');
  change(session);
  return JSON.stringify(record);
}

/** Deletes what a session no longer needs, and the oldest of what is too much. */
export function boundSession(session: StoredSession): void {
  const { chains, currentRatchet } = session;
  session.oldRatchetList = [];
  const current = currentRatchet.lastRemoteEphemeralKey;
  // Keys of objects keep the order of insertion, through JSON too: the oldest chain first.
  const old = Object.entries(chains).filter(
    ([key, chain]) => key !== current && chain.chainType === ChainType.RECEIVING,
  );
  const kept = old
    .filter(([, { messageKeys }]) => Object.keys(messageKeys).length > 0)
    .slice(-MAX_OLD_CHAINS)
    .map(([key]) => key);
  for (const [key] of old) if (!kept.includes(key)) delete chains[key];
  dropOldestKeys(session, [...kept, current]);
}

function dropOldestKeys({ chains }: StoredSession, keys: readonly string[]): void {
  const receiving = keys.flatMap(key => chains[key] ?? []);
  let surplus = -MAX_SKIPPED_KEYS;
  for (const { messageKeys } of receiving) surplus += Object.keys(messageKeys).length;
  for (const { messageKeys } of receiving) {
    for (const index of Object.keys(messageKeys).slice(0, Math.max(0, surplus))) {
      delete messageKeys[Number(index)];
      surplus--;
    }
  }
}

/** Throws `protocol-error` for a message that would skip more than 1,000 keys of a chain. */
export function assertReachable({ chains, currentRatchet }: StoredSession, header: WhisperHeader): void {
  const chain = chains[encodeKey(header.ratchetKey)];
  if (chain !== undefined) return assertSkip(chain.chainKey.counter, header.counter);
  const previous = chains[currentRatchet.lastRemoteEphemeralKey];
  if (previous !== undefined) assertSkip(previous.chainKey.counter, header.previousCounter + 1);
  assertSkip(-1, header.counter);
}

/** `last` is the index of the last key that was made; `next` the one that is wanted. */
function assertSkip(last: number, next: number): void {
  if (next - last - 1 > MAX_SKIP) throw new CryptoCoreError('protocol-error');
}

function encodeKey(key: Uint8Array): string {
  return btoa(String.fromCharCode(...key));
}
