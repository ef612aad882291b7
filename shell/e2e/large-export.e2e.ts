/** ENK_LONG=1: a vault of 2 GB is exported in stream, and what it takes of memory is measured. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { RendererMemory } from '../../bench/renderer-memory.ts';
import { launchChromium } from './support/browsers.ts';
import { isLong } from './support/long-run.ts';
import { servePage } from './support/page-server.ts';
import type {} from './support/vault-page.ts';

const SIZE_BYTES = 2_000_000_000;
/** Above what the page has with the vault open: the engine's own code and libraries count as resident, too. */
const MAX_MEMORY_MB = 200;
const WAIT_MS = 1_800_000;

describe('a large export', { skip: !isLong && 'takes minutes: ENK_LONG=1' }, () => {
  it('P2P-MOV-06: 2 GB stream into a file within 200 MB of memory', { timeout: WAIT_MS }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'enk-large-'));
    const entry = new URL('./support/vault-page.ts', import.meta.url);
    const server = await servePage(entry, { withWorker: true });
    const { browser } = await launchChromium({ profileFolder: folder });
    try {
      const filling = await openPage(browser, server.url);
      await run(filling, fill);
      await filling.close();
      const page = await openPage(browser, server.url); // in a process that has no garbage of the other's
      await page.evaluate(() => window.vaultPage.open('default'));
      const memory = new RendererMemory(browser.process()?.pid ?? 0);
      const sinceMs = Date.now();
      const exportedBytes = await run(page, exportAll);
      const seconds = (Date.now() - sinceMs) / 1_000;
      const { peakMb, aboveStartMb } = memory.peak();
      console.log(
        `${exportedBytes} bytes in ${seconds.toFixed(1)} s (${(SIZE_BYTES / 1e6 / seconds).toFixed(1)} MB/s), ` +
          `renderer at most ${peakMb} MB, ${aboveStartMb} MB above the start`,
      );
      assert(exportedBytes > SIZE_BYTES);
      assert(aboveStartMb < MAX_MEMORY_MB, `${aboveStartMb} MB`);
    } finally {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
  await page.goto(url);
  return page;
}

/** Evaluates what takes longer than DevTools waits for an answer. */
async function run(page: Page, work: (sizeBytes: number) => Promise<number>): Promise<number> {
  await page.evaluate('globalThis.outcome = undefined');
  await page.evaluate(
    `void (${String(work)})(${SIZE_BYTES}).then(done => (globalThis.outcome = done), error => (globalThis.outcome = String(error)))`,
  );
  await page.waitForFunction('globalThis.outcome !== undefined', { timeout: WAIT_MS, polling: 500 });
  const outcome = await page.evaluate(() => (globalThis as { outcome?: unknown }).outcome);
  if (typeof outcome !== 'number') throw new Error(String(outcome));
  return outcome;
}

/** Runs in the page: a vault with one file of that size, which never was in memory as a whole. */
async function fill(sizeBytes: number): Promise<number> {
  await window.vaultPage.open('default');
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle('film.bin', { create: true });
  const writable = await handle.createWritable();
  const piece = new Uint8Array(4_000_000);
  for (let at = 0; at < sizeBytes; at += piece.length) {
    crypto.getRandomValues(piece.subarray(0, 65_536));
    await writable.write(piece);
  }
  await writable.close();
  const file = await handle.getFile();
  await window.vaultPage.request('addFile', { file, name: 'film.bin' });
  await root.removeEntry('film.bin');
  await window.vaultPage.close();
  return sizeBytes;
}

/** Runs in the page: everything into a file that stands for one that a person picked. Its size. */
async function exportAll(): Promise<number> {
  const root = await navigator.storage.getDirectory();
  const to = await root.getFileHandle('export.age', { create: true });
  const key = { kind: 'passphrase', passphrase: 'correct horse battery staple' } as const;
  await window.vaultPage.request('exportVault', { key, to });
  return (await to.getFile()).size;
}
