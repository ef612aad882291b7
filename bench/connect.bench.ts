/**
 * From dial to Ready with a known contact (the whole handshake, pair secret as PSK), against a bare PeerJS data
 * channel between the same two pages over the same broker, turn by turn. Uses the built product (dist/).
 */
import { startBroker } from '@enk/broker';
import type { Page } from 'puppeteer-core';
import { launchChromium, openPerson } from '../shell/e2e/support/browsers.ts';
import { servePage } from '../shell/e2e/support/page-server.ts';
import { serveSite } from '../tools/serve.ts';
import type { Attempt } from './connect-page.ts';
import { type BenchCase, quantile, round, toCase } from './statistics.ts';

export interface ConnectResult {
  readonly name: 'connect';
  readonly unit: 'ms';
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const RUNS = 20;
const WARM_UPS = 2;
/** Between runs: the callee admits one handshake in 2 s from one address, and 12 at once (HANDSHAKE_BUCKET). */
const PAUSE_MS = 1_200;

/** Runs the benchmark; dist/ must be built. */
export default async function connect(): Promise<ConnectResult> {
  const broker = await startBroker({ port: 0 });
  const site = await serveSite({ broker: broker.url });
  const server = await servePage(new URL('./connect-page.ts', import.meta.url), {
    imports: await readImports(site.url),
  });
  const { browser, close } = await launchChromium();
  try {
    const [{ page: alice }, { page: bob }] = [
      await openPerson(browser, server.url),
      await openPerson(browser, server.url),
    ];
    return await measure(alice, bob, broker);
  } finally {
    await close();
    await Promise.all([server.close(), site.close(), broker.close()]);
  }
}

async function readImports(siteUrl: string): Promise<Record<string, string>> {
  const response = await fetch(`${siteUrl}importmap.json`);
  const { imports } = (await response.json()) as { imports: Record<string, string> };
  return Object.fromEntries(Object.entries(imports).map(([key, url]) => [key, new URL(url, siteUrl).href]));
}

async function measure(
  alice: Page,
  bob: Page,
  broker: { url: string; port: number },
): Promise<ConnectResult> {
  await alice.evaluate(url => window.bench.open(url, 'Alice', true), broker.url);
  await bob.evaluate(url => window.bench.open(url, 'Bob', false), broker.url);
  await alice.evaluate(port => window.bench.openPeerJs('bare-a', port), broker.port);
  await bob.evaluate(port => window.bench.openPeerJs('bare-b', port), broker.port);

  const token = await bob.evaluate(() => window.bench.invite());
  const first = await alice.evaluate(given => window.bench.accept(given), token);
  const ours: Attempt[] = [];
  const baseline: number[] = [];
  for (let run = -WARM_UPS; run < RUNS; run++) {
    const attempt = await alice.evaluate(() => window.bench.reconnect());
    const bare = await alice.evaluate(() => window.bench.connectPeerJs('bare-b'));
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
    if (run < 0) continue;
    ours.push(attempt);
    baseline.push(bare);
  }
  return summarize(first, ours, baseline);
}

function summarize(first: Attempt, ours: readonly Attempt[], baseline: readonly number[]): ConnectResult {
  const ready = ours.map(({ readyMs }) => readyMs);
  const open = ours.map(({ openMs }) => openMs);
  const cases = [
    toCase('dial to Ready, known contact', 'ms', ready),
    toCase('dial to open channel', 'ms', open),
    toCase(
      'handshake',
      'ms',
      ours.map(({ openMs, readyMs }) => readyMs - openMs),
    ),
    toCase('dial to Ready, first contact by invite', 'ms', [first.readyMs]),
    toCase('bare PeerJS data channel', 'ms', baseline),
  ];
  const [oursMs, baselineMs] = [quantile(ready, 0.5), quantile(baseline, 0.5)];
  const headline = { ours: oursMs, baseline: baselineMs, ratio: round(oursMs / baselineMs) };
  return { name: 'connect', unit: 'ms', ...headline, runs: ours.length, cases };
}
