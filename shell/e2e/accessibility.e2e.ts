/** axe over every state of the screenshot list, on a phone and on a desktop, light and dark. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'puppeteer-core';
import '../test/gallery-window.ts';
import { launchChromium, type LaunchedBrowser } from './support/browsers.ts';
import { type PageServer, servePage } from './support/page-server.ts';

const VIEWPORTS = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
];

describe('every state of the screenshot list', () => {
  let server: PageServer;
  let chromium: LaunchedBrowser;
  let page: Page;

  before(async () => {
    server = await servePage(new URL('../test/gallery.ts', import.meta.url));
    chromium = await launchChromium();
    page = await chromium.browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => 'gallery' in window);
  });
  after(async () => {
    await chromium.close();
    await server.close();
  });

  it('has nothing for axe to find', async () => {
    const names = await page.evaluate(() => window.gallery.names);
    assert.ok(names.length >= 30, `${names.length} states`);
    const found: string[] = [];
    for (const viewport of VIEWPORTS) {
      await page.setViewport(viewport);
      for (const theme of ['light', 'dark'] as const) {
        for (const name of names) {
          await page.evaluate((state, colours) => window.gallery.show(state, colours), name, theme);
          const violations = await page.evaluate(() => window.gallery.check());
          found.push(...violations.map(line => `${name} ${viewport.width} ${theme}: ${line}`));
        }
      }
    }
    assert.deepEqual(found, []);
  });

  it('is found wanting when something is wrong', async () => {
    await page.evaluate(() => window.gallery.show('list', 'light'));
    await page.evaluate(() => {
      const image = document.createElement('img');
      document.querySelector('enk-chat')?.shadowRoot?.append(image);
    });
    assert.ok((await page.evaluate(() => window.gallery.check())).some(line => line.startsWith('image-alt')));
  });
});
