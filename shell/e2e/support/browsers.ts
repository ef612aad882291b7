/**
 * Real browsers for end-to-end tests: one process, one fresh profile and, for Chromium, any number of contexts.
 * Inside a network namespace with a default route (tools/e2e) WebRTC needs no flag; without one Chromium gathers
 * loopback candidates only with a flag and the microphone permission, and Firefox none at all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core';
import { chromiumFlags, findChromium, findFirefox } from '../../../tools/find-browser.mjs';
import { watchChromium, watchFirefox } from './policy-reports.ts';

export interface LaunchedBrowser {
  readonly browser: Browser;
  /** Where the profile's files are: for scans of storage as raw files. */
  readonly profileFolder: string;
  /** Ends the process and removes its profile. */
  close(): Promise<void>;
}

export interface LaunchOptions {
  /** Kept, and not removed by `close()`: for tests that start a profile again. */
  readonly profileFolder?: string;
  readonly flags?: readonly string[];
  /** Another program than the one found: the same one, started in another network namespace. */
  readonly executablePath?: string;
}

/** Whether there is a network other than loopback: then WebRTC works with stock settings. */
export function hasNetwork(): boolean {
  return Object.values(networkInterfaces()).some(addresses => addresses?.some(address => !address.internal));
}

export async function launchChromium(options: LaunchOptions = {}): Promise<LaunchedBrowser> {
  const executablePath = options.executablePath ?? findChromium();
  if (!executablePath) throw new Error('No Chromium found; set ENK_CHROMIUM');
  const args = [...chromiumFlags, ...(options.flags ?? [])];
  if (!hasNetwork()) args.push('--allow-loopback-in-peer-connection');
  return launch(options, async userDataDir => {
    const browser = await puppeteer.launch({ executablePath, headless: true, pipe: true, args, userDataDir });
    watchChromium(browser);
    return browser;
  });
}

/** Stock Firefox over WebDriver BiDi. */
export async function launchFirefox(options: LaunchOptions = {}): Promise<LaunchedBrowser> {
  const executablePath = findFirefox();
  if (!executablePath) throw new Error('No Firefox found; set ENK_FIREFOX');
  const extraPrefsFirefox = {
    'media.navigator.streams.fake': true,
    'media.navigator.permission.disabled': true,
    'media.autoplay.default': 0,
  };
  return launch(options, async userDataDir => {
    const settings = { browser: 'firefox', executablePath, headless: true, extraPrefsFirefox } as const;
    const browser = await puppeteer.launch({ ...settings, userDataDir });
    watchFirefox(browser);
    return browser;
  });
}

async function launch(
  { profileFolder }: LaunchOptions,
  start: (folder: string) => Promise<Browser>,
): Promise<LaunchedBrowser> {
  const folder = profileFolder ?? mkdtempSync(join(tmpdir(), 'enk-profile-'));
  const browser = await start(folder);
  const close = async (): Promise<void> => {
    await browser.close();
    if (profileFolder === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { browser, profileFolder: folder, close };
}

/** A page in a context of its own: another person, as far as storage is concerned. */
export async function openPerson(
  browser: Browser,
  url: string,
  prepare: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.createBrowserContext();
  if (!hasNetwork()) await context.overridePermissions(new URL(url).origin, ['microphone']);
  const page = await context.newPage();
  // The compiler marks inner functions of what tests evaluate with `__name`, which a page does not know.
  await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
  await prepare(page);
  await page.goto(url);
  return { page, context };
}
