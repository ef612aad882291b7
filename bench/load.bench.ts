/**
 * How long a page with one chat takes from nothing to usable (its worker answers and somebody new is asked for a name),
 * and how many bytes that is: with the loader, against the same elements as one bundled script, turn by turn, each in
 * a context with empty caches, at the speeds of a mobile network and of a cable. The last network has delay alone, so
 * that the difference tells the round trips: over HTTP/2, as hosts serve it, and over HTTP/1.1.
 */
import type { Browser } from 'puppeteer-core';
import { launchChromium, openPerson } from '../shell/e2e/support/browsers.ts';
import { certificateFlag, startLoadServer, type HttpVersion, type LoadServer } from './load-server.ts';
import { fixedCase, quantile, round, toCase, type BenchCase } from './statistics.ts';

export interface LoadResult {
  readonly name: 'load';
  readonly unit: 'ms';
  /** Median of the loader at the speed of a mobile network. */
  readonly ours: number;
  /** The same of one bundled script. */
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

interface Network {
  readonly name: string;
  /** Round trip, ms. */
  readonly latency: number;
  /** Bits a second; null: as fast as it goes. */
  readonly down: number | null;
  readonly up: number | null;
  readonly http: HttpVersion;
}

const DELAY_MS = 1000;
const networks: readonly Network[] = [
  { name: '4G', latency: 170, down: 9_000_000, up: 9_000_000, http: 2 },
  { name: 'cable', latency: 28, down: 5_000_000, up: 1_000_000, http: 2 },
  { name: 'delay alone', latency: DELAY_MS, down: null, up: null, http: 2 },
  { name: 'delay alone, HTTP/1.1', latency: DELAY_MS, down: null, up: null, http: 1 },
];
const RUNS = Number(process.env['ENK_LOAD_RUNS'] ?? 7);

type Way = 'loader' | 'bundled';

interface Measurement {
  readonly ms: number;
  readonly bytes: number;
}

export default async function load(): Promise<LoadResult> {
  const servers = { 1: await startLoadServer(1), 2: await startLoadServer(2) };
  const { browser, close } = await launchChromium({ flags: [certificateFlag] });
  try {
    return await measureAll(browser, servers);
  } finally {
    await close();
    for (const server of Object.values(servers)) await server.close();
  }
}

async function measureAll(
  browser: Browser,
  servers: Readonly<Record<HttpVersion, LoadServer>>,
): Promise<LoadResult> {
  for (const way of ['loader', 'bundled'] as const) await measure(browser, servers[2], way, networks[1]); // warms the browser
  const cases: BenchCase[] = [];
  const medians = new Map<string, number>();
  for (const network of networks) {
    const found: Record<Way, Measurement[]> = { loader: [], bundled: [] };
    for (let i = 0; i < RUNS; i++)
      for (const way of ['loader', 'bundled'] as const)
        found[way].push(await measure(browser, servers[network.http], way, network));
    for (const way of ['loader', 'bundled'] as const) {
      const times = found[way].map(({ ms }) => ms);
      cases.push(toCase(`${network.name}, ${way}`, 'ms', times));
      medians.set(`${network.name} ${way}`, quantile(times, 0.5));
      if (network === networks[0]) cases.push(fixedCase(`bytes, ${way}`, 'B', found[way][0]?.bytes ?? 0));
    }
  }
  const median = (name: string): number => medians.get(name) ?? 0;
  for (const { name, latency } of networks.filter(({ latency }) => latency === DELAY_MS)) {
    const trips = (median(`${name} loader`) - median(`${name} bundled`)) / latency;
    cases.push(fixedCase(`${name}: round trips more than bundled`, '', round(trips)));
  }
  const [ours, baseline] = [median('4G loader'), median('4G bundled')];
  return { name: 'load', unit: 'ms', ours, baseline, ratio: round(ours / baseline), runs: RUNS, cases };
}

async function measure(
  browser: Browser,
  server: LoadServer,
  way: Way,
  network: Network | undefined,
): Promise<Measurement> {
  if (!network) throw new RangeError('no network');
  server.takeBytes();
  const { page, context } = await openPerson(browser, 'about:blank', async fresh => {
    await fresh.evaluateOnNewDocument(watchForChat);
    const session = await fresh.createCDPSession();
    await session.send('Network.enable');
    const bytesPerSecond = (bits: number | null): number => (bits === null ? -1 : bits / 8);
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: network.latency,
      downloadThroughput: bytesPerSecond(network.down),
      uploadThroughput: bytesPerSecond(network.up),
    });
  });
  await page.goto(server[way], { timeout: 180_000 });
  await page.waitForFunction(() => '__usableAt' in globalThis, { timeout: 180_000, polling: 50 });
  const ms = await page.evaluate(() => (globalThis as { __usableAt?: number }).__usableAt ?? 0);
  const bytes = server.takeBytes();
  await context.close();
  return { ms: round(ms), bytes };
}

/** Runs in the page from its start: notes when the field for the name is there, looking once a frame. */
function watchForChat(): void {
  const isThere = (tree: ParentNode): boolean =>
    [...tree.querySelectorAll('*')].some(
      ({ shadowRoot }) =>
        shadowRoot !== null &&
        (shadowRoot.querySelector('[data-testid="name-input"]') !== null || isThere(shadowRoot)),
    );
  const look = (): void => {
    if (isThere(document)) Object.assign(globalThis, { __usableAt: performance.now() });
    else requestAnimationFrame(look);
  };
  look();
}
