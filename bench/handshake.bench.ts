/**
 * The whole handshake of two ends in one page of real Chromium, without network: CPU and bytes. Cold is the first one of
 * a fresh page (code not yet compiled, library suite not yet loaded), warm the median of many. Baseline: ephemeral X25519
 * and ML-KEM-768 with one signature each way, turn by turn in the same page; less no authenticated hybrid handshake does.
 */
import type { HandshakeRun } from './handshake-page.ts';
import { withIsolatedPage } from './isolated-page.ts';
import { fixedCase, quantile, round, toCase } from './statistics.ts';
import type { BenchCase } from './statistics.ts';

export interface HandshakeResult {
  readonly name: 'handshake';
  readonly unit: 'ms';
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const COLD_RUNS = 5;
const WARM_RUNS = 60;
const WARM_UPS = 10;
const PHASES = [
  'flight 1: A’s hello',
  'flight 2: binder checked, B’s hello',
  'flight 3: A’s keys',
  'flight 4: B’s key package, prekeys, encapsulation',
  'flight 5: A’s group, Welcome, PQXDH, finish',
  'flight 6: B joins, opens, checks, finish',
  'end: A checks, commits',
] as const;

/** Runs the benchmark; needs no build. */
export default async function handshake(): Promise<HandshakeResult> {
  const script = new URL('./handshake-page.ts', import.meta.url);
  const cold: number[] = [];
  for (let i = 0; i < COLD_RUNS; i++) {
    const { totalMs } = await withIsolatedPage(script, async page => {
      await page.waitForFunction(() => window.handshakeBench !== undefined);
      return page.evaluate(() => window.handshakeBench.run('pair secret'));
    });
    cold.push(totalMs);
  }
  return withIsolatedPage(script, async page => {
    await page.waitForFunction(() => window.handshakeBench !== undefined);
    const [known, strangers]: [HandshakeRun[], HandshakeRun[]] = [[], []];
    const [parts, bare]: [Record<string, number>[], number[]] = [[], []];
    for (let i = -WARM_UPS; i < WARM_RUNS; i++) {
      const knownRun = await page.evaluate(() => window.handshakeBench.run('pair secret'));
      const bareMs = await page.evaluate(() => window.handshakeBench.bare());
      const strangersRun = await page.evaluate(() => window.handshakeBench.run('strangers'));
      const partsRun = await page.evaluate(() => window.handshakeBench.parts());
      if (i < 0) continue;
      known.push(knownRun);
      strangers.push(strangersRun);
      parts.push(partsRun);
      bare.push(bareMs);
    }
    return summarize({ cold, known, strangers, parts, bare });
  });
}

function summarize(runs: {
  readonly cold: readonly number[];
  readonly known: readonly HandshakeRun[];
  readonly strangers: readonly HandshakeRun[];
  readonly parts: readonly Record<string, number>[];
  readonly bare: readonly number[];
}): HandshakeResult {
  const { cold, known, strangers, parts, bare } = runs;
  const total = known.map(({ totalMs }) => totalMs);
  const [first] = known;
  const [ours, baseline] = [quantile(total, 0.5), quantile(bare, 0.5)];
  const cases = [
    toCase('both ends, pair secret, warm', 'ms', total),
    toCase('both ends, pair secret, cold (first of a page)', 'ms', cold),
    toCase(
      'both ends, strangers, warm',
      'ms',
      strangers.map(({ totalMs }) => totalMs),
    ),
    toCase('bare hybrid key agreement with signatures', 'ms', bare),
    ...PHASES.map((name, i) =>
      toCase(
        name,
        'ms',
        known.map(({ phasesMs }) => phasesMs[i] ?? 0),
      ),
    ),
    ...Object.keys(parts[0] ?? {}).map(name =>
      toCase(
        name,
        'ms',
        parts.map(part => part[name] ?? 0),
      ),
    ),
    fixedCase('frames', 'count', first?.frames ?? 0),
    toCase(
      'bytes on the wire',
      'bytes',
      known.map(({ bytes }) => bytes),
    ),
  ];
  const ratio = round(ours / baseline);
  return { name: 'handshake', unit: 'ms', ours, baseline, ratio, runs: known.length, cases };
}
