/**
 * What a call costs beside a bare WebRTC call between the same two pages, turn by turn: from the click to the first
 * decoded frame; frames a second and processor time at 360p and 720p, sealed and bare; then a call beside a file, and
 * how many people in a mesh two cores hold. The product itself, with its elements, in real Chromium with fake devices.
 * Needs a build. ENK_CALLS_RUNS (default 15) and ENK_CALLS_SECONDS (default 8) make it shorter or steadier.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ElementHandle, Page } from 'puppeteer-core';
import { CallPerson, fakeDevices } from '../shell/e2e/support/call-person.ts';
import type { Person } from '../shell/e2e/support/person.ts';
import { Product } from '../shell/e2e/support/product.ts';
import { BrowserCpu } from './browser-cpu.ts';
import { type CallsBench, installCallsBench, type MediaCounts } from './calls-page.ts';
import { type BenchCase, fixedCase, quantile, round, toCase } from './statistics.ts';

const RUNS = Number(process.env['ENK_CALLS_RUNS'] ?? 15);
const SPAN_MS = Number(process.env['ENK_CALLS_SECONDS'] ?? 8) * 1_000;
const WARM_UP_MS = SPAN_MS / 2;
const FILE_MIB = 96;
const MESH = ['Ana', 'Ben', 'Cleo', 'Dora', 'Edda', 'Finn'] as const;
const MESH_FRAMES_PER_SECOND = 15;

const SIZES = { '360p': [640, 360, 30], '720p': [1280, 720, 30] } as const;

/** Calls one function of the page. */
const call =
  (page: Page) =>
  <K extends keyof CallsBench>(name: K, ...args: Parameters<CallsBench[K]>): ReturnType<CallsBench[K]> =>
    page.evaluate(
      (method, given) =>
        (globalThis as unknown as { callsBench: Record<string, (...all: unknown[]) => unknown> }).callsBench[
          method
        ]?.(...given),
      name,
      args as unknown[],
    ) as ReturnType<CallsBench[K]>;
type Call = ReturnType<typeof call>;

const prepare = async (page: Page): Promise<void> => {
  await page.evaluateOnNewDocument(installCallsBench);
};

interface Pair {
  readonly people: readonly [Person, Person];
  readonly ana: Call;
  readonly ben: Call;
  readonly cpus: readonly BrowserCpu[];
}

export interface CallsResult {
  readonly name: 'calls';
  readonly unit: 'ms';
  /** Median from the click to the first decoded frame. */
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

export default async function calls(): Promise<CallsResult> {
  const cases: BenchCase[] = [];
  const setUp = await withPair(30, async pair => {
    const times = await setUpTimes(pair);
    for (const [name, size] of Object.entries(SIZES)) cases.push(...(await rates(pair, name, size)));
    cases.push(...(await besideFile(pair)));
    return times;
  });
  cases.push(...(await mesh()));
  const [ours, baseline] = [quantile(setUp.ours, 0.5), quantile(setUp.bare, 0.5)];
  cases.unshift(
    toCase('click to first decoded frame', 'ms', setUp.ours),
    toCase('bare WebRTC: call to first decoded frame', 'ms', setUp.bare),
  );
  return { name: 'calls', unit: 'ms', ours, baseline, ratio: round(ours / baseline), runs: RUNS, cases };
}

async function withPair<T>(framesPerSecond: number, run: (pair: Pair) => Promise<T>): Promise<T> {
  const product = await Product.start({ flags: fakeDevices(framesPerSecond) });
  try {
    const people = await product.connectedPair(prepare);
    const [ana, ben] = people.map(({ page }) => call(page)) as [Call, Call];
    await ana('channelOpen', await ben('channelAnswer', await ana('channelOffer')));
    const cpus = people.map(({ page }) => new BrowserCpu(page.browser().process()?.pid ?? 0));
    return await run({ people, ana, ben, cpus });
  } finally {
    await product.close();
  }
}

// ---------------------------------------------------------------- two

async function ourCall({ ana, ben }: Pair): Promise<number> {
  const answered = ben('clickWhenThere', 'call-answer-video');
  const tookMs = await ana('clickToFrame', 'start-video-call');
  await answered;
  return tookMs;
}

async function endOurs({ ana, ben }: Pair): Promise<void> {
  await ana('clickWhenThere', 'call-hang-up');
  for (const someone of [ana, ben]) {
    await someone('clickWhenThere', 'call-close');
    await someone('gone', 'call');
  }
}

async function setUpTimes(pair: Pair): Promise<{ readonly ours: number[]; readonly bare: number[] }> {
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let run = -1; run < RUNS; run++) {
    const ours = await ourCall(pair);
    await endOurs(pair);
    const bare = await pair.ana('bareCall');
    await pair.ana('bareEnd');
    if (run < 0) continue; // the first one loads the media worker
    times.ours.push(ours);
    times.bare.push(bare);
  }
  return times;
}

/** Frames a second of all incoming pictures, and seconds of processor a second. */
async function measure(
  ends: readonly Call[],
  cpus: readonly BrowserCpu[],
  during: () => Promise<unknown> = () => delay(SPAN_MS),
): Promise<{ readonly rates: number[]; readonly cpu: number; readonly heights: readonly number[] }> {
  const before = await Promise.all(ends.map(end => end('counts')));
  cpus.forEach(cpu => cpu.lap());
  const startedAt = performance.now();
  await during();
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = cpus.reduce((sum, one) => sum + one.lap(), 0) / seconds;
  const after = await Promise.all(ends.map(end => end('counts')));
  const rates = after.flatMap((counts, index) => ratesOf(before[index] as MediaCounts, counts));
  return { rates, cpu, heights: after.flatMap(({ heights }) => heights.filter(height => height > 0)) };
}

/** Of pictures that move: what is not sent has no rate. */
function ratesOf(before: MediaCounts, after: MediaCounts): number[] {
  const seconds = (after.atMs - before.atMs) / 1_000;
  return after.decoded
    .map((frames, index) => (frames - (before.decoded[index] ?? 0)) / seconds)
    .filter((_, index) => (after.decoded[index] ?? 0) > 0);
}

async function rates(
  pair: Pair,
  name: string,
  [width, height, framesPerSecond]: readonly [number, number, number],
): Promise<BenchCase[]> {
  const { ana, ben, cpus } = pair;
  for (const end of [ana, ben]) await end('size', width, height, framesPerSecond);
  await ourCall(pair);
  await delay(WARM_UP_MS);
  const sealed = await measure([ana, ben], cpus);
  await endOurs(pair);
  await ana('bareCall');
  await delay(WARM_UP_MS);
  const bare = await measure([ana, ben], cpus);
  await ana('bareEnd');
  const framesPerSecondOf = (values: readonly number[]): number => quantile(values, 0.5);
  return [
    fixedCase(`${name}: sealed, frames decoded`, '1/s', framesPerSecondOf(sealed.rates)),
    fixedCase(`${name}: bare, frames decoded`, '1/s', framesPerSecondOf(bare.rates)),
    fixedCase(`${name}: sealed, processor of both browsers`, 's/s', sealed.cpu),
    fixedCase(`${name}: bare, processor of both browsers`, 's/s', bare.cpu),
    fixedCase(`${name}: sealed, rows at the end`, 'rows', Math.max(0, ...sealed.heights)),
    fixedCase(`${name}: bare, rows at the end`, 'rows', Math.max(0, ...bare.heights)),
  ];
}

// ---------------------------------------------------------------- beside a file

async function besideFile(pair: Pair): Promise<BenchCase[]> {
  const folder = mkdtempSync(join(tmpdir(), 'enk-bench-file-'));
  try {
    const { ana, ben, cpus } = pair;
    const alone = await transfer(pair, folder, 1);
    for (const end of [ana, ben]) await end('size', 640, 480, 15);
    await ourCall(pair);
    await delay(WARM_UP_MS);
    const quiet = await measure([ana, ben], cpus);
    let rate = 0;
    const busy = await measure([ana, ben], cpus, async () => {
      rate = await transfer(pair, folder, 2);
    });
    await endOurs(pair);
    return [
      fixedCase('640×480 at 15, no file: frames decoded', '1/s', Math.min(...quiet.rates)),
      fixedCase('640×480 at 15 beside a file: frames decoded', '1/s', Math.min(...busy.rates)),
      fixedCase('file alone', 'MiB/s', alone),
      fixedCase('file beside the call', 'MiB/s', rate),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sends a file from Ana to Ben, through the chat, the so many-th: MiB/s from its acceptance until it is stored. */
async function transfer({ people: [ana], ben }: Pair, folder: string, ordinal: number): Promise<number> {
  const path = join(folder, `${ordinal}.bin`);
  writeFileSync(path, randomBytes(FILE_MIB * 1024 * 1024));
  const input = await ana.page.waitForSelector('>>> [data-testid="attach-input"]');
  await (input as ElementHandle<HTMLInputElement>).uploadFile(path);
  const send = await ana.page.waitForSelector('>>> [data-testid="attach-send"]');
  await send?.evaluate(node => (node as HTMLElement).click());
  await ben('clickWhenThere', 'transfer-accept');
  const startedAt = performance.now();
  await ben('transfersDone', ordinal);
  return FILE_MIB / ((performance.now() - startedAt) / 1_000);
}

// ---------------------------------------------------------------- a mesh

/** One more person after the other, until the pictures are slower than 15 a second. */
async function mesh(): Promise<BenchCase[]> {
  const product = await Product.start({ flags: fakeDevices(20) });
  try {
    const cases: BenchCase[] = [];
    const people: CallPerson[] = [];
    let held = 0;
    for (const name of MESH) {
      const person = new CallPerson(await product.person(name, prepare));
      await call(person.person.page)('size', 640, 360, 20);
      for (const other of people) await befriend(other, person);
      people.push(person);
      if (people.length === 1) continue;
      await seat(people, person);
      await delay(WARM_UP_MS);
      const ends = people.map(({ person: { page } }) => call(page));
      const cpus = people.map(({ person: { page } }) => new BrowserCpu(page.browser().process()?.pid ?? 0));
      const { rates: all, cpu } = await measure(ends, cpus);
      cases.push(toCase(`mesh of ${people.length}: frames decoded`, '1/s', all));
      cases.push(fixedCase(`mesh of ${people.length}: processor`, 's/s', cpu));
      if (quantile(all, 0.5) < MESH_FRAMES_PER_SECOND) break;
      held = people.length;
    }
    return [fixedCase('people in a mesh at 15 frames a second', 'people', held), ...cases];
  } finally {
    await product.close();
  }
}

async function befriend(one: CallPerson, other: CallPerson): Promise<void> {
  await other.person.acceptInvite(await one.person.createInvite(), one.person.name);
  for (const [person, name] of [
    [one, other.person.name],
    [other, one.person.name],
  ] as const) {
    await person.openConversationWith(name);
    await person.person.waitForConnected();
  }
}

/** The newcomer is called by the first one, into the call that there is. */
async function seat(people: readonly CallPerson[], newcomer: CallPerson): Promise<void> {
  const [first] = people as [CallPerson];
  if (people.length === 2) await first.person.click('start-video-call');
  else await first.add(newcomer.person.name);
  await newcomer.person.click('call-answer-video');
  for (const one of people) {
    const others = people.filter(other => other !== one).map(({ person }) => person.name);
    await one.untilMembers(others);
  }
}
