/**
 * How long a message and its echo take, from page to page, against a bare data channel between the same two pages,
 * turn by turn: two Chromium processes with profiles on disk, so that every commit is a real one. On its way there and
 * back a message passes four durable commits (outbox and history, at either end), eight hops between page and worker,
 * and two seals and opens; the prices of hop and commit are measured in the same run.
 */
import { startBroker } from '@enk/broker';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { launchChromium } from '../shell/e2e/support/browsers.ts';
import { servePage } from '../shell/e2e/support/page-server.ts';
import type { LatencyBench, RoundTrip } from './latency-page.ts';
import { type BenchCase, quantile, round, toCase } from './statistics.ts';

export interface LatencyResult {
  readonly name: 'latency';
  readonly unit: 'ms';
  /** Median of message and echo. */
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const RUNS = 200;
const WARM_UPS = 20;
/** A message of 100 B, padded and sealed. */
const FRAME_BYTES = 525;

interface Samples {
  readonly ours: RoundTrip[];
  readonly bare: number[];
  readonly hop: number[];
  readonly strict: number[];
  readonly relaxed: number[];
}

/** Calls one function of the page. */
const call =
  (page: Page) =>
  <K extends keyof LatencyBench>(
    name: K,
    ...args: Parameters<LatencyBench[K]>
  ): ReturnType<LatencyBench[K]> =>
    page.evaluate(
      (method, given) =>
        (globalThis as unknown as { latency: Record<string, (...all: unknown[]) => unknown> }).latency[
          method
        ]?.(...given),
      name,
      args as unknown[],
    ) as ReturnType<LatencyBench[K]>;

export default async function latency(): Promise<LatencyResult> {
  const broker = await startBroker({ port: 0 });
  const server = await servePage(new URL('./latency-page.ts', import.meta.url), { withWorker: true });
  const opened = [await openPage(server.url), await openPage(server.url)] as const;
  try {
    return await measure(opened[0].page, opened[1].page, broker.url);
  } finally {
    for (const { close } of opened) await close();
    await Promise.all([server.close(), broker.close()]);
  }
}

async function openPage(url: string): Promise<{ page: Page; close(): Promise<void> }> {
  const profileFolder = mkdtempSync(join(tmpdir(), 'enk-bench-profile-'));
  const { browser, close } = await launchChromium({ profileFolder });
  const page = await browser.newPage();
  await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
  await page.goto(url);
  const end = async (): Promise<void> => {
    await close();
    rmSync(profileFolder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { page, close: end };
}

async function measure(alicePage: Page, bobPage: Page, brokerUrl: string): Promise<LatencyResult> {
  const [alice, bob] = [call(alicePage), call(bobPage)];
  await alice('open', 'Alice', brokerUrl);
  await bob('open', 'Bob', brokerUrl);
  const ready = Promise.all([alice('untilReady'), bob('untilReady')]);
  await alice('accept', await bob('invite'));
  await ready;
  await bob('echo');
  await alice('bareOpen', await bob('bareAnswer', await alice('bareOffer')));

  const samples: Samples = { ours: [], bare: [], hop: [], strict: [], relaxed: [] };
  for (let run = -WARM_UPS; run < RUNS; run++) {
    const trip = await alice('roundTrip', run);
    const bare = await alice('bareRoundTrip', FRAME_BYTES);
    const hop = await alice('hop');
    const strict = await alice('commit', 'strict');
    const relaxed = await alice('commit', 'relaxed');
    if (run < 0) continue;
    samples.ours.push(trip);
    samples.bare.push(bare);
    samples.hop.push(hop);
    samples.strict.push(strict);
    samples.relaxed.push(relaxed);
  }
  return summarize(samples);
}

function summarize({ ours, bare, hop, strict, relaxed }: Samples): LatencyResult {
  const echo = ours.map(({ echoMs }) => echoMs);
  const pick = (key: keyof RoundTrip): number[] => ours.map(trip => trip[key]);
  const cases = [
    toCase('message and its echo', 'ms', echo),
    toCase('send to delivered (acknowledged)', 'ms', pick('deliveredMs')),
    toCase('send to durable in the outbox', 'ms', pick('durableMs')),
    toCase('bare data channel, there and back', 'ms', bare),
    toCase('price: page to worker and back', 'ms', hop),
    toCase('price: one strict commit', 'ms', strict),
    toCase('price: one relaxed commit', 'ms', relaxed),
  ];
  const [oursMs, baselineMs] = [quantile(echo, 0.5), quantile(bare, 0.5)];
  const headline = { ours: oursMs, baseline: baselineMs, ratio: round(oursMs / baselineMs) };
  return { name: 'latency', unit: 'ms', ...headline, runs: ours.length, cases };
}
