/**
 * How an altered module is told: by the module's name in words, in a foreign page inside its element, and in
 * Firefox too. That no altered file runs at all is tamper.e2e.ts.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'puppeteer-core';
import { serveEmbed, type Site } from '../../tools/serve.ts';
import { hasNetwork, launchChromium, launchFirefox, type LaunchedBrowser } from './support/browsers.ts';
import { findFirefox } from '../../tools/find-browser.mjs';
import { Product } from './support/product.ts';

const WAIT_MS = 30_000;
const noFirefox = !(findFirefox() && hasNetwork()) && 'needs Firefox and a network interface';

/** All text on the screen, shadow trees included. As text, since it runs in the page. */
const visibleText = `(function read(root) {
  return [...root.querySelectorAll('*')].map(element => {
    const isShown = element.checkVisibility({ visibilityProperty: true });
    const own = isShown ? [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data) : [];
    return own.join('') + ' ' + (element.shadowRoot ? read(element.shadowRoot) : '');
  }).join(' ').replaceAll(/\\s+/g, ' ');
})(document.body)`;

async function waitForText(page: Page, pattern: RegExp): Promise<void> {
  try {
    await page.waitForFunction(`new RegExp(${JSON.stringify(pattern.source)}, 'i').test(${visibleText})`, {
      timeout: WAIT_MS,
      polling: 100,
    });
  } catch (cause) {
    throw new Error(
      `The page does not say ${String(pattern)} but: ${String(await page.evaluate(visibleText))}`,
      {
        cause,
      },
    );
  }
}

/** Opens a page in a context without any cache, hands it over, and closes it. */
async function open<T>(
  { browser }: LaunchedBrowser,
  url: string,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    await page.evaluateOnNewDocument(() => {
      document.addEventListener('enk:ready', () => Object.assign(globalThis, { __started: true }));
    });
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    return await use(page);
  } finally {
    await context.close();
  }
}

/** Inverts one bit in the middle of one file. */
function flip(path: string): void {
  product.site.setTamper((served, bytes) => {
    if (served !== path) return bytes;
    const changed = Buffer.from(bytes);
    const middle = changed.length >> 1;
    changed[middle] = (changed[middle] ?? 0) ^ 1;
    return changed;
  });
}

/** Scripts that a clean load of `url` asks for. */
async function scriptsOf(browser: LaunchedBrowser, url: string): Promise<string[]> {
  product.site.setTamper(null);
  const from = product.site.requests.length;
  await open(browser, url, async page => {
    await page.waitForFunction('globalThis.__started', { timeout: WAIT_MS });
    await page.waitForNetworkIdle({ idleTime: 500 });
  });
  const paths = product.site.requests.slice(from).map(({ path }) => path);
  return [...new Set(paths.filter(path => path.endsWith('.js')))].sort();
}

let product: Product;
let chromium: LaunchedBrowser;
let embed: Site;

before(async () => {
  product = await Product.start();
  embed = await serveEmbed({ modules: product.site, broker: product.brokerUrl });
  chromium = await launchChromium();
});
after(async () => {
  await chromium?.close();
  await embed?.close();
  await product?.close();
});

describe('a script with one flipped byte', () => {
  it('is named in what the person reads, and never by its address', async () => {
    const lit = (await scriptsOf(chromium, product.site.url)).find(path => path.includes('/lit.')) ?? '';
    flip(lit);
    await open(chromium, product.site.url, async page => {
      await waitForText(page, /part of the program \(lit\)/);
      assert.doesNotMatch(String(await page.evaluate(visibleText)), /https?:|modules\//);
    });
    product.site.setTamper(null);
  });

  it('does not run in Firefox either', { skip: noFirefox }, async () => {
    const firefox = await launchFirefox();
    try {
      const scripts = await scriptsOf(firefox, product.site.url);
      flip(scripts.find(path => path.includes('/enk-services.')) ?? '');
      await open(firefox, product.site.url, page =>
        waitForText(page, /@enk\/services.*not the one that was published/),
      );
    } finally {
      product.site.setTamper(null);
      await firefox.close();
    }
  });
});

describe('a foreign page with two tags', () => {
  it('runs nothing that was altered, and says so inside its element', async () => {
    const path = (await scriptsOf(chromium, embed.url)).find(name => name.includes('/enk-chat.')) ?? '';
    flip(path);
    await open(chromium, embed.url, page => waitForText(page, /enk-chat.*not the one that was published/));
    product.site.setTamper(null);
  });
});
