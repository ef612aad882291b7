/**
 * Previews in the shell, under its own policies: a PDF is drawn by ranges in a frame without an origin, a film is
 * streamed from its sealed file, and hostile HTML, SVG and PDF reach neither the app nor the network.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ElementHandle } from 'puppeteer-core';
import type { Person } from './support/person.ts';
import { expectReports } from './support/policy-reports.ts';
import { Product } from './support/product.ts';
import { makePdf } from './support/make-pdf.ts';

const WAIT_MS = 120_000;

/** Asks until it holds. */
async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await delay(50);
  }
}

describe('previews', { timeout: 600_000 }, () => {
  let product: Product;
  let ana: Person;
  let folder: string;

  before(async () => {
    product = await Product.start();
    folder = mkdtempSync(join(tmpdir(), 'enk-previews-'));
    ana = await product.person('Ana');
    await ana.click('open-files');
  });
  after(async () => {
    await product.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Seals a file into the vault and opens its preview. */
  async function preview(name: string, contents: string | Uint8Array): Promise<void> {
    const path = join(folder, name);
    writeFileSync(path, contents);
    const input = (await ana.page.waitForSelector(
      '>>> [data-testid="files-input"]',
    )) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(path);
    await ana.waitForText('file-name', new RegExp(name.replace('.', '\\.')));
    await ana.click('file-open'); // the newest stands first
    await ana.find('preview');
  }

  async function close(): Promise<void> {
    await ana.page.keyboard.press('Escape');
    await eventually('the preview is closed', async () => !(await ana.sees('preview')));
  }

  const leaks = (): string[] =>
    product.site.requests.map(({ path }) => path).filter(path => path.includes('leak'));

  /** The page of the frame on the stage, as the browser's own tools reach it. */
  async function frameOf(): Promise<NonNullable<Awaited<ReturnType<ElementHandle['contentFrame']>>>> {
    const frame = await (await ana.find('preview-frame')).contentFrame();
    assert.ok(frame);
    return frame;
  }

  it('a PDF is drawn, its script does not run, and its frame has no origin', async () => {
    await preview('paper.pdf', makePdf('Words on paper', `app.launchURL("${product.site.url}leak-pdf");`));
    const frame = await frameOf();
    await frame.waitForFunction(() =>
      document.querySelector('canvas')?.textContent?.includes('Words on paper'),
    );
    const seen = await frame.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return { origin: window.origin, hasInk: pixels.some((value, at) => at % 4 !== 3 && value < 100) };
    });
    assert.deepEqual(seen, { origin: 'null', hasInk: true });
    // Focus inside the frame: its Escape closes the preview.
    await frame.focus('body').catch(() => undefined);
    await close();
  });

  it('P2P-FIL-09: files move into a folder by the keyboard, stay there over a reload, and go with it', async () => {
    const { keyboard } = ana.page;
    await preview('notes.txt', 'words');
    await close();
    await ana.click('files-new-folder');
    await ana.find('folder-name-input');
    await keyboard.type('Papers');
    await keyboard.press('Enter');
    await ana.waitForText('folder-name', /Papers/);
    const count = (await ana.page.$$('>>> [data-testid="file-name"]')).length;
    await ana.click('file-move');
    await (await ana.find('move-to')).focus();
    await keyboard.press('ArrowDown');
    await ana.click('move-here');
    const shown = async (): Promise<number> => (await ana.page.$$('>>> [data-testid="file-name"]')).length;
    await eventually('it is moved', async () => (await shown()) === count - 1);
    await ana.page.reload();
    await ana.click('folder-open');
    await eventually('it is in the folder', async () => (await shown()) === 1);
    await ana.click('files-crumb');
    await ana.click('folder-delete');
    await ana.find('files-undo');
    await ana.click('files-back'); // who leaves wants it gone
    await ana.click('open-files');
    await ana.find('files-add');
    await eventually('the folder is gone', async () => !(await ana.sees('folder-open')));
    assert.equal(await shown(), count - 1, 'with what was in it, and nothing else');
  });

  it('a frame cannot fetch, embed, navigate or reach the app, whatever runs in it', async () => {
    await preview('other.pdf', makePdf('Other', ''));
    const frame = await frameOf();
    await frame.waitForFunction(() => document.querySelector('canvas')?.textContent?.includes('Other'));
    expectReports(/(?:connect|frame|img|script|style|media)-src/); // by what is tried on purpose
    const url = `${product.site.url}leak`;
    const outcome = await frame.evaluate(async address => {
      const tried = async (what: () => unknown): Promise<string> => {
        try {
          return String(await what());
        } catch (error) {
          return (error as Error).name;
        }
      };
      const image = new Image();
      const drawn = new Promise(resolve => {
        image.onload = () => resolve('loaded');
        image.onerror = () => resolve('refused');
      });
      image.src = `${address}-image`;
      const link = Object.assign(document.createElement('a'), { href: `${address}-link`, target: '_blank' });
      document.body.append(link);
      link.click();
      return {
        fetch: await tried(() => fetch(`${address}-fetch`)),
        image: await drawn,
        parent: await tried(() => parent.document.title),
        storage: await tried(() => localStorage.length),
        database: await tried(() => indexedDB.open('enk')),
        files: await tried(() => navigator.storage.getDirectory()),
        top: await tried(() => (top as Window).location.assign(`${address}-top`)),
        popup: await tried(() => open(`${address}-popup`)),
        peer: await tried(() => new RTCPeerConnection()),
        transport: await tried(() => new WebTransport(address)),
        redefined: await tried(() => Object.defineProperty(window, 'RTCPeerConnection', { value: 1 })),
        lent: await tried(() => {
          const child = document.body.appendChild(document.createElement('iframe'));
          return (child.contentWindow as Window & typeof globalThis).RTCPeerConnection;
        }),
      };
    }, url);
    assert.deepEqual(outcome, {
      fetch: 'TypeError',
      image: 'refused',
      parent: 'SecurityError',
      storage: 'SecurityError',
      database: 'SecurityError',
      files: 'SecurityError',
      top: 'SecurityError',
      popup: 'null',
      peer: 'TypeError',
      transport: 'TypeError',
      redefined: 'TypeError',
      lent: 'SecurityError',
    });
    await frame.evaluate(address => location.assign(`${address}-self`), url);
    assert.equal(await ana.page.evaluate(() => location.pathname), '/');
    assert.deepEqual(leaks(), []);
    await close();
  });

  it('hostile HTML and SVG run nothing and fetch nothing', async () => {
    const leak = (what: string): string => `${product.site.url}leak-${what}`;
    const attack = `fetch('${leak('script')}'); top.location = '${leak('top')}'`;
    const html = `<!doctype html><link rel=stylesheet href="${leak('css')}"><link rel=preload as=image href="${leak('preload')}">
      <style>@import '${leak('import')}'; body { background: url('${leak('background')}') }</style>
      <meta http-equiv=refresh content="0;url=${leak('refresh')}"><script>${attack}</script>
      <img src="${leak('image')}" onerror="${attack}"><video poster="${leak('poster')}" src="${leak('video')}"></video>
      <iframe src="${leak('frame')}"></iframe><object data="${leak('object')}"></object><p>words of the page</p>`;
    await preview('page.html', html);
    await ana.waitForText('preview-text', /words of the page/);
    await ana.click('preview-as-page');
    const page = await frameOf();
    await page.waitForSelector('p');
    await close();
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="50" height="50" onload="${attack.replaceAll('"', '')}">
      <script>${attack}</script><image width="9" height="9" xlink:href="${leak('svg-image')}"/><rect width="50" height="50" fill="red"/></svg>`;
    await preview('drawing.svg', svg);
    const drawing = await frameOf();
    await drawing.waitForFunction(() => (document.querySelector('img')?.naturalWidth ?? 0) > 0);
    await close();
    assert.deepEqual(leaks(), []);
    await ana.page.evaluate(address => fetch(address), leak('control'));
    assert.equal(leaks().length, 1, 'what is fetched is seen here');
  });

  it('is used by the keyboard alone, and the focus comes back', async () => {
    const opener = await ana.find('file-open');
    await opener.focus();
    await ana.page.keyboard.press('Enter');
    const first = await ana.read('preview-name');
    await ana.page.keyboard.press('ArrowRight');
    await eventually('the next file', async () => (await ana.read('preview-name')) !== first);
    await ana.page.keyboard.press('ArrowLeft');
    await eventually('the first file', async () => (await ana.read('preview-name')) === first);
    await close();
    const isBack = await opener.evaluate(node => (node.getRootNode() as ShadowRoot).activeElement === node);
    assert.ok(isBack);
  });
});
