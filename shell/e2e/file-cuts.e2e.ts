/**
 * Real files as one folder, byte-equal. Then one file from Ana to Ben that is cut again and again: pages loaded anew, browsers killed, connections ended, the broker
 * dead. It arrives byte-equal, and each cut costs a window at most. Five cuts of 24 MB; ENK_LONG=1: fifty of 1 GB, at
 * random.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type {} from './support/lab-page.ts';
import { LabPair } from './support/lab-pair.ts';
import type { LabPerson } from './support/lab-person.ts';
import { isLong } from './support/long-run.ts';

const SIZE_BYTES = isLong ? 1_000_000_000 : 24_000_000;
const CUTS = isLong ? 50 : 5;
/** P2P-TRF-04, and P2P-TRF-08: what a cut may cost. */
const WINDOW_BYTES = 4 * 2 ** 20;
/** Of a frame of 128 KiB: less than half a percent. */
const OVERHEAD = 1.005;
const REAL_FILES = fileURLToPath(new URL('../../test/vectors/files', import.meta.url));
const WAIT_MS = isLong ? 3_600_000 : 600_000;

describe('a file that is cut again and again', { timeout: WAIT_MS }, () => {
  let pair: LabPair;
  let people: LabPair['people'];

  before(async () => {
    pair = await LabPair.start(4 * SIZE_BYTES);
    ({ people } = pair);
  });
  after(() => pair.close());

  async function killBroker(): Promise<void> {
    const startAnother = await pair.stopBroker();
    await people[0].page.evaluate(() => window.lab.closeConnections()); // what is up outlives a broker
    await startAnother();
  }

  async function kill(person: LabPerson): Promise<void> {
    await person.kill();
    await person.start();
  }

  const isDone = (person: LabPerson): Promise<boolean> =>
    person.page.evaluate(() => window.lab.files.isDone());

  /** Waits until more of the file has come than at the last cut. */
  async function untilMore(than: number): Promise<number> {
    for (;;) {
      const bytes = await people[1].page.evaluate(() => window.lab.files.doneBytes());
      if (bytes !== null && bytes > than) return bytes;
      await delay(20);
    }
  }

  const untilBoth = async (): Promise<void> => {
    for (const person of people) while (!(await isDone(person))) await delay(50);
  };

  it('P2P-TRF-11: real files of many kinds arrive byte-equal in their folders', async () => {
    const [ana, ben] = people;
    const list = JSON.parse(readFileSync(join(REAL_FILES, 'files.json'), 'utf8')) as {
      files: { path: string; sha256: string }[];
    };
    const files = list.files.map(({ path }) => ({
      path,
      base64: readFileSync(join(REAL_FILES, path), 'base64'),
    }));
    await ana.page.evaluate(given => window.lab.files.sendFolder('real', given), files);
    await ben.page.evaluate(() => window.lab.files.accept());
    await untilBoth();
    const hashes = await ben.page.evaluate(() => window.lab.files.folderHashes());
    const expected = Object.fromEntries(list.files.map(({ path, sha256 }) => [path, sha256]));
    assert.deepEqual(hashes, expected);
  });

  it('P2P-TRF-08: one file arrives byte-equal, and sends a window again for each cut at most', async () => {
    const [ana, ben] = people;
    const cuts: readonly (() => Promise<void>)[] = [
      () => ben.reload(),
      () => kill(ana),
      () => ana.page.evaluate(() => window.lab.closeConnections()),
      () => kill(ben),
      killBroker,
      () => ana.reload(),
    ];
    await ana.page.evaluate(bytes => window.lab.files.send(bytes), SIZE_BYTES);
    await ben.page.evaluate(() => window.lab.files.accept());
    let held = 0;
    const leftBefore = ana.leftBytes;
    for (let cut = 0; cut < CUTS; cut++) {
      const share = ((cut + Math.random()) / (CUTS + 1)) * SIZE_BYTES;
      held = await untilMore(Math.max(held, share));
      if (await isDone(ben)) break;
      await cuts[isLong ? randomInt(cuts.length) : cut]?.();
    }
    await untilBoth();
    const left = ana.leftBytes - leftBefore;
    assert(left >= SIZE_BYTES, `only ${left} bytes were counted`);
    const again = left - SIZE_BYTES * OVERHEAD;
    assert(again <= CUTS * WINDOW_BYTES, `${again} bytes were sent again for ${CUTS} cuts`);
    console.log(`${CUTS} cuts: ${Math.round(again / CUTS / 1024)} KiB again for each`);
    const [sent, received] = await Promise.all(
      people.map(({ page }) => page.evaluate(() => window.lab.files.digest())),
    );
    assert.equal(received, sent);
  });
});
