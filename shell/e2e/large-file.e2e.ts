/**
 * One large file from disk to disk through the whole cascade, byte-equal, in bounded memory on both sides: 200 MB;
 * ENK_LONG=1: 8 GB.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RendererMemory } from '../../bench/renderer-memory.ts';
import type {} from './support/lab-page.ts';
import { LabPair } from './support/lab-pair.ts';
import { isLong } from './support/long-run.ts';

const SIZE_BYTES = isLong ? 8_000_000_000 : 200_000_000;
/** Of a tab, in all: the engine's code and libraries count, too. */
const MAX_MEMORY_MB = 300;
const WAIT_MS = isLong ? 7_200_000 : 600_000;

describe('a large file', { timeout: WAIT_MS }, () => {
  let pair: LabPair;
  let people: LabPair['people'];

  before(async () => {
    pair = await LabPair.start(3 * SIZE_BYTES);
    ({ people } = pair);
  });
  after(() => pair.close());

  it('P2P-TRF-06: arrives byte-equal, and neither tab grows with it', async () => {
    const [ana, ben] = people;
    const sent = await ana.evaluateLong<string>(`lab.files.sendFromDisk(${SIZE_BYTES})`);
    const memory = people.map(({ browserPid }) => new RendererMemory(browserPid));
    const sinceMs = Date.now();
    await ben.page.evaluate(() => window.lab.files.accept());
    for (const { page } of people)
      while (!(await page.evaluate(() => window.lab.files.isDone()))) await delay(200);
    const seconds = (Date.now() - sinceMs) / 1_000;
    const peaks = memory.map(each => each.peak());
    console.log(
      `${SIZE_BYTES / 1e6} MB in ${seconds.toFixed(0)} s (${(SIZE_BYTES / 2 ** 20 / seconds).toFixed(1)} MiB/s); ` +
        peaks.map(({ peakMb, aboveStartMb }) => `${peakMb} MB (${aboveStartMb} above the start)`).join(', '),
    );
    for (const { peakMb } of peaks) assert(peakMb < MAX_MEMORY_MB, `${peakMb} MB`);
    assert.equal(await ben.evaluateLong<string>('lab.files.digest()'), sent);
  });
});
