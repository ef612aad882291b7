/**
 * Seal and open through the whole cascade in real Chromium, per message, against AES-GCM alone on the same padded
 * bytes, turn by turn in one page. Headline: 1 KiB, seal plus open.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../shell/e2e/support/browsers.ts';
import { bundle } from '../tools/build/bundle.ts';
import type { SizeRun } from './cascade-page.ts';

interface Case {
  readonly name: string;
  readonly unit: 'µs' | 'bytes' | 'MB/s';
  readonly p50: number;
  readonly p95: number;
}

export interface CascadeResult {
  readonly name: 'cascade';
  readonly unit: 'µs';
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly Case[];
}

const SIZES = [
  { label: '100 B', bytes: 100, runs: 400 },
  { label: '1 KiB', bytes: 1_024, runs: 600 },
  { label: '16 KiB', bytes: 16_384, runs: 300 },
  { label: '64 KiB', bytes: 65_536, runs: 200 },
] as const;
const HEADLINE = SIZES[1];

/** Runs the benchmark; needs no build. */
export default async function cascade(): Promise<CascadeResult> {
  const { code } = await bundle({ entry: fileURLToPath(new URL('./cascade-page.ts', import.meta.url)) });
  const server = await serveIsolated(code);
  const { browser, close } = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => window.cascadeBench !== undefined);
    await page.evaluate(() => window.cascadeBench.open());
    const results = new Map<string, SizeRun>();
    for (const { label, bytes, runs } of SIZES) {
      results.set(label, await page.evaluate((b, r) => window.cascadeBench.run(b, r, false), bytes, runs));
    }
    const { bytes, runs } = HEADLINE;
    const turns = await page.evaluate((b, r) => window.cascadeBench.run(b, r, true), bytes, runs);
    const layers = await page.evaluate((b, r) => window.cascadeBench.layers(b, r), bytes, runs);
    const layerCases = layers.map(({ name, totalUs }) =>
      toCase(`${name} alone, seal + open, 1 KiB`, totalUs),
    );
    return summarize(results, [toCase('seal + open, 1 KiB, a turn each', totals(turns)), ...layerCases]);
  } finally {
    await close();
    await server.close();
  }
}

/** Cross-origin isolation makes the page's clock finer. */
async function serveIsolated(script: string): Promise<{ url: string; close(): Promise<void> }> {
  const html = '<!doctype html><title>cascade</title><script type="module" src="/page.js"></script>';
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    response.end(isScript ? script : html);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

function summarize(results: ReadonlyMap<string, SizeRun>, more: readonly Case[]): CascadeResult {
  const headline = results.get(HEADLINE.label);
  if (!headline) throw new Error('No headline run');
  const [ours, baseline] = [quantile(totals(headline), 0.5), quantile(headline.aesGcmUs, 0.5)];
  const cases = [...results].flatMap(([label, run]) => sizeCases(label, run));
  const largest = results.get('64 KiB');
  const throughput = largest ? throughputCases(largest) : [];
  return {
    name: 'cascade',
    unit: 'µs',
    ours,
    baseline,
    ratio: round(ours / baseline),
    runs: headline.sealUs.length,
    cases: [...cases, ...throughput, ...more],
  };
}

function sizeCases(label: string, run: SizeRun): readonly Case[] {
  return [
    toCase(`seal, ${label}`, run.sealUs),
    toCase(`open, ${label}`, run.openUs),
    toCase(`seal + open, ${label}`, totals(run)),
    toCase(`AES-GCM alone, encrypt + decrypt, ${label}`, run.aesGcmUs),
    { name: `overhead, ${label}`, unit: 'bytes', p50: run.overheadBytes, p95: run.overheadBytes },
  ];
}

/** Bytes a µs are MB a second. */
function throughputCases(run: SizeRun): readonly Case[] {
  const rate = (values: readonly number[], q: number): number => round(65_536 / quantile(values, q));
  return [
    {
      name: 'seal throughput, 64 KiB',
      unit: 'MB/s',
      p50: rate(run.sealUs, 0.5),
      p95: rate(run.sealUs, 0.95),
    },
    {
      name: 'open throughput, 64 KiB',
      unit: 'MB/s',
      p50: rate(run.openUs, 0.5),
      p95: rate(run.openUs, 0.95),
    },
  ];
}

function totals(run: SizeRun): readonly number[] {
  return run.sealUs.map((seal, i) => seal + (run.openUs[i] ?? 0));
}

function toCase(name: string, values: readonly number[]): Case {
  return { name, unit: 'µs', p50: quantile(values, 0.5), p95: quantile(values, 0.95) };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
