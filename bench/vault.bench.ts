/**
 * The vault in real Chromium with a profile on disk: opening, paging, writing and searching at several sizes against
 * the same records in plain IndexedDB, and a large file through OPFS against AES-GCM alone over the same chunks, turn
 * by turn in one run. Headline: appending a message at the largest size. ENK_BENCH_FILE_MIB and ENK_BENCH_MESSAGES
 * (`1000,10000`) make it smaller.
 */
import type { Page } from 'puppeteer-core';
import { withIsolatedPage } from './isolated-page.ts';
import { RendererMemory } from './renderer-memory.ts';
import { type BenchCase, fixedCase, quantile, round, toCase } from './statistics.ts';
import type { MessageRun } from './vault-messages-worker.ts';
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
const SIZES = (process.env['ENK_BENCH_MESSAGES'] ?? '1000,10000,100000').split(',').map(Number);
const SLICE_MIB = 64;

export default async function vault(): Promise<VaultResult> {
  return withIsolatedPage(new URL('./vault-page.ts', import.meta.url), async page => {
    await page.waitForFunction(() => 'vaultBench' in globalThis);
    const files = FILE_BYTES > 0 ? await measureFiles(page) : [];
    const runs: MessageRun[] = [];
    for (const size of SIZES) runs.push(await call(page, 'messages', size));
    const largest = runs.at(-1);
    const [ours, baseline] = [
      quantile(largest?.appendMs ?? [], 0.5),
      quantile(largest?.plain.appendMs ?? [], 0.5),
    ];
    return {
      name: 'vault',
      unit: 'ms',
      ours,
      baseline,
      ratio: round(ours / baseline),
      runs: largest?.appendMs.length ?? 0,
      cases: [...runs.flatMap((run, index) => messageCases(SIZES[index] ?? 0, run)), ...files],
    };
  });
}

function messageCases(size: number, run: MessageRun): readonly BenchCase[] {
  const at = `at ${size.toLocaleString('en')}`;
  return [
    toCase(`open, ${at}`, 'ms', run.openMs),
    toCase(`open, ${at}, plain IndexedDB`, 'ms', run.plain.openMs),
    toCase(`first page of 50, ${at}`, 'ms', run.firstPageMs),
    toCase(`first page of 50, ${at}, plain IndexedDB`, 'ms', run.plain.firstPageMs),
    toCase(`page of 50 in the middle, ${at}`, 'ms', run.middlePageMs),
    toCase(`append, ${at}`, 'ms', run.appendMs),
    toCase(`append, ${at}, plain IndexedDB`, 'ms', run.plain.appendMs),
    toCase(`search, ${at}`, 'ms', run.searchMs),
    toCase(`search, first after a start, ${at}`, 'ms', run.coldSearchMs),
    toCase(`search without an index, ${at}, plain IndexedDB`, 'ms', run.plain.scanMs),
    fixedCase(`index of all messages, ${at}`, 'ms', run.indexMs),
  ];
}

async function measureFiles(page: Page): Promise<readonly BenchCase[]> {
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
  return [
    rate('file write, 64 MiB', run.writeMs),
    rate('AES-GCM alone, encrypt, same chunks', run.encryptMs),
    rate('AES-GCM alone, encrypt, one chunk after another', run.encryptOneMs),
    rate('file read, 64 MiB', run.readMs),
    rate('AES-GCM alone, decrypt, same chunks', run.decryptMs),
    rate('AES-GCM alone, decrypt, one chunk after another', run.decryptOneMs),
    fixedCase('write ÷ AES-GCM alone', '×', whole(run.encryptMs) / whole(run.writeMs)),
    fixedCase(
      'write ÷ AES-GCM alone, one chunk after another',
      '×',
      whole(run.encryptOneMs) / whole(run.writeMs),
    ),
    fixedCase('read ÷ AES-GCM alone', '×', whole(run.decryptMs) / whole(run.readMs)),
    fixedCase(
      'read ÷ AES-GCM alone, one chunk after another',
      '×',
      whole(run.decryptOneMs) / whole(run.readMs),
    ),
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
  ];
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
