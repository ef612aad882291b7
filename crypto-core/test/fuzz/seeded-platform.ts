/** States and handshakes that are the same in every run: the platform's randomness and clock replaced by a seed's. */
import { onSeededPlatform } from '../golden/seeded-platform.ts';
import { withKeyCache } from './key-cache.ts';
import type { FuzzRandom } from './random.ts';

/** What states are made at: 2026-11-22T12:00:00Z. */
export const FUZZ_NOW_MS = 1_795_348_800_000;

/** Makes a world: runs `action` with seeded randomness and {@link FUZZ_NOW_MS}; restores the platform afterwards. */
export function withSeededPlatform<Result>(
  random: FuzzRandom,
  action: () => Promise<Result>,
): Promise<Result> {
  return onSeededPlatform(`fuzz ${random.u32()}`, platform => {
    platform.nowMs = FUZZ_NOW_MS;
    return action();
  });
}

/** Runs one input: as {@link withSeededPlatform}, with keys that no world has, from a pool. */
export function withFuzzedPlatform<Result>(
  random: FuzzRandom,
  action: () => Promise<Result>,
): Promise<Result> {
  return withSeededPlatform(random, () => withKeyCache(random, action));
}
