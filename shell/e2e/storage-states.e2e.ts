/**
 * What a person sees, and keeps, when storage is taken away: a full disk, a browser that promises nothing or lets the
 * site store nothing, a private window, data that is cleared while the app is open or between two visits, and a vault
 * that is locked in another tab.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { ElementHandle, Page } from 'puppeteer-core';
import { UNLOCK_FREE_TRIES } from '../../p2p-core/limits.ts';
import type { LaunchedBrowser } from './support/browsers.ts';
import { setClockBack } from './support/clock-set-back.ts';
import { Person } from './support/person.ts';
import { Product } from './support/product.ts';
import { type Current, VaultPerson } from './support/vault-person.ts';

const NOBODY = 'n'.repeat(32);
const PASSCODE: Current = { kind: 'passcode', text: '864209' };
const PASSPHRASE = 'correct horse battery staple';
const DAY_MS = 86_400_000;
const NO_ROOM = /not enough room/;

describe('storage that is taken away', () => {
  let product: Product;
  let browser: LaunchedBrowser;
  const folder = mkdtempSync(join(tmpdir(), 'enk-states-'));
  const contexts: { close(): Promise<void> }[] = [];

  before(async () => {
    product = await Product.start();
    browser = await product.launch();
  });
  afterEach(() => Promise.all(contexts.splice(0).map(context => context.close())));
  after(async () => {
    await product.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** In a private window, with a conversation in which one message waits. */
  async function start(): Promise<Person> {
    const ana = await product.personIn(browser.browser, 'Ana');
    contexts.push(ana.page.browserContext());
    await ana.addByAddress(NOBODY, 'Nobody');
    await ana.openConversation();
    await ana.send('before');
    return ana;
  }

  /** Bytes that this site may use from now on, until what is returned is called. */
  async function limitQuota(page: Page, quotaSize: number): Promise<() => Promise<void>> {
    const session = await page.createCDPSession(); // the limit lasts as long as it does
    const { origin } = product.site;
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
    return () => session.detach();
  }

  async function clearSiteData(page: Page): Promise<void> {
    const session = await page.createCDPSession();
    await session.send('Storage.clearDataForOrigin', { origin: product.site.origin, storageTypes: 'all' });
    await session.detach();
  }

  async function choose(person: Person, testId: string, path: string): Promise<void> {
    const input = await person.page.waitForSelector(`>>> [data-testid="${testId}"]`);
    await (input as ElementHandle<HTMLInputElement>).uploadFile(path);
  }

  const textsOf = async (person: Person): Promise<string[]> =>
    (await person.messages()).map(({ text }) => text);

  it('P2P-FIL-07, P2P-MOV-04, P2P-MOV-06: a full disk takes no half file, export or import', async () => {
    const ana = await start();
    const path = join(folder, 'file.bin');
    writeFileSync(path, Buffer.alloc(3_000_000, 7));
    await ana.page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
    await addFile(ana, path);
    await ana.waitForCount('file', 1);
    await ana.page.evaluate(() => history.back());
    const exported = await exportAndCopy(ana);
    const free = await limitQuota(ana.page, 1);

    await addFile(ana, path);
    await ana.waitForText('files-error', NO_ROOM);
    await ana.waitForCount('file', 1);
    await ana.page.evaluate(() => history.back());
    await ana.click('open-settings');
    await ana.click('export');
    await fillPassphrase(ana);
    await ana.click('export-submit');
    await ana.waitForText('export-error', NO_ROOM);
    await free();
    await fillPassphrase(ana);
    await ana.click('export-submit');
    await ana.find('export-download');

    const cleo = await product.newcomerIn(browser.browser, 'Cleo');
    contexts.push(cleo.page.browserContext());
    await cleo.find('name-input');
    const freeAgain = await limitQuota(cleo.page, 1);
    await cleo.click('first-run-import');
    await importFrom(cleo, exported);
    await cleo.waitForText('import-error', NO_ROOM);
    await freeAgain();
    await importFrom(cleo, exported);
    await cleo.waitForText('import-report', /This device is you now/);
    await cleo.click('import-close');
    await cleo.click('recovery-later');
    await cleo.click('open-files');
    await cleo.waitForCount('file', 1);
  });

  async function addFile(person: Person, path: string): Promise<void> {
    await person.click('open-files');
    await choose(person, 'files-input', path);
  }

  async function fillPassphrase(person: Person): Promise<void> {
    await person.fill('export-passphrase', PASSPHRASE);
    await person.fill('export-again', PASSPHRASE);
  }

  /** By the settings; where a copy of it lies. */
  async function exportAndCopy(person: Person): Promise<string> {
    await person.click('open-settings');
    await person.click('export');
    await fillPassphrase(person);
    await person.click('export-submit');
    await person.find('export-download');
    const bytes = await person.page.evaluate(readExport);
    await person.click('export-close');
    await person.closeSettings();
    const path = join(folder, 'export.age');
    writeFileSync(path, Uint8Array.from(bytes));
    return path;
  }

  async function importFrom(person: Person, path: string): Promise<void> {
    await choose(person, 'import-file', path);
    await person.fill('import-secret', PASSPHRASE);
    await person.click('import-submit');
  }

  it('a private window works, and says before anything is kept that nothing stays', async () => {
    const ana = await product.newcomerIn(browser.browser, 'Ana');
    contexts.push(ana.page.browserContext());
    await ana.waitForText('first-run', /In a private window they are gone when it closes/);
    await ana.finishFirstRun();
    await ana.addByAddress(NOBODY, 'Nobody');
    await ana.openConversation();
    await ana.send('in private');
    await ana.reload();
    await ana.openConversation();
    await ana.waitForMessages(1);
  });

  it('a browser that will not promise to keep the data is quoted, and everything works', async () => {
    const ana = await start();
    const session = await ana.page.createCDPSession();
    const { id } = ana.page.browserContext();
    await session.send('Browser.setPermission', {
      permission: { name: 'persistent-storage' },
      setting: 'denied',
      origin: product.site.origin,
      ...(id !== undefined && { browserContextId: id }),
    });
    await ana.click('open-settings');
    await ana.click('persist');
    await ana.waitForText('not-persisted', /did not agree/);
    await ana.closeSettings();
    await ana.openConversation();
    await ana.send('all the same');
    await ana.waitForMessages(2);
  });

  it('P2P-STO-10: data that is cleared while the app is open: it stops, says so, and starts over', async () => {
    const ana = await start();
    await clearSiteData(ana.page);
    await ana.waitForText('profile-state', /The saved data was taken away/);
    await ana.waitForText('profile-state', /The data of this site was cleared/);
    await ana.page.reload();
    await ana.find('name-input');
    await ana.find('first-run-import');
  });

  it('data that was cleared between two visits: the app starts over and offers to import', async () => {
    const ana = await start();
    await ana.page.goto('about:blank');
    await clearSiteData(ana.page);
    await ana.page.goto(product.site.url);
    await ana.find('name-input');
    await ana.find('first-run-import');
  });

  it('P2P-VLT-08, P2P-TAB-01: a second tab shows the lock, and opens when either is unlocked', async () => {
    const ana = await start();
    const second = new Person(await ana.page.browserContext().newPage(), 'Ana, second tab');
    await second.page.goto(product.site.url);
    await second.openConversation();
    await second.waitForMessages(1);
    const [vault, other] = [new VaultPerson(ana), new VaultPerson(second)];
    await ana.page.bringToFront(); // one that is behind draws nothing
    await vault.openSettings();
    await vault.setSecret('passcode', PASSCODE.text);
    await vault.lock();
    await second.page.bringToFront();
    await second.find('unlock');
    assert.doesNotMatch(await second.screenText(), /before|Nobody/, 'nothing of it is left on the screen');
    await second.page.reload();
    await second.find('unlock');
    await other.attempt(PASSCODE);
    await second.openConversation();
    await second.waitForMessages(1);
    await ana.page.bringToFront();
    await ana.find('vault-settings');
  });

  describe('by the settings of the browser', () => {
    const profileFolder = join(folder, 'profile');

    /** The permission for all sites, as the browser's own settings page stores it. */
    function allowSiteData(isAllowed: boolean): void {
      const path = join(profileFolder, 'Default', 'Preferences');
      mkdirSync(join(profileFolder, 'Default'), { recursive: true });
      const preferences = JSON.parse(readFileSync(path, 'utf8')) as {
        profile?: { default_content_setting_values?: { cookies?: number } };
      };
      preferences.profile = {
        ...preferences.profile,
        default_content_setting_values: { cookies: isAllowed ? 1 : 2 },
      };
      writeFileSync(path, JSON.stringify(preferences));
    }

    interface Visit {
      readonly person: Person;
      free(): Promise<void>;
      close(): Promise<void>;
    }

    async function visit({ quotaBytes = 0, clockBackMs = 0 } = {}): Promise<Visit> {
      const launched = await product.launch(profileFolder);
      const page = await launched.browser.newPage();
      await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
      if (clockBackMs > 0) await setClockBack(page, clockBackMs);
      const person = new Person(page, 'Ana');
      const free = quotaBytes > 0 ? await limitQuota(page, quotaBytes) : () => Promise.resolve();
      await page.goto(product.site.url);
      return { person, free, close: () => launched.browser.close() };
    }

    it('P2P-STO-10: a full disk refuses a message in words, keeps what was acknowledged, and goes on once there is room', async () => {
      const first = await visit();
      await first.person.finishFirstRun();
      await first.person.addByAddress(NOBODY, 'Nobody');
      await first.person.openConversation();
      await first.person.send('before');
      const usage = await first.person.page.evaluate(
        async () => (await navigator.storage.estimate()).usage ?? 0,
      );
      await first.close();

      // The browser looks at the room that is left when it first writes, and for a while goes by that.
      const { person, close, free } = await visit({ quotaBytes: usage + 300_000 });
      await person.openConversation();
      const sent = await sendUntilRefused(person);
      await person.waitForText('composer-problem', NO_ROOM);
      assert.equal(
        await person.read('composer-input'),
        longText(sent.length),
        'it is still there to be sent',
      );
      await person.page.reload();
      await person.waitForText('profile-state', NO_ROOM);
      await free();
      await person.page.reload();
      await person.openConversation();
      await person.send('with room again');
      await person.waitForMessages(sent.length + 2);
      assert.deepEqual(await textsOf(person), ['before', ...sent, 'with room again']);
      await close();
      rmSync(profileFolder, { recursive: true, force: true, maxRetries: 5 });
    });

    it('P2P-VLT-04: behind a clock that was set back a day the lock still makes wait, and opens; the order stays', async () => {
      const first = await visit();
      await first.person.finishFirstRun();
      await first.person.addByAddress(NOBODY, 'Nobody');
      await first.person.openConversation();
      await first.person.send('before');
      const vault = new VaultPerson(first.person);
      await vault.openSettings();
      await vault.setSecret('passcode', PASSCODE.text);
      await vault.lock();
      for (let tries = 0; tries <= UNLOCK_FREE_TRIES; tries++) {
        await vault.attempt({ kind: 'passcode', text: `00000${tries}` });
        await first.person.waitForText(tries < UNLOCK_FREE_TRIES ? 'secret-error' : 'secret-wait', /./);
      }
      await first.close();

      const wrong = await visit({ clockBackMs: DAY_MS });
      await wrong.person.waitForText('secret-wait', /try again in \d+ seconds?/);
      await wrong.person.page.waitForFunction(() => (window.__find?.('secret-wait') ?? []).length === 0);
      await new VaultPerson(wrong.person).attempt(PASSCODE);
      await wrong.person.openConversation();
      await wrong.person.send('a day earlier');
      await wrong.person.waitForMessages(2);
      assert.deepEqual(await textsOf(wrong.person), ['before', 'a day earlier']);
      const times = await wrong.person.page.$$eval('>>> .bubble time', all =>
        all.map(time => Date.parse(time.dateTime)),
      );
      assert((times[1] ?? NaN) < (times[0] ?? NaN), 'the worker goes by that clock');
      await wrong.close();

      const right = await visit();
      await new VaultPerson(right.person).attempt(PASSCODE);
      await right.person.openConversation();
      await right.person.waitForMessages(2);
      assert.deepEqual(await textsOf(right.person), ['before', 'a day earlier']);
      await right.close();
      rmSync(profileFolder, { recursive: true, force: true, maxRetries: 5 });
    });

    it('P2P-STO-10: storage that is forbidden to the site: it says so, keeps nothing in clear, and finds all once allowed', async () => {
      const first = await visit();
      await first.person.finishFirstRun();
      await first.person.addByAddress(NOBODY, 'Nobody');
      await first.person.openConversation();
      await first.person.send('while it was allowed');
      await first.close();

      allowSiteData(false);
      const refused = await visit();
      await refused.person.waitForText('profile-state', /does not let the page keep data/);
      await refused.close();

      allowSiteData(true);
      const again = await visit();
      await again.person.openConversation();
      await again.person.waitForMessages(1);
      assert.deepEqual(await textsOf(again.person), ['while it was allowed']);
      await again.close();
    });
  });
});

const longText = (n: number): string => `${n} ${'on a full disk '.repeat(3_000)}`.trim();

/** What was taken before one was not. */
async function sendUntilRefused(person: Person): Promise<string[]> {
  await person.screenText(); // puts into the page what the wait below looks with
  const sent: string[] = [];
  while (sent.length < 50) {
    const text = longText(sent.length);
    await person.fill('composer-input', text);
    await person.click('send');
    await person.page.waitForFunction(
      count =>
        (window.__find?.('message') ?? []).length === count ||
        (window.__find?.('composer-problem') ?? []).length > 0,
      { polling: 100 },
      sent.length + 2,
    );
    if (await person.sees('composer-problem')) return sent;
    sent.push(text);
  }
  throw new Error('nothing is refused');
}

/** The bytes of the export that waits to be saved. */
async function readExport(): Promise<number[]> {
  const exports = await (await navigator.storage.getDirectory()).getDirectoryHandle('enk-exports');
  const own = await exports.getDirectoryHandle('default');
  for await (const entry of (own as unknown as { values(): AsyncIterable<FileSystemFileHandle> }).values()) {
    return [...new Uint8Array(await (await entry.getFile()).arrayBuffer())];
  }
  throw new Error('there is no export');
}
