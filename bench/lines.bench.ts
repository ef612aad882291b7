/**
 * How fast a file goes over a line where the round trip and loss are the limit, between two sites of the network lab:
 * through the whole cascade and in fast mode, stored and hashed at its end, with as many connections as the session
 * finds fit, against one bare data channel over the same line. Needs root. ENK_LINES_RUNS (default 1) makes it longer.
 */
import { startBroker } from '@enk/broker';
import type { Page } from 'puppeteer-core';
import { launchChromium } from '../shell/e2e/support/browsers.ts';
import { servePage } from '../shell/e2e/support/page-server.ts';
import { findChromium } from '../tools/find-browser.mjs';
import { Netlab } from '../tools/netlab/netlab.ts';
import type { LabSite } from '../tools/netlab/site.ts';
import { callFiles, type FilesCall } from './files-call.ts';
import { type BenchCase, fixedCase, quantile, round, toCase } from './statistics.ts';

export const needsLab = true;

export interface LinesResult {
  readonly name: 'lines';
  readonly unit: 'MiB/s';
  /** Standard mode, over the longest line. */
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const MIB = 1024 * 1024;
const RUNS = Number(process.env['ENK_LINES_RUNS'] ?? 1);
/** Round trips in ms, and what goes over them in half a minute to one. */
const LINES = [
  { roundTripMs: 20, sizeMib: 16 },
  { roundTripMs: 100, sizeMib: 8 },
] as const;
/** Each way. */
const LOSS_PERCENT = 1;

export default async function lines(): Promise<LinesResult> {
  const broker = await startBroker({ port: 0 });
  const server = await servePage(new URL('./files-page.ts', import.meta.url), { withWorker: true });
  const lab = Netlab.open();
  const loopbackPorts = [broker.url, server.url].map(url => Number(new URL(url).port));
  const sites = [
    await lab.addSite({ nat: 'none', loopbackPorts }),
    await lab.addSite({ nat: 'none', loopbackPorts }),
  ] as const;
  const opened = [await openAt(sites[0], server.url), await openAt(sites[1], server.url)] as const;
  try {
    const [alice, bob] = [callFiles(opened[0].page), callFiles(opened[1].page)];
    await connect(alice, bob, broker.url);
    const cases: BenchCase[] = [];
    let headline = { ours: 0, baseline: 0 };
    for (const line of LINES) {
      await sites[0].setLine({ delayMs: line.roundTripMs / 2, lossPercent: LOSS_PERCENT });
      const measured = await measure(alice, bob, line);
      cases.push(...measured.cases);
      headline = measured.headline;
      await sites[0].setLine(null);
    }
    const ratio = round(headline.ours / headline.baseline);
    return { name: 'lines', unit: 'MiB/s', ...headline, ratio, runs: RUNS, cases };
  } finally {
    for (const { close } of opened) await close();
    await Promise.all([server.close(), broker.close()]);
    await lab.close();
  }
}

async function openAt(site: LabSite, url: string): Promise<{ page: Page; close(): Promise<void> }> {
  const { browser, close } = await launchChromium({
    executablePath: site.host.wrap(findChromium() ?? ''),
    flags: ['--disable-features=WebRtcHideLocalIpsWithMdns'], // no multicast reaches the other site
  });
  const page = await browser.newPage();
  await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
  page.setDefaultTimeout(0);
  await page.goto(url);
  return { page, close };
}

async function connect(alice: FilesCall, bob: FilesCall, brokerUrl: string): Promise<void> {
  await alice('open', 'Alice', brokerUrl);
  await bob('open', 'Bob', brokerUrl);
  const ready = Promise.all([alice('untilReady'), bob('untilReady')]);
  await alice('accept', await bob('invite'));
  await ready;
  await bob('takeAll');
  await alice('bareOpen', await bob('bareAnswer', await alice('bareOffer')));
}

let done = 0;

async function measure(
  alice: FilesCall,
  bob: FilesCall,
  { roundTripMs, sizeMib }: (typeof LINES)[number],
): Promise<{ cases: readonly BenchCase[]; headline: { ours: number; baseline: number } }> {
  const [raw, standard, fast]: [number[], number[], number[]] = [[], [], []];
  await alice('makeFile', sizeMib * MIB);
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return round((sizeMib * 1000) / (performance.now() - startedAt));
  };
  const send = async (isFast: boolean): Promise<void> => {
    const ended = bob('untilDone', ++done);
    await alice('send', isFast);
    await ended;
  };
  for (let run = 0; run < RUNS; run++) {
    raw.push(
      await timed(() => Promise.all([bob('bareReceive', sizeMib * MIB), alice('bareSend', sizeMib * MIB)])),
    );
    standard.push(await timed(() => send(false)));
    fast.push(await timed(() => send(true)));
    console.error(
      `${roundTripMs} ms: bare ${raw.at(-1)}, standard ${standard.at(-1)}, fast ${fast.at(-1)} MiB/s`,
    );
    await bob('clear');
  }
  const name = `${roundTripMs} ms, ${LOSS_PERCENT} %`;
  const [ours, baseline] = [quantile(standard, 0.5), quantile(raw, 0.5)];
  return {
    cases: [
      toCase(`${name}: one bare data channel`, 'MiB/s', raw),
      toCase(`${name}: standard`, 'MiB/s', standard),
      toCase(`${name}: fast`, 'MiB/s', fast),
      fixedCase(`${name}: standard ÷ bare`, '×', ours / baseline),
      fixedCase(`${name}: fast ÷ bare`, '×', quantile(fast, 0.5) / baseline),
    ],
    headline: { ours, baseline },
  };
}
