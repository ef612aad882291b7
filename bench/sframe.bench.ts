/**
 * What a frame of a call costs beside what it costs anyway: sealing and opening through the pipe of the media worker,
 * at the sizes of 360p and 720p frames, in real Chromium. Headline: a 720p frame between key frames, seal plus open;
 * baseline: one AES-256-GCM encrypt and decrypt of the same bytes in the same turn. The clock includes the streams and
 * the waiting for WebCrypto's threads: an upper bound of the worker's own CPU time.
 */
import { withIsolatedPage } from './isolated-page.ts';
import type { FrameCost } from './sframe-page.ts';
import { quantile, round, toCase } from './statistics.ts';
import type { BenchCase } from './statistics.ts';

/** 1.2 Mbit/s at 25 frames a second; key frames are about ten times as large. */
const SIZES = { '360p': 2_000, '720p': 6_000, '720p key frame': 60_000, voice: 160 } as const;
const HEADLINE = '720p';
const FRAMES = 400;

/** Runs the benchmark; needs no build. */
export default async function sframe(): Promise<{
  readonly name: 'sframe';
  readonly unit: 'ms';
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}> {
  return withIsolatedPage(new URL('./sframe-page.ts', import.meta.url), async page => {
    await page.waitForFunction(() => window.sframeBench !== undefined);
    await page.evaluate(() => window.sframeBench.frames(6_000, 100)); // warm-up
    const costs = new Map<string, FrameCost>();
    for (const [name, size] of Object.entries(SIZES)) {
      costs.set(
        name,
        await page.evaluate((bytes, count) => window.sframeBench.frames(bytes, count), size, FRAMES),
      );
    }
    const headline = costs.get(HEADLINE) as FrameCost;
    const ours = quantile(
      headline.sealMs.map((sealMs, index) => sealMs + (headline.openMs[index] ?? 0)),
      0.5,
    );
    const baseline = quantile(headline.aesMs, 0.5);
    const cases = [...costs].flatMap(([name, { sealMs, openMs, aesMs }]) => [
      toCase(`${name}: seal`, 'ms', sealMs),
      toCase(`${name}: open`, 'ms', openMs),
      toCase(`${name}: AES-256-GCM alone, both ways`, 'ms', aesMs),
    ]);
    return { name: 'sframe', unit: 'ms', ours, baseline, ratio: round(ours / baseline), runs: FRAMES, cases };
  });
}
