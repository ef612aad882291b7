/** Somebody at a site of the network lab: a Chromium of their own there, whose profile outlives its process. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetworkSettings } from '@enk/p2p-core';
import type { Page } from 'puppeteer-core';
import { findChromium } from '../../../tools/find-browser.mjs';
import type { LabSite } from '../../../tools/netlab/site.ts';
import { installInWorkers } from './in-worker.ts';
import { type LaunchedBrowser, launchChromium, launchFirefox } from './browsers.ts';

const WAIT_MS = 120_000;

export interface LabPersonOptions {
  readonly name: string;
  /** Where the browser runs; beside the test without. */
  readonly site?: LabSite;
  /** Chromium without. Firefox only beside the test: it is driven over loopback, which a site has of its own. */
  readonly engine?: 'chromium' | 'firefox';
  readonly pageUrl: string;
  readonly network: NetworkSettings;
}

/** Runs in the worker: counts every chunk that a channel is given. */
function countChunks(): void {
  /** Frames of chunks are longer, all others here are shorter. */
  const shortestChunkFrameBytes = 40_000;
  const send = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: unknown) => void;
  const { tellLeft } = globalThis as unknown as { tellLeft(bytes: string): void };
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown): void {
    const bytes = ArrayBuffer.isView(data) ? data.byteLength : 0;
    if (bytes > shortestChunkFrameBytes) tellLeft(String(bytes));
    send.call(this, data);
  };
}

export class LabPerson {
  readonly #profileFolder = mkdtempSync(join(tmpdir(), 'enk-lab-profile-'));
  #browser: LaunchedBrowser | undefined;
  #page: Page | undefined;
  /** Highest number of a message that the page told to be durable, or -1. */
  lastDurable = -1;
  /** Bytes of chunks of files that left. Chromium only. */
  leftBytes = 0;

  constructor(private readonly options: LabPersonOptions) {}

  get name(): string {
    return this.options.name;
  }

  get page(): Page {
    if (!this.#page) throw new Error(`${this.name} has no browser open.`);
    return this.#page;
  }

  /** Starts the browser with the profile as it is, opens the page and the profile in it. */
  async start(): Promise<void> {
    const { pageUrl } = this.options;
    this.#browser = await this.#launch();
    const page = await this.#browser.browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    // The compiler marks inner functions of what tests evaluate with `__name`, which a page does not know.
    await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
    await page.exposeFunction('tellDurable', (index: number) => {
      this.lastDurable = Math.max(this.lastDurable, index);
    });
    installInWorkers(page, 'tellLeft', countChunks, bytes => (this.leftBytes += Number(bytes)));
    await page.goto(pageUrl);
    this.#page = page;
    await this.#openProfile();
  }

  get browserPid(): number {
    return this.#browser?.browser.process()?.pid ?? 0;
  }

  /** Evaluates what takes longer than the debugger waits for an answer. */
  async evaluateLong<T>(expression: string): Promise<T> {
    await this.page.evaluate('globalThis.outcome = undefined');
    await this.page.evaluate(
      `void ${expression}.then(value => (globalThis.outcome = { value }), error => (globalThis.outcome = { error: String(error) }))`,
    );
    const outcome = await this.page.waitForFunction('globalThis.outcome', { timeout: 0, polling: 500 });
    const { value, error } = (await outcome.jsonValue()) as { value?: T; error?: string };
    if (error !== undefined) throw new Error(error);
    return value as T;
  }

  /** The page loads anew, and opens the profile again. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#openProfile();
  }

  async #openProfile(): Promise<void> {
    const { network, name } = this.options;
    await this.page.evaluate((own, settings) => window.lab.open(own, settings), name, network);
  }

  #launch(): Promise<LaunchedBrowser> {
    const { site, engine = 'chromium' } = this.options;
    const profileFolder = this.#profileFolder;
    if (engine === 'firefox') return launchFirefox({ profileFolder });
    const executablePath = site?.host.wrap(findChromium() ?? '');
    return launchChromium({ profileFolder, ...(executablePath && { executablePath }) });
  }

  /** The browser's process dies at once, as by a power cut; the profile stays on disk. */
  async kill(): Promise<void> {
    const process = this.#browser?.browser.process();
    this.#browser = this.#page = undefined;
    if (!process || process.exitCode !== null) return;
    const exited = once(process, 'exit');
    process.kill('SIGKILL');
    await exited;
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    rmSync(this.#profileFolder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** The second opens an invite of the first; resolves when both are connected. */
export async function introduce(inviter: LabPerson, invitee: LabPerson): Promise<void> {
  const token = await inviter.page.evaluate(() => window.lab.invite());
  await invitee.page.evaluate(given => window.lab.accept(given), token);
  await Promise.all([inviter, invitee].map(({ page }) => page.evaluate(() => window.lab.untilReady())));
}
