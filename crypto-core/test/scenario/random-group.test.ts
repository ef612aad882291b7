import { expect } from '@esm-bundle/chai';
import { runRandomGroup } from './random-group.ts';

/** Few and short; `node tools/run.mjs tools/random-groups.ts` runs more, longer and larger. */
const RUNS = [
  { seed: 1, steps: 30, maxMembers: 12 },
  { seed: 3, steps: 40, maxMembers: 7 },
];

describe('MLS group: random operations', function () {
  this.timeout(240_000);

  for (const options of RUNS) {
    it(`CC-GRP-24: all members agree after every change, and open every message once (seed ${options.seed})`, async () => {
      const counts = await runRandomGroup(options);
      console.log(`random group: ${JSON.stringify({ ...options, ...counts })}`);
      expect(counts.epochs).to.be.greaterThan(5);
      expect(counts.opened).to.be.greaterThan(20);
      expect(counts.crashes).to.be.greaterThan(5);
    });
  }
});
