/**
 * How fast a file goes from one Chromium process to another, stored and hashed at its end: through the whole cascade
 * (standard), under a key of its own (fast), and against what carries the same number of bytes without storing or
 * hashing anything: a bare data channel, and PeerJS's own binary DataConnection. Turn by turn in one run.
 * ENK_FILES_MIB (default 500) and ENK_FILES_RUNS (default 1) make it smaller or longer.
 */
import { startBroker } from '@enk/broker';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { launchChromium } from '../shell/e2e/support/browsers.ts';
import { servePage } from '../shell/e2e/support/page-server.ts';
import type { FilesBench } from './files-page.ts';
import { RendererMemory } from './renderer-memory.ts';
import { type BenchCase, fixedCase, quantile, round, toCase } from './statistics.ts';

export interface FilesResult {
  readonly name: 'files';
  readonly unit: 'MiB/s';
  /** Standard mode. */
  readonly ours: number;
  /** The bare data channel. */
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const MIB = 1024 * 1024;
const SIZE_MIB = Number(process.env['ENK_FILES_MIB'] ?? 500);
const RUNS = Number(process.env['ENK_FILES_RUNS'] ?? 1);
const CHAT_LINES = 20;

/** Calls one function of the page. */
const call =
  (page: Page) =>
  <K extends keyof FilesBench>(name: K, ...args: Parameters<FilesBench[K]>): ReturnType<FilesBench[K]> =>
    page.evaluate(
      (method, given) =>
        (globalThis as unknown as { files: Record<string, (...all: unknown[]) => unknown> }).files[method]?.(
          ...given,
        ),
      name,
      args as unknown[],
    ) as ReturnType<FilesBench[K]>;
type Call = ReturnType<typeof call>;

interface Opened {
  readonly page: Page;
  close(): Promise<void>;
}

export default async function files(): Promise<FilesResult> {
  const broker = await startBroker({ port: 0 });
  const server = await servePage(new URL('./files-page.ts', import.meta.url), { withWorker: true });
  const opened = [await openPage(server.url), await openPage(server.url)] as const;
  try {
    return await measure(opened[0].page, opened[1].page, broker.url);
  } finally {
    for (const { close } of opened) await close();
    await Promise.all([server.close(), broker.close()]);
  }
}

async function openPage(url: string): Promise<Opened> {
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

async function measure(alicePage: Page, bobPage: Page, brokerUrl: string): Promise<FilesResult> {
  const [alice, bob] = [call(alicePage), call(bobPage)];
  await connect(alice, bob, brokerUrl);
  const memory = [alicePage, bobPage].map(page => new RendererMemory(page.browser().process()?.pid ?? 0));
  const sizeBytes = SIZE_MIB * MIB;
  await alice('makeFile', sizeBytes);
  const rates = {
    standard: [] as number[],
    fast: [] as number[],
    raw: [] as number[],
    peerjs: [] as number[],
  };
  let done = 0;
  const ours = async (isFast: boolean): Promise<number> => {
    const ended = bob('untilDone', ++done);
    const rate = await timed(async () => {
      await alice('send', isFast);
      await ended;
    });
    await bob('clear');
    return rate;
  };
  for (let run = 0; run < RUNS; run++) {
    rates.raw.push(await timed(() => pass(bob('bareReceive', sizeBytes), alice('bareSend', sizeBytes))));
    rates.standard.push(await ours(false));
    rates.fast.push(await ours(true));
    rates.peerjs.push(
      await timed(() => pass(bob('peerjsReceive', sizeBytes), alice('peerjsSend', sizeBytes))),
    );
  }
  const [sender, receiver] = memory.map(each => each.peak());
  const chatMs = await chatMeanwhile(alice, bob, ++done);
  const cases = [
    toCase('standard: whole cascade, stored and hashed', 'MiB/s', rates.standard),
    toCase('fast: a file key, stored and hashed', 'MiB/s', rates.fast),
    toCase('bare data channel', 'MiB/s', rates.raw),
    toCase('PeerJS binary DataConnection', 'MiB/s', rates.peerjs),
    fixedCase('standard ÷ bare', '×', best(rates.standard) / best(rates.raw)),
    fixedCase('fast ÷ bare', '×', best(rates.fast) / best(rates.raw)),
    fixedCase('standard ÷ PeerJS', '×', best(rates.standard) / best(rates.peerjs)),
    fixedCase('sender, above its start', 'MB', sender?.aboveStartMb ?? 0),
    fixedCase('receiver, above its start', 'MB', receiver?.aboveStartMb ?? 0),
    toCase('a line of chat meanwhile, to delivered', 'ms', chatMs),
    fixedCase('long tasks in the sending page', 'tasks', await alice('longTasks')),
    fixedCase('processors', '', cpus().length),
  ];
  const headline = { ours: quantile(rates.standard, 0.5), baseline: quantile(rates.raw, 0.5) };
  return {
    name: 'files',
    unit: 'MiB/s',
    ...headline,
    ratio: round(headline.ours / headline.baseline),
    runs: RUNS,
    cases,
  };
}

async function connect(alice: Call, bob: Call, brokerUrl: string): Promise<void> {
  await alice('open', 'Alice', brokerUrl);
  await bob('open', 'Bob', brokerUrl);
  const ready = Promise.all([alice('untilReady'), bob('untilReady')]);
  await alice('accept', await bob('invite'));
  await ready;
  await bob('takeAll');
  await alice('bareOpen', await bob('bareAnswer', await alice('bareOffer')));
  const bobId = await bob('peerjsOpen', brokerUrl);
  await alice('peerjsOpen', brokerUrl);
  await alice('peerjsConnect', bobId);
}

/** Lines while one more file goes through the cascade at full speed. */
async function chatMeanwhile(alice: Call, bob: Call, done: number): Promise<number[]> {
  const ended = bob('untilDone', done);
  await alice('send', false);
  const waits = await alice('chat', CHAT_LINES);
  await ended;
  return waits;
}

async function pass(received: Promise<void>, sent: Promise<void>): Promise<void> {
  await Promise.all([received, sent]);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return round((SIZE_MIB * 1000) / (performance.now() - startedAt));
}

function best(rates: readonly number[]): number {
  return Math.max(...rates);
}
