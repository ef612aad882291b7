/**
 * SIGKILL of the browser at random moments while its vault writes. After each: it opens, nothing that was acknowledged
 * is lost, nothing is half there. One kill of each kind; ENK_LONG=1: 200, kept in a file, so that a run that was stopped
 * goes on (`ENK_SEED` picks another run, `ENK_KIND` one kind).
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Page } from 'puppeteer-core';
import { browserCache } from '../../tools/find-browser.mjs';
import { type LaunchedBrowser, launchChromium } from './support/browsers.ts';
import { type KillKind, killKinds, type Life } from './support/kills/kinds.ts';
import { isLong } from './support/long-run.ts';
import { type PageServer, servePage } from './support/page-server.ts';

const chosen = process.env['ENK_KIND'];
const kinds = killKinds.filter(({ name, isShort }) =>
  chosen === undefined ? isLong || isShort : name === chosen,
);
const KILLS = isLong ? (chosen === undefined ? 200 : 30) : kinds.length;
const WAIT_MS = 120_000;
const seed = Number(process.env['ENK_SEED'] ?? 1);
const stateFile = join(dirname(browserCache), `enk-vault-kills-${chosen ?? 'all'}-${seed}.json`);

/** What came of one kill. */
interface Killed {
  readonly kind: string;
  readonly afterMs: number;
  /** Acknowledged in this life. */
  readonly steps: number;
  /** From the start of the next browser until everything was looked through. */
  readonly checkMs: number;
  readonly wrong: readonly string[];
}

/** mulberry32: the same numbers for the same seed, whichever was asked for before. */
function random(index: number): number {
  let state = (seed * 0x85eb_ca6b + (index + 1) * 0x6d2b_79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
}

describe('kill -9 of a browser whose vault writes', { timeout: isLong ? 3_600_000 : 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'enk-kills-'));
  const steps = new Map<string, string[]>();
  let server: PageServer;
  let browser: LaunchedBrowser | null = null;
  let page: Page;
  let key: Life['key'];
  /** Where what is acknowledged now belongs. */
  let current: string[] = [];

  before(async () => {
    server = await servePage(new URL('./support/kills/page.ts', import.meta.url), { withWorker: true });
    const identity = await generateX25519Identity();
    key = { identity, recipient: await identityToRecipient(identity) };
    await start();
    await page.evaluate(to => window.killsPage.makeSource('source', to), key.recipient);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  async function start(): Promise<void> {
    browser = await launchChromium({ profileFolder: folder });
    page = await browser.browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
    await page.exposeFunction('acknowledged', (step: string) => void current.push(step));
    await page.goto(server.url);
  }

  /** The whole group of processes, at once. */
  async function kill(): Promise<void> {
    const process_ = browser?.browser.process();
    browser = null;
    if (process_?.pid === undefined) throw new Error('no browser');
    const exited = once(process_, 'exit');
    process.kill(-process_.pid, 'SIGKILL');
    await exited;
  }

  async function killOnce(index: number, kind: KillKind): Promise<Killed> {
    const generation = Math.floor(index / kinds.length / kind.livesAProfile);
    const id = `${kind.name.replaceAll(' ', '-')}-${index}`;
    const profile = `${kind.name.replaceAll(' ', '-')}-of-${generation}`;
    const life: Life = { id, profile, key };
    const all = steps.get(profile) ?? [];
    steps.set(profile, all);
    current = [];
    await kind.prepare?.(page, life);
    const ended = kind.work(page, life).then(
      () => null,
      (error: unknown) => String(error),
    );
    await Promise.race([
      until(() => current.length > 0),
      ended.then(why => Promise.reject(new Error(`${kind.name}: ${why}`))),
    ]);
    const afterMs = Math.round(random(index) * kind.spanMs);
    await delay(afterMs);
    await kill();
    await ended;
    const done = current;
    all.push(...done);
    const sinceMs = Date.now();
    await start();
    const wrong = await kind.check(page, life, all);
    return { kind: kind.name, afterMs, steps: done.length - 1, checkMs: Date.now() - sinceMs, wrong };
  }

  async function until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error('the work did not begin');
      await delay(5);
    }
  }

  it('P2P-STO-04, P2P-FIL-05, P2P-STO-09, P2P-MOV-04, P2P-VLT-05: what was acknowledged is there, and nothing half', async () => {
    const killed = loadState();
    for (let index = killed.length; index < KILLS; index++) {
      const kind = kinds[index % kinds.length];
      if (kind === undefined) throw new RangeError('kind');
      const result = await killOnce(index, kind);
      killed.push(result);
      saveState(killed);
      if (result.wrong.length > 0) console.log(`kill ${index}: ${JSON.stringify(result)}`);
    }
    console.log(describeKills(killed));
    assert.deepEqual(
      killed.filter(({ wrong }) => wrong.length > 0),
      [],
    );
    rmSync(stateFile, { force: true });
  });
});

function loadState(): Killed[] {
  if (!isLong || !existsSync(stateFile)) return [];
  return JSON.parse(readFileSync(stateFile, 'utf8')) as Killed[];
}

function saveState(killed: readonly Killed[]): void {
  if (!isLong) return;
  mkdirSync(dirname(stateFile), { recursive: true });
  writeFileSync(stateFile, JSON.stringify(killed));
}

/** A line a kind: kills, what was acknowledged before them, how long until the vault was looked through, what was wrong. */
function describeKills(killed: readonly Killed[]): string {
  const lines = kinds.map(({ name }) => {
    const of = killed.filter(({ kind }) => kind === name);
    const checks = of.map(({ checkMs }) => checkMs).sort((a, b) => a - b);
    const sum = of.reduce((total, { steps }) => total + steps, 0);
    const wrong = of.filter(result => result.wrong.length > 0).length;
    return `  ${name}: ${of.length} kills, ${sum} acknowledged, checked in p50 ${checks[checks.length >> 1] ?? 0} ms, ${wrong} wrong`;
  });
  return `${killed.length} kills of seed ${seed}\n${lines.join('\n')}`;
}
