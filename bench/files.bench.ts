/**
 * How fast a file goes from one Chromium process to another, stored and hashed at its end: through the whole cascade
 * (standard), under a key of its own (fast), and against what carries the same number of bytes without storing or
 * hashing anything: a bare data channel, PeerJS's own binary DataConnection, and simple-peer. Turn by turn in one run,
 * with the processor time of both browsers and the memory of both pages; then chat beside a file, and a folder of small files.
 * ENK_FILES_MIB (default 500) and ENK_FILES_RUNS (default 1) make it smaller or longer.
 */
import { startBroker } from '@enk/broker';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { launchChromium } from '../shell/e2e/support/browsers.ts';
import { servePage } from '../shell/e2e/support/page-server.ts';
import { BrowserCpu } from './browser-cpu.ts';
import { callFiles, type FilesCall } from './files-call.ts';
import { RendererMemory } from './renderer-memory.ts';
import { ensureRivals } from './rivals.ts';
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
const FOLDER_FILES = 2_000;
const FOLDER_MIB = 8;

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
  await page.addScriptTag({ path: `${ensureRivals()}/simple-peer/simplepeer.min.js` });
  const end = async (): Promise<void> => {
    await close();
    rmSync(profileFolder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { page, close: end };
}

/** One way to carry the bytes: each turn of it, and what it cost. */
class Way {
  readonly rates: number[] = [];
  readonly #cpuSeconds: number[] = [];
  readonly #memoryMb: number[][] = [];

  constructor(
    readonly name: string,
    private readonly browserPids: readonly number[],
  ) {}

  async turn(carry: () => Promise<void>): Promise<void> {
    const memory = this.browserPids.map(pid => new RendererMemory(pid));
    const cpu = this.browserPids.map(pid => new BrowserCpu(pid));
    this.rates.push(await timed(carry));
    this.#cpuSeconds.push(cpu.reduce((sum, each) => sum + each.lap(), 0));
    this.#memoryMb.push(memory.map(each => each.peak().aboveStartMb));
  }

  get best(): number {
    return Math.max(...this.rates);
  }

  get cases(): readonly BenchCase[] {
    const perGib = this.#cpuSeconds.map(seconds => (seconds * 1024) / SIZE_MIB);
    const rise = (side: number): number => Math.max(...this.#memoryMb.map(sides => sides[side] ?? 0));
    return [
      toCase(this.name, 'MiB/s', this.rates),
      toCase('  processor, both browsers', 's/GiB', perGib),
      fixedCase('  memory above its start, sender', 'MB', rise(0)),
      fixedCase('  memory above its start, receiver', 'MB', rise(1)),
    ];
  }
}

async function measure(alicePage: Page, bobPage: Page, brokerUrl: string): Promise<FilesResult> {
  const [alice, bob] = [callFiles(alicePage), callFiles(bobPage)];
  await connect(alice, bob, brokerUrl);
  const pids = [alicePage, bobPage].map(page => page.browser().process()?.pid ?? 0);
  const sizeBytes = SIZE_MIB * MIB;
  await alice('makeFile', sizeBytes);
  const raw = new Way('bare data channel', pids);
  const standard = new Way('standard: whole cascade, stored and hashed', pids);
  const fast = new Way('fast: a file key, stored and hashed', pids);
  const real = new Way('standard, real files', pids);
  const peerjs = new Way('PeerJS binary DataConnection', pids);
  const simplePeer = new Way('simple-peer', pids);
  let done = 0;
  const received = async (send: () => Promise<void>): Promise<void> => {
    const ended = bob('untilDone', ++done);
    await send();
    await ended;
  };
  for (let run = 0; run < RUNS; run++) {
    await raw.turn(() => pass(bob('bareReceive', sizeBytes), alice('bareSend', sizeBytes)));
    for (const [way, isFast] of [
      [standard, false],
      [fast, true],
    ] as const) {
      await way.turn(() => received(() => alice('send', isFast)));
      await bob('clear');
    }
    await peerjs.turn(() => pass(bob('peerjsReceive', sizeBytes), alice('peerjsSend', sizeBytes)));
    await simplePeer.turn(() =>
      pass(bob('simplePeerReceive', sizeBytes), alice('simplePeerSend', sizeBytes)),
    );
  }
  await alice('makeRealFile', sizeBytes, realFiles());
  await real.turn(() => received(() => alice('send', false)));
  await bob('clear');
  await alice('makeFile', sizeBytes);
  const chat = await chatMeanwhile(alice, bob, ++done);
  const small = await timed(() => received(() => alice('sendStored', FOLDER_MIB * MIB, FOLDER_FILES)));
  const archive = await timed(() => received(() => alice('sendStored', FOLDER_MIB * MIB, 1)));
  const cases = [
    ...[raw, standard, real, fast, peerjs, simplePeer].flatMap(way => way.cases),
    fixedCase('standard ÷ bare', '×', standard.best / raw.best),
    fixedCase('fast ÷ bare', '×', fast.best / raw.best),
    fixedCase('standard ÷ PeerJS', '×', standard.best / peerjs.best),
    fixedCase('standard ÷ simple-peer', '×', standard.best / simplePeer.best),
    ...chat,
    fixedCase(`time of ${FOLDER_FILES} files ÷ one of their size`, '×', archive / small),
    fixedCase('processors', '', cpus().length),
  ];
  const headline = { ours: quantile(standard.rates, 0.5), baseline: quantile(raw.rates, 0.5) };
  return {
    name: 'files',
    unit: 'MiB/s',
    ...headline,
    ratio: round(headline.ours / headline.baseline),
    runs: RUNS,
    cases,
  };
}

async function connect(alice: FilesCall, bob: FilesCall, brokerUrl: string): Promise<void> {
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
  const answer = await bob('simplePeerDescribe', await alice('simplePeerDescribe', null));
  await alice('simplePeerOpen', answer);
}

/** Pictures, documents and sounds, base64. */
function realFiles(): string {
  const folder = new URL('../test/vectors/files/', import.meta.url);
  const { files } = JSON.parse(readFileSync(new URL('files.json', folder), 'utf8')) as {
    files: readonly { path: string }[];
  };
  return Buffer.concat(files.map(({ path }) => readFileSync(new URL(path, folder)))).toString('base64');
}

/** Chat while one more file goes through the cascade at full speed, and what both main threads do then. */
async function chatMeanwhile(alice: FilesCall, bob: FilesCall, done: number): Promise<readonly BenchCase[]> {
  for (const side of [alice, bob]) await side('takeLongTasks');
  const ended = bob('untilDone', done);
  await alice('send', false);
  await alice('chatUntilDone', done);
  await ended;
  const arrivals = await bob('takeArrivals');
  const tasks = [...(await alice('takeLongTasks')), ...(await bob('takeLongTasks'))];
  await bob('clear');
  return [
    toCase(`chat meanwhile, until it arrives (${arrivals.length} lines)`, 'ms', arrivals),
    fixedCase('tasks over 50 ms on both main threads meanwhile', 'tasks', tasks.length),
    fixedCase('the longest of them', 'ms', Math.max(0, ...tasks)),
  ];
}

async function pass(received: Promise<void>, sent: Promise<void>): Promise<void> {
  await Promise.all([received, sent]);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return round((SIZE_MIB * 1000) / (performance.now() - startedAt));
}
