/**
 * `npm run screenshots [-- PATTERN]`: pictures of every main state, on a phone and on a desktop, light and dark, from
 * the one list of states (shell/test/states.ts). They go to screenshots/; the README's picture to docs/images/.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { root } from '../vite.config.ts';
import '../shell/test/gallery-window.ts';
import { launchChromium } from '../shell/e2e/support/browsers.ts';
import { servePage } from '../shell/e2e/support/page-server.ts';

const SIZES = {
  phone: { width: 390, height: 844, deviceScaleFactor: 2 },
  desktop: { width: 1280, height: 800, deviceScaleFactor: 1 },
} as const;
const THEMES = ['light', 'dark'] as const;
const README_STATE = 'conversation';

const folder = join(root, 'screenshots');

async function photograph(page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewport(viewport);
    for (const theme of THEMES) {
      await page.evaluate((state, colours) => window.gallery.show(state, colours), name, theme);
      await page.screenshot({ path: join(folder, `${name}-${size}-${theme}.png`) });
    }
  }
}

async function photographForReadme(page: Page): Promise<void> {
  await page.setViewport({ width: 1280, height: 704, deviceScaleFactor: 1 });
  await page.evaluate(state => window.gallery.show(state, 'light'), README_STATE);
  mkdirSync(join(root, 'docs/images'), { recursive: true });
  await page.screenshot({ path: join(root, 'docs/images/chat.png') });
}

const pattern = process.argv[2] ?? '';
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const server = await servePage(new URL('../shell/test/gallery.ts', import.meta.url));
const { browser, close } = await launchChromium();
try {
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => 'gallery' in window);
  const names = (await page.evaluate(() => window.gallery.names)).filter(name => name.includes(pattern));
  for (const name of names) await photograph(page, name);
  if (README_STATE.includes(pattern)) await photographForReadme(page);
  console.log(`${names.length} states, ${names.length * 4} pictures in screenshots/`);
} finally {
  await close();
  await server.close();
}
