/**
 * MLS groups of 2, 8, 32 and 128 members in real Chromium: what founding, adding, joining, self-updates and messages
 * take, and how large what travels and what is stored is. A fresh tree, so a self-update is at its largest: each member's
 * own update makes the next ones smaller. Headline: a message of 1 KiB in a group of 32, seal plus open; baseline: the
 * same between two clients of Wire's core-crypto (OpenMLS, WebAssembly) in that page.
 */
import { withIsolatedPage } from './isolated-page.ts';
import type { GroupRun, MessageRun } from './mls-page.ts';
import { ensureRivals } from './rivals.ts';
import { fixedCase, quantile, round, toCase } from './statistics.ts';
import type { BenchCase } from './statistics.ts';

export interface MlsResult {
  readonly name: 'mls';
  readonly unit: 'ms';
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const GROUPS = [
  { members: 2, updates: 20, groups: 5 },
  { members: 8, updates: 10, groups: 3 },
  { members: 32, updates: 5, groups: 1 },
  { members: 128, updates: 3, groups: 1 },
] as const;
const MESSAGES = 200;
const HEADLINE_MEMBERS = 32;

/** Runs the benchmark; needs no build. */
export default async function mls(): Promise<MlsResult> {
  const rivals = ensureRivals();
  return withIsolatedPage(
    new URL('./mls-page.ts', import.meta.url),
    async page => {
      await page.waitForFunction(() => window.mlsBench !== undefined);
      await page.evaluate(() => window.mlsBench.group(2, 3, 20)); // warm-up
      const results = new Map<number, GroupRun>();
      for (const { members, updates, groups } of GROUPS) {
        const runs: GroupRun[] = [];
        for (let i = 0; i < groups; i++) {
          const run = await page.evaluate(
            (n, u, m) => window.mlsBench.group(n, u, m),
            members,
            updates,
            Math.ceil(MESSAGES / groups),
          );
          runs.push(run);
        }
        results.set(members, merge(runs));
      }
      const messages = await page.evaluate(runs => window.mlsBench.messages(runs), MESSAGES);
      return summarize(results, messages);
    },
    { rivals },
  );
}

function merge(runs: readonly GroupRun[]): GroupRun {
  const times: Record<string, number[]> = {};
  for (const run of runs) {
    for (const [name, values] of Object.entries(run.times)) times[name] = [...(times[name] ?? []), ...values];
  }
  return { times, sizes: runs[0]?.sizes ?? {} };
}

function summarize(results: ReadonlyMap<number, GroupRun>, messages: MessageRun): MlsResult {
  const headline = sumOf(results.get(HEADLINE_MEMBERS));
  const [ours, baseline] = [quantile(headline, 0.5), quantile(messages.wireMs ?? [], 0.5)];
  const cases = [...results].flatMap(([members, run]) => groupCases(members, run));
  return {
    name: 'mls',
    unit: 'ms',
    ours,
    baseline,
    ratio: baseline === 0 ? 0 : round(ours / baseline),
    runs: headline.length,
    cases: [...cases, toCase('pair: message, seal + open', 'ms', messages.pairMs), wireCase(messages)],
  };
}

function groupCases(members: number, { times, sizes }: GroupRun): readonly BenchCase[] {
  return [
    ...Object.entries(times).map(([name, values]) => toCase(`${members}: ${name}`, 'ms', values)),
    ...Object.entries(sizes).map(([name, bytes]) => fixedCase(`${members}: ${name}`, 'bytes', bytes)),
  ];
}

function wireCase({ wireMs, wireFailure }: MessageRun): BenchCase {
  if (wireMs === null) return fixedCase(`Wire core-crypto did not run: ${wireFailure}`, 'ms', 0);
  return toCase('Wire core-crypto, 2 members: message, encrypt + decrypt', 'ms', wireMs);
}

function sumOf(run: GroupRun | undefined): readonly number[] {
  const [seal = [], open = []] = [run?.times['message, seal'], run?.times['message, open']];
  return seal.map((ms, i) => ms + (open[i] ?? 0));
}
