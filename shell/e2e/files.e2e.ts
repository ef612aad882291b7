/**
 * A file from Ana to Ben through the shell, in two browsers: attached in the chat, taken, byte-equal; with lines of chat
 * meanwhile, a reload of each side and a broker that dies on its way. ENK_LONG=1: 200 MB instead of 20.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ElementHandle, Page } from 'puppeteer-core';
import { FAKE_DEVICES } from './support/call-person.ts';
import { isLong } from './support/long-run.ts';
import type { Person } from './support/person.ts';
import { Product } from './support/product.ts';

const WAIT_MS = 240_000;
const SIZE_BYTES = (isLong ? 200 : 20) * 1_000_000;

/** The hash of the newest received file, as the page's own service reads it; null while there is none. */
async function receivedHash(page: Page, name: string): Promise<string | null> {
  await page.evaluate('globalThis.__name ??= value => value');
  return page.evaluate(async wanted => {
    interface Files {
      readonly snapshot: { readonly files: readonly { id: string; name: string; sizeBytes: number }[] };
      read(file: unknown, type: string): Promise<Blob>;
    }
    const service = await new Promise<Files>(resolve => {
      const shell = document.querySelector('enk-shell');
      const inner = shell?.shadowRoot?.querySelector('enk-chat');
      const event = Object.assign(new Event('context-request', { bubbles: true, composed: true }), {
        context: Symbol.for('enk.files-service.v1'),
        contextTarget: inner,
        callback: (found: Files) => resolve(found),
        subscribe: false,
      });
      inner?.dispatchEvent(event);
    });
    const file = service.snapshot.files.find(candidate => candidate.name === wanted);
    if (file === undefined) return null;
    const blob = await service.read(file, 'application/octet-stream');
    const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
    return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
  }, name);
}

/** Asks until it holds; what is waited for is on the way through two browsers. */
async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await delay(50);
  }
}

async function attach(person: Person, path: string): Promise<void> {
  const input = await person.page.waitForSelector('>>> [data-testid="attach-input"]');
  await (input as ElementHandle<HTMLInputElement>).uploadFile(path);
  await person.click('attach-send');
}

/** How far the transfer on the screen is, in percent; -1 without a bar. */
async function progress(person: Person): Promise<number> {
  const bar = await person.page.$('>>> [data-testid="transfer-progress"]');
  return bar === null ? -1 : Number(await bar.evaluate(node => node.getAttribute('value')));
}

async function stateOf(person: Person): Promise<string | null> {
  const shown = await person.page.$('>>> [data-testid="transfer"]');
  return shown === null ? null : shown.evaluate(node => node.getAttribute('data-state'));
}

describe('a file in a chat', { timeout: isLong ? 1_800_000 : 600_000 }, () => {
  let product: Product;
  let folder: string;
  let ana: Person;
  let ben: Person;

  before(async () => {
    product = await Product.start({ flags: FAKE_DEVICES });
    [ana, ben] = await product.connectedPair();
    folder = mkdtempSync(join(tmpdir(), 'enk-files-'));
  });
  after(async () => {
    await product.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('arrives byte-equal through reloads of both sides and a dead broker, and chat goes on', async () => {
    const bytes = randomBytes(SIZE_BYTES);
    const path = join(folder, 'film.bin');
    writeFileSync(path, bytes);
    const expected = createHash('sha256').update(bytes).digest('hex');

    await attach(ana, path);
    await ben.find('transfer-accept');
    assert.equal(await receivedHash(ben.page, 'film.bin'), null, 'nothing comes before a yes');
    await ben.click('transfer-accept');

    await eventually(
      'the file is on its way',
      async () => (await progress(ben)) > 0 || (await stateOf(ben)) === 'done',
    );
    await ana.send('a line meanwhile');
    await ben.waitForMessages(1);

    await ben.reload();
    await ben.openConversation();
    await ana.reload();
    await ana.openConversation();
    await product.restartBroker();

    await eventually('the file is there', async () => (await stateOf(ben)) === 'done');
    assert.equal(await receivedHash(ben.page, 'film.bin'), expected);
    await eventually('the sender knows', async () => (await stateOf(ana)) === 'done');
  });

  it('P2P-TRF-02: a voice message is recorded, sent as any file, and heard at the place that keys choose', async () => {
    await ana.click('voice-record');
    await ana.find('voice-recording');
    await ana.click('voice-discard');
    await eventually('nothing is kept of it', async () => !(await ana.sees('voice-recording')));
    // The bar gives way to the composer while the pointer moves: a press there can miss the button.
    await eventually('it is recorded again', async () => {
      if (await ana.sees('voice-record')) await ana.click('voice-record');
      return ana.sees('voice-recording');
    });
    await ana.waitForText('voice-timer', /0:0[2-9]/);
    await ana.click('voice-stop');
    await ana.find('voice-ready');
    await ana.click('voice-send');
    await ben.click('transfer-accept');
    await ben.click('voice-play');
    const player = await ben.page.waitForSelector('>>> enk-voice-player');
    const sound = (): Promise<{ atS: number; durationS: number } | undefined> | undefined =>
      player?.evaluate(node => {
        const audio = node.shadowRoot?.querySelector('audio');
        return audio ? { atS: audio.currentTime, durationS: audio.duration } : undefined;
      });
    await eventually('it is heard', async () => ((await sound())?.atS ?? 0) > 0.1);
    assert.ok(((await sound())?.durationS ?? 0) >= 1.5);
    await ben.click('voice-play');
    await player?.evaluate(node => node.shadowRoot?.querySelector('input')?.focus());
    await ben.page.keyboard.press('ArrowLeft');
    await eventually('it is at its beginning', async () => (await sound())?.atS === 0);
    await ben.click('voice-speed');
    await ben.waitForText('voice-speed', /1.5×/);
  });
});
