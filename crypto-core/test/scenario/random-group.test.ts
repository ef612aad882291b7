import { expect } from '@esm-bundle/chai';
import { runRandomGroup } from './random-group.ts';

/** A few seeds; `node tools/run.mjs tools/random-groups.ts` runs more. */
const SEEDS = [1, 2, 3];

describe('MLS group: random operations', function () {
  this.timeout(240_000);

  for (const seed of SEEDS) {
    it(`CC-GRP-24: all members agree after every change, and open every message once (seed ${seed})`, async () => {
      const counts = await runRandomGroup({ seed, steps: 45, maxMembers: 8 + 2 * (seed % 3) });
      console.log(`random group, seed ${seed}: ${JSON.stringify(counts)}`);
      expect(counts.epochs).to.be.greaterThan(5);
      expect(counts.opened).to.be.greaterThan(20);
    });
  }
});
