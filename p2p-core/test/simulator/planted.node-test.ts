/**
 * Each planted bug is found by its known seed. With ENK_SIM_SEARCH=1 in the environment the first of twenty seeds that
 * finds it is looked for instead (minutes).
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PLANTS, type Plant } from './plants.ts';
import { SeedFailure, replayCommand, runSeed } from './run-seed.ts';

const MAX_SEEDS = 20;
const isSearch = process.env['ENK_SIM_SEARCH'] === '1';

/** What the simulator says of this seed; null when it passes. */
async function failureOf(seed: number, { steps }: Plant): Promise<string | null> {
  try {
    await runSeed({ seed, steps, peers: 2 });
    return null;
  } catch (error) {
    if (!(error instanceof SeedFailure)) throw error;
    return error.message;
  }
}

async function firstFailure(plant: Plant): Promise<{ readonly seed: number; readonly text: string } | null> {
  const seeds = isSearch ? Array.from({ length: MAX_SEEDS }, (_, index) => index + 1) : [plant.seed];
  for (const seed of seeds) {
    const text = await failureOf(seed, plant);
    if (text !== null) return { seed, text };
  }
  return null;
}

describe('simulator: planted bugs', () => {
  for (const plant of PLANTS) {
    it(`P2P-DEL-01: finds ${plant.title} within ${MAX_SEEDS} seeds, and says how to run it again`, async () => {
      const takeOut = plant.plant();
      try {
        const found = await firstFailure(plant);
        assert.ok(found !== null, 'not found');
        assert.ok(found.seed <= MAX_SEEDS);
        assert.match(found.text, plant.finds);
        const again = replayCommand({ seed: found.seed, steps: plant.steps, peers: 2 });
        assert.ok(found.text.endsWith(again), found.text);
        console.log(`${plant.title}: found by seed ${found.seed}: ${found.text}`);
      } finally {
        takeOut();
      }
    });
  }
});
