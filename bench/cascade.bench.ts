/**
 * Seal and open through the whole cascade in real Chromium, per message, against AES-GCM alone on the same padded
 * bytes, turn by turn in one page; with the second Signal engine; each layer alone; and other libraries in that page.
 * Headline: 1 KiB, seal plus open, default engine.
 */
import type { RivalRun, SizeRun, Timings } from './cascade-page.ts';
import { withIsolatedPage } from './isolated-page.ts';
import { ensureRivals } from './rivals.ts';
import { fixedCase, quantile, round, toCase } from './statistics.ts';
import type { BenchCase } from './statistics.ts';

export interface CascadeResult {
  readonly name: 'cascade';
  readonly unit: 'µs';
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const SIZES = [
  { label: '100 B', bytes: 100, runs: 600 },
  { label: '1 KiB', bytes: 1_024, runs: 1_000 },
  { label: '16 KiB', bytes: 16_384, runs: 400 },
  { label: '64 KiB', bytes: 65_536, runs: 300 },
] as const;
const HEADLINE = SIZES[1];
/** The second engine takes several ms a message. */
const SLOW_RUNS = 100;

/** Runs the benchmark; needs no build. */
export default async function cascade(): Promise<CascadeResult> {
  const rivals = ensureRivals();
  return withIsolatedPage(
    new URL('./cascade-page.ts', import.meta.url),
    async page => {
      await page.waitForFunction(() => window.cascadeBench !== undefined);
      const results = new Map<string, SizeRun>();
      for (const { label, bytes, runs } of SIZES) {
        const run = await page.evaluate(
          (b, r) => window.cascadeBench.run('default', b, r, false),
          bytes,
          runs,
        );
        results.set(label, run);
      }
      const { bytes, runs } = HEADLINE;
      const turns = await page.evaluate(
        (b, r) => window.cascadeBench.run('default', b, r, true),
        bytes,
        runs,
      );
      const second: BenchCase[] = [];
      for (const { label, bytes: size } of SIZES) {
        const run = await page.evaluate(
          (b, r) => window.cascadeBench.run('libsignal', b, r, false),
          size,
          SLOW_RUNS,
        );
        second.push(toCase(`seal + open, ${label}, libsignal-ts`, 'µs', totals(run.cascade)));
      }
      const secondTurns = await page.evaluate(
        (b, r) => window.cascadeBench.run('libsignal', b, r, true),
        bytes,
        SLOW_RUNS,
      );
      const layers = await page.evaluate((b, r) => window.cascadeBench.layers(b, r), bytes, runs);
      const others = await page.evaluate((b, r) => window.cascadeBench.rivals(b, r), bytes, SLOW_RUNS);
      return summarize(results, [
        toCase('seal + open, 1 KiB, a turn each', 'µs', totals(turns.cascade)),
        ...second,
        toCase('seal + open, 1 KiB, a turn each, libsignal-ts', 'µs', totals(secondTurns.cascade)),
        ...layers.map(({ name, totalUs }) => toCase(`${name} alone, seal + open, 1 KiB`, 'µs', totalUs)),
        ...others.flatMap(rivalCases),
      ]);
    },
    { rivals },
  );
}

function summarize(results: ReadonlyMap<string, SizeRun>, more: readonly BenchCase[]): CascadeResult {
  const headline = results.get(HEADLINE.label);
  const largest = results.get('64 KiB');
  if (!headline || !largest) throw new Error('No headline run');
  const [ours, baseline] = [quantile(totals(headline.cascade), 0.5), quantile(headline.aesGcmUs, 0.5)];
  const cases = [...results].flatMap(([label, run]) => sizeCases(label, run));
  return {
    name: 'cascade',
    unit: 'µs',
    ours,
    baseline,
    ratio: round(ours / baseline),
    runs: headline.aesGcmUs.length,
    cases: [...cases, ...throughputCases(largest.cascade), ...more],
  };
}

function sizeCases(label: string, run: SizeRun): readonly BenchCase[] {
  return [
    toCase(`seal, ${label}`, 'µs', run.cascade.sealUs),
    toCase(`open, ${label}`, 'µs', run.cascade.openUs),
    toCase(`seal + open, ${label}`, 'µs', totals(run.cascade)),
    toCase(`AES-GCM alone, encrypt + decrypt, ${label}`, 'µs', run.aesGcmUs),
    fixedCase(`overhead, ${label}`, 'bytes', run.overheadBytes),
  ];
}

/** Bytes a µs are MB a second. */
function throughputCases({ sealUs, openUs }: Timings): readonly BenchCase[] {
  const toRates = (us: readonly number[]): number[] => us.map(value => 65_536 / value);
  return [
    toCase('seal throughput, 64 KiB', 'MB/s', toRates(sealUs)),
    toCase('open throughput, 64 KiB', 'MB/s', toRates(openUs)),
  ];
}

/** A library that did not run stands in the table with its reason. */
function rivalCases(run: RivalRun): readonly BenchCase[] {
  if (run.kind === 'failed') return [fixedCase(`${run.name} did not run: ${run.reason}`, 'µs', 0)];
  const { name, timings } = run;
  return [
    toCase(`${name}, encrypt, 1 KiB`, 'µs', timings.sealUs),
    toCase(`${name}, decrypt, 1 KiB`, 'µs', timings.openUs),
    toCase(`${name}, encrypt + decrypt, 1 KiB`, 'µs', totals(timings)),
  ];
}

function totals({ sealUs, openUs }: Timings): readonly number[] {
  return sealUs.map((seal, i) => seal + (openUs[i] ?? 0));
}
