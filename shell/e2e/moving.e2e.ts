/** A vault that moves, in the real app: exported on one device, opened by `age`, imported on another at first start. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { ElementHandle } from 'puppeteer-core';
import { findOnPath } from '../../tools/find-browser.mjs';
import type { LaunchedBrowser } from './support/browsers.ts';
import type { Person } from './support/person.ts';
import { Product } from './support/product.ts';

const PASSPHRASE = 'correct horse battery staple';
const hasAge = findOnPath('age') !== null && findOnPath('tar') !== null;

describe('moving a vault', () => {
  let product: Product;
  let browser: LaunchedBrowser;
  const folder = mkdtempSync(join(tmpdir(), 'enk-moving-'));
  const contexts: { close(): Promise<void> }[] = [];

  before(async () => {
    product = await Product.start();
    browser = await product.launch();
  });
  afterEach(() => Promise.all(contexts.splice(0).map(context => context.close())));
  after(async () => {
    await product.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function pair(): Promise<{ ana: Person; ben: Person }> {
    const [ana, ben] = await Promise.all(['Ana', 'Ben'].map(name => product.personIn(browser.browser, name)));
    if (!ana || !ben) throw new RangeError('people');
    contexts.push(ana.page.browserContext(), ben.page.browserContext());
    await ben.acceptInvite(await ana.createInvite(), 'Ana');
    for (const person of [ben, ana]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    await ana.send('plans for the summer');
    await ben.send('größer als 東京');
    await Promise.all([ana.waitForMessages(2), ben.waitForMessages(2)]);
    return { ana, ben };
  }

  /** By the settings; the file that the person would save. */
  async function exportAs(person: Person, fill: () => Promise<void>): Promise<string> {
    await person.page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
    await person.click('open-settings');
    await person.click('export');
    await fill();
    await person.click('export-submit');
    const path = await download(person);
    await person.click('export-close');
    await person.waitForText('last-export', /Last export: /);
    return path;
  }

  /** As the browser saves it. */
  async function download(person: Person): Promise<string> {
    const session = await person.page.createCDPSession();
    const downloadPath = mkdtempSync(join(folder, 'saved-'));
    const browserContextId = person.page.browserContext().id;
    await session.send('Browser.setDownloadBehavior', {
      behavior: 'allowAndName',
      downloadPath,
      eventsEnabled: true,
      ...(browserContextId !== undefined && { browserContextId }),
    });
    const saved = new Promise<string>((resolve, reject) => {
      session.on('Browser.downloadProgress', ({ state, guid }) => {
        if (state === 'completed') resolve(join(downloadPath, guid));
        if (state === 'canceled') reject(new Error('the download was cancelled'));
      });
    });
    await person.click('export-download');
    return saved;
  }

  const exportWithPassphrase = (person: Person): Promise<string> =>
    exportAs(person, async () => {
      await person.fill('export-passphrase', PASSPHRASE);
      await person.fill('export-again', PASSPHRASE);
    });

  async function importAs(person: Person, path: string, secret: string): Promise<void> {
    const input = (await person.page.waitForSelector(
      '>>> [data-testid="import-file"]',
    )) as ElementHandle<HTMLInputElement> | null;
    await input?.uploadFile(path);
    await person.fill('import-secret', secret);
    await person.click('import-submit');
  }

  it('P2P-MOV-03: a new device becomes the person, and goes on where the old one was', async () => {
    const { ana, ben } = await pair();
    const path = await exportWithPassphrase(ana);
    await ana.page.browserContext().close();
    const moved = await product.newcomerIn(browser.browser, 'Ana');
    contexts.splice(0, 1, moved.page.browserContext());
    await moved.click('first-run-import');
    await importAs(moved, path, 'another passphrase');
    await moved.waitForText('import-error', /does not open the export/);
    await importAs(moved, path, PASSPHRASE);
    await moved.waitForText('import-report', /This device is you now/);
    await moved.click('import-close');
    await moved.click('recovery-later');
    await moved.openConversation();
    await moved.waitForMessages(2);
    await ben.click('consent-accept'); // without the pair secret it is a restored or new device
    await moved.waitForConnected();
    await moved.send('from the new device');
    await ben.waitForMessages(3);
  });

  it(
    'P2P-MOV-01: what the settings export for a key, age opens with it',
    { skip: !hasAge && 'age is not installed' },
    async () => {
      const { ana } = await pair();
      const identity = join(folder, 'key.txt');
      assert.equal(spawnSync('age-keygen', ['-o', identity]).status, 0);
      const [recipient = ''] = /age1[a-z0-9]+/.exec(readFileSync(identity, 'utf8')) ?? [];
      const path = await exportAs(ana, async () => {
        await ana.click('export-with-recipient');
        await ana.fill('export-recipient', recipient);
      });
      const tar = join(folder, 'opened.tar');
      const opened = spawnSync('age', ['-d', '-i', identity, '-o', tar, path]);
      assert.equal(opened.status, 0, opened.stderr.toString());
      const messages = spawnSync('tar', ['-xOf', tar, 'conversations/1/1.jsonl']).stdout.toString();
      const texts = messages
        .trim()
        .split('\n')
        .map(line => (JSON.parse(line) as { text: string }).text);
      assert.deepEqual(texts.sort(), ['größer als 東京', 'plans for the summer']);
      const bytes = readFileSync(path);
      bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      await ana.click('import');
      const secret = /AGE-SECRET-KEY-1[A-Z0-9]+/.exec(readFileSync(identity, 'utf8'))?.[0] ?? '';
      await importAs(ana, path, secret);
      await ana.waitForText('import-error', /incomplete or damaged/);
    },
  );
});
