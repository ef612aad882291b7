/**
 * Message keys of messages that were jumped over, bounded so that a peer cannot fill memory:
 * at most 1,000 in one chain step, 2,000 in all, the oldest dropped first (SPEC.md CC-SIG-05).
 *
 * Immutable: each change gives a new map. Order of insertion is age.
 */
import { encodeHex } from '../bytes/hex.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import type { Chain } from './chain.ts';
import { stepChain } from './chain.ts';

/** Furthest jump within one chain. */
export const MAX_SKIP = 1_000;
/** Skipped keys kept in all chains together. */
export const MAX_SKIPPED_KEYS = 2_000;

/** "ratchet key hex:index" → 32-byte message key seed. */
export type SkippedKeys = ReadonlyMap<string, Uint8Array>;

export function skippedKeyId(ratchetKey: Uint8Array, index: number): string {
  return `${encodeHex(ratchetKey)}:${index}`;
}

/** What advancing a chain leaves behind. */
export interface Skip {
  readonly chain: Chain;
  readonly skipped: SkippedKeys;
  /** Keys that fell out of the bound. */
  readonly dropped: readonly Uint8Array[];
}

/** Advances `chain` to `until`, keeping the keys between. Throws `protocol-error` beyond MAX_SKIP. */
export function skipTo(chain: Chain, until: number, ratchetKey: Uint8Array, skipped: SkippedKeys): Skip {
  if (until <= chain.index) return { chain, skipped, dropped: [] };
  if (until - chain.index > MAX_SKIP) throw new CryptoCoreError('protocol-error');
  const kept = new Map(skipped);
  let current = chain;
  while (current.index < until) {
    const { messageKeySeed, next } = stepChain(current);
    kept.set(skippedKeyId(ratchetKey, current.index), messageKeySeed);
    if (current !== chain) wipe(current.chainKey);
    current = next;
  }
  return { chain: current, skipped: kept, dropped: dropOldest(kept) };
}

function dropOldest(kept: Map<string, Uint8Array>): Uint8Array[] {
  const dropped: Uint8Array[] = [];
  for (const [id, seed] of kept) {
    if (kept.size <= MAX_SKIPPED_KEYS) break;
    kept.delete(id);
    dropped.push(seed);
  }
  return dropped;
}
