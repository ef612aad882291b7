/**
 * The vault in real Chromium with a profile on disk: a large file through OPFS against AES-GCM alone over the same
 * chunks, slice by slice in one run. Headline: write, milliseconds for 64 MiB.
 */
import type { Page } from 'puppeteer-core';
import { withIsolatedPage } from './isolated-page.ts';
import { RendererMemory } from './renderer-memory.ts';
import { type BenchCase, fixedCase, quantile, round, toCase } from './statistics.ts';
import type { FileRun } from './vault-files-worker.ts';
import type { VaultBench } from './vault-page.ts';

export interface VaultResult {
  readonly name: 'vault';
  readonly unit: 'ms';
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const FILE_BYTES = Number(process.env['ENK_BENCH_FILE_MIB'] ?? 1024) * 1024 * 1024;
const SLICE_MIB = 64;

export default async function vault(): Promise<VaultResult> {
  return withIsolatedPage(new URL('./vault-page.ts', import.meta.url), async page => {
    await page.waitForFunction(() => 'vaultBench' in globalThis);
    const files = await measureFiles(page);
    const [ours, baseline] = [quantile(files.run.writeMs, 0.5), quantile(files.run.encryptMs, 0.5)];
    return {
      name: 'vault',
      unit: 'ms',
      ours,
      baseline,
      ratio: round(ours / baseline),
      runs: files.run.writeMs.length,
      cases: files.cases,
    };
  });
}

async function measureFiles(page: Page): Promise<{ run: FileRun; cases: readonly BenchCase[] }> {
  const memory = new RendererMemory(page.browser().process()?.pid ?? 0);
  await call(page, 'files', FILE_BYTES, 0);
  const { peakMb, aboveStartMb } = memory.peak();
  const run = await call(page, 'files', FILE_BYTES, 1);
  const rate = (what: string, ms: readonly number[]): BenchCase => {
    return toCase(
      what,
      'MiB/s',
      ms.map(value => (SLICE_MIB * 1000) / value),
    );
  };
  const whole = (ms: readonly number[]): number => ms.reduce((sum, value) => sum + value, 0);
  const mib = FILE_BYTES / 1024 / 1024;
  return {
    run,
    cases: [
      rate('file write, 64 MiB', run.writeMs),
      rate('AES-GCM alone, encrypt, same chunks', run.encryptMs),
      rate('file read, 64 MiB', run.readMs),
      rate('AES-GCM alone, decrypt, same chunks', run.decryptMs),
      fixedCase('write ÷ AES-GCM alone', '×', whole(run.encryptMs) / whole(run.writeMs)),
      fixedCase('read ÷ AES-GCM alone', '×', whole(run.decryptMs) / whole(run.readMs)),
      fixedCase(`commit of ${mib} MiB: flush to disk, and the index record`, 'ms', run.commitMs),
      fixedCase(
        `file write, ${mib} MiB with commit`,
        'MiB/s',
        (mib * 1000) / (whole(run.writeMs) + run.commitMs),
      ),
      fixedCase(`file read, ${mib} MiB`, 'MiB/s', (mib * 1000) / whole(run.readMs)),
      toCase('read of 4 KiB at a random place', 'ms', run.randomReadMs),
      fixedCase('renderer, peak resident memory', 'MB', peakMb),
      fixedCase('renderer, above its start', 'MB', aboveStartMb),
    ],
  };
}

function call<K extends keyof VaultBench>(
  page: Page,
  name: K,
  ...args: Parameters<VaultBench[K]>
): ReturnType<VaultBench[K]> {
  const run = (method: string, given: readonly unknown[]): unknown =>
    (globalThis as unknown as { vaultBench(name: string, ...args: readonly unknown[]): unknown }).vaultBench(
      method,
      ...given,
    );
  return page.evaluate(run, name, args as unknown[]) as ReturnType<VaultBench[K]>;
}
