/**
 * What hostile contacts cost others: Bob's messages to Alice while another contact attacks her, against the same
 * without them, turn by turn in one run, in real Chromium with real cryptography and storage; and what is left on
 * Alice's heap afterwards. Headline: p50 under the worst attack.
 */
import type { Page } from 'puppeteer-core';
import type { AttackName } from './hostile-attacks.ts';
import { withIsolatedPage } from './isolated-page.ts';
import { type BenchCase, fixedCase, quantile, round, toCase } from './statistics.ts';

export interface HostileResult {
  readonly name: 'hostile';
  readonly unit: 'ms';
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const ATTACKS: readonly AttackName[] = [
  'garbage',
  'flood of signals',
  'flood of messages',
  'flood of offers',
  'open and drop',
  'stalled reassembly',
  'replay',
];
const RUNS = 60;
const MIB = 2 ** 20;

/** Runs the benchmark; needs no build. */
export default async function hostile(): Promise<HostileResult> {
  return withIsolatedPage(new URL('./hostile-page.ts', import.meta.url), async page => {
    await page.waitForFunction(() => window.hostileBench !== undefined);
    const cases: BenchCase[] = [];
    const quietMs: number[] = [];
    const underAttack: { readonly attack: AttackName; readonly p50: number; readonly more: number }[] = [];
    const heapBefore = await heapOfAlice(page);
    for (const attack of ATTACKS) {
      const before = await page.evaluate(runs => window.hostileBench.talk(runs), RUNS / 2);
      const { tookMs, count } = await page.evaluate(
        (name, runs) => window.hostileBench.attack(name, runs),
        attack,
        RUNS,
      );
      const after = await page.evaluate(runs => window.hostileBench.talk(runs), RUNS / 2);
      const around = [...before, ...after];
      quietMs.push(...around);
      const more = quantile(tookMs, 0.5) - quantile(around, 0.5);
      underAttack.push({ attack, p50: quantile(tookMs, 0.5), more });
      const { sessions, refused, frames } = count;
      cases.push(
        toCase(`around ${attack}`, 'ms', around),
        toCase(`${attack}: ${sessions} sessions, ${refused} refused, ${frames} frames`, 'ms', tookMs),
        fixedCase(`${attack}: more at p50`, 'ms', more),
        fixedCase(`${attack}: heap since the start`, 'MiB', ((await heapOfAlice(page)) - heapBefore) / MIB),
      );
    }
    const worst = underAttack.reduce((a, b) => (b.more > a.more ? b : a));
    const baseline = quantile(quietMs, 0.5);
    return {
      name: 'hostile',
      unit: 'ms',
      ours: worst.p50,
      baseline,
      ratio: round(worst.p50 / baseline),
      runs: RUNS,
      cases,
    };
  });
}

/** Bytes that Alice's worker holds after a collection, buffers included. */
async function heapOfAlice(page: Page): Promise<number> {
  for (const worker of page.workers()) {
    if ((await worker.evaluate(() => self.name)) !== 'alice') continue;
    await worker.client.send('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize = 0 } = (await worker.client.send('Runtime.getHeapUsage')) as {
      usedSize: number;
      backingStorageSize?: number;
    };
    return usedSize + backingStorageSize;
  }
  throw new Error('No worker of Alice');
}
