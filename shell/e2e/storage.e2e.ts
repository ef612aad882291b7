/**
 * What a device keeps, as others could read it: through the storage APIs of the same origin, and as the raw files
 * of the browser's profile. Both readings are scanned for what was said and by whom, for names and contents of files,
 * and for the secrets of an invite, after clear canaries by the same routes were found. What people type is typed on
 * the keyboard: browsers remember what was typed, not what a script put there. An invite link that is opened as an
 * address stands in the browser's own history until that is cleared (PRIVACY.md); here it is pasted.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { decodeInvite } from '@enk/crypto-core';
import type { ElementHandle, Page } from 'puppeteer-core';
import type { Plugin } from 'vite';
import { hasNetwork, launchChromium, type LaunchedBrowser } from './support/browsers.ts';
import { readings } from './support/browser-files.ts';
import { exposeConversation, sendAll, waitForDelivery } from './support/conversations.ts';
import {
  fileText,
  type KnownContent,
  knownWord,
  makeKnownContent,
  secretsOf,
  writeFiles,
} from './support/known-content.ts';
import { readIdentity } from './support/page-services.ts';
import { servePage } from './support/page-server.ts';
import { Person } from './support/person.ts';
import { Product } from './support/product.ts';
import { marker, readTree, type Secrets, SecretScan } from './support/scan.ts';
import {
  dumpStorage,
  makeCanaries,
  plantInStorage,
  readVault,
  type VaultDump,
} from './support/storage-dump.ts';
import { withoutSealing } from './support/unsealed.ts';
import type {} from './support/vault-page.ts';

/** Names found → the first files that they stand in, below `folder`, read through their formats or as bytes alone. */
async function findInFiles(
  folder: string,
  wanted: Secrets,
  read: (path: string, bytes: Buffer) => Iterable<Buffer> = readings,
): Promise<Record<string, string[]>> {
  const scan = new SecretScan(wanted);
  const found: Record<string, string[]> = {};
  for await (const { path, bytes } of readTree(folder)) {
    for (const reading of read(path, bytes)) {
      for (const name of scan.find(reading)) {
        const places = (found[name] ??= []);
        const place = path.slice(folder.length);
        if (places.length < 3 && !places.includes(place)) places.push(place);
      }
    }
  }
  return found;
}

const findInDump = (dump: Buffer, wanted: Secrets): string[] => [...new SecretScan(wanted).find(dump)].sort();

describe('a device after a conversation', () => {
  const canaries = makeCanaries();
  const planted = new Map(Object.entries(canaries));
  const names = { ana: marker('Ana'), ben: marker('Ben') };
  const contactName = marker('Ana says Ben');
  const texts = { ana: marker('said by Ana ✓'), ben: marker('gesagt von Ben'), draft: marker('never sent') };
  const typed = { search: knownWord(), passphrase: marker('of an export') };
  /** Half of the messages are written by either; of the files one goes each way and the others stay here. */
  const known = makeKnownContent({ texts: 500, names: 10, files: 20 });
  const folder = mkdtempSync(join(tmpdir(), 'enk-storage-'));
  let product: Product;
  let browser: LaunchedBrowser;
  let ana: Person;
  let ben: Person;
  let secrets: Secrets;
  let dump: Buffer;
  let vault: VaultDump;

  before(async () => {
    product = await Product.start();
    browser = await product.launch(folder);
    [ana, ben] = await Promise.all([openOnDisk(), product.person(names.ben)]);
    await plantInStorage(ana.page, canaries);
    const openLink = await ana.createInvite(); // kept open: its secret is of use to whoever finds it
    const link = await ben.createInvite();
    await ana.acceptInvite(link, contactName);
    await talk();
    await talkMuch();
    await keepFiles();
    await addContacts();
    await exportEverything();
    await ana.type('search-input', typed.search);
    secrets = await listSecrets([link, openLink]);
    dump = await dumpStorage(ana.page);
    vault = await readVault(ana.page);
    await ana.type('composer-input', texts.draft);
    await browser.browser.close();
  });
  after(async () => {
    await product.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** In the browser's own context: others live in memory and leave no files. */
  async function openOnDisk(): Promise<Person> {
    const context = browser.browser.defaultBrowserContext();
    if (!hasNetwork()) await context.overridePermissions(product.site.origin, ['microphone']);
    const page = await context.newPage();
    // The compiler marks inner functions of what tests evaluate with `__name`, which a page does not know.
    await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
    const person = new Person(page, names.ana);
    await page.goto(product.site.url);
    await person.type('name-input', names.ana);
    await page.keyboard.press('Enter');
    await person.click('recovery-later');
    await person.find('new-chat');
    return person;
  }

  async function talk(): Promise<void> {
    for (const person of [ana, ben]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    await ana.type('composer-input', texts.ana);
    await ana.page.keyboard.press('Enter');
    await ben.waitForMessages(1);
    await ben.send(texts.ben);
    await ana.waitForMessages(2);
    await ana.waitForText('message', /Delivered/);
  }

  async function talkMuch(): Promise<void> {
    const half = known.texts.length / 2;
    await Promise.all([ana, ben].map(({ page }) => exposeConversation(page)));
    await Promise.all([
      sendAll(ana.page, known.texts.slice(0, half)),
      sendAll(ben.page, known.texts.slice(half)),
    ]);
    await Promise.all([ana, ben].map(({ page }) => waitForDelivery(page, half + 1)));
  }

  async function choose(person: Person, testId: string, ...paths: readonly string[]): Promise<void> {
    const input = await person.page.waitForSelector(`>>> [data-testid="${testId}"]`);
    await (input as ElementHandle<HTMLInputElement>).uploadFile(...paths);
  }

  /** Attachments both ways, and files that were put into the vault. */
  async function keepFiles(): Promise<void> {
    const { paths, remove } = writeFiles(known.files);
    const [own = '', theirs = '', ...kept] = paths;
    await choose(ana, 'attach-input', own);
    await ana.click('attach-send');
    await ben.click('transfer-accept');
    await choose(ben, 'attach-input', theirs);
    await ben.click('attach-send');
    await ana.click('transfer-accept');
    await ana.click('open-files');
    await choose(ana, 'files-input', ...kept);
    await ana.waitForCount('file', known.files.length);
    await ana.page.evaluate(() => history.back());
    await ana.find('open-settings');
    remove();
  }

  async function addContacts(): Promise<void> {
    for (const [index, name] of known.names.entries()) {
      const address = String.fromCharCode(97 + index).repeat(32);
      await ana.addByAddress(address, name);
      await ana.waitForCount('contact-row', index + 2);
    }
  }

  /** Not fetched: it lies in the origin private file system. */
  async function exportEverything(): Promise<void> {
    await ana.page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
    await ana.click('open-settings');
    await ana.click('export');
    await ana.type('export-passphrase', typed.passphrase);
    await ana.type('export-again', typed.passphrase);
    await ana.click('export-submit');
    await ana.find('export-done');
    await ana.click('export-close');
    await ana.closeSettings();
  }

  async function listSecrets(links: readonly string[]): Promise<Secrets> {
    const people = { ana: await readIdentity(ana.page), ben: await readIdentity(ben.page) };
    const invites = links.map(link => link.slice(link.indexOf('#invite=') + '#invite='.length));
    return new Map<string, string | Uint8Array>([
      ...secretsOf(known),
      ...Object.entries(typed),
      ...Object.entries(texts).map(([what, text]) => [`text ${what}`, text] as const),
      ...Object.entries(names).map(([who, name]) => [`name of ${who}`, name] as const),
      ['contact name', contactName],
      ...Object.entries(people).flatMap(([who, { peerId, identityKey }]) => [
        [`peer id of ${who}`, peerId] as const,
        [`identity key of ${who}`, identityKey] as const,
      ]),
      ...invites.flatMap((token, i) => [
        [`token of invite ${i}`, token] as const,
        [`secret of invite ${i}`, decodeInvite(token).secret] as const,
        [`id of invite ${i}`, decodeInvite(token).inviteId] as const,
      ]),
    ]);
  }

  it('the scan finds clear canaries that were stored the same ways', async () => {
    const all = [...planted.keys()].sort();
    assert.deepEqual(findInDump(dump, planted), all, 'through the APIs');
    assert.deepEqual(Object.keys(await findInFiles(folder, planted)).sort(), all, 'in files');
    const asBytes = Object.keys(await findInFiles(folder, planted, (_, bytes) => [bytes]));
    const compressed = asBytes.filter(route => route.includes('compressed'));
    assert.deepEqual(compressed, [], 'what is compressed is found because it is opened');
  });

  it('P2P-STO-01: the one key that is stored, of the device slot, cannot be exported', () => {
    assert.equal(vault.keys.length, 1);
    for (const { extractable, exported } of vault.keys)
      assert.deepEqual({ extractable, exported }, { extractable: false, exported: false });
  });

  it('P2P-STO-02: every other value is one sealed byte string, every name an HMAC', () => {
    assert.ok(vault.records.length >= 6, 'profile, contact, invite, cursors and messages are there');
    for (const { store, nameBytes, valueType } of vault.records) {
      assert.equal(valueType, 'Uint8Array', store);
      assert.ok(nameBytes === 32 || nameBytes === 40, `${store}: ${nameBytes}`);
    }
  });

  it('P2P-STO-03: the storage APIs show none of 500 messages, names, files, keys or invites', () => {
    assert.deepEqual(findInDump(dump, secrets), []);
  });

  it('P2P-STO-03: the raw files of the profile show none of them', async () => {
    assert.deepEqual(await findInFiles(folder, secrets), {});
  });
});

describe('the scan of a device', () => {
  const known = makeKnownContent({ texts: 40, names: 5, files: 6 });
  const secrets = secretsOf(known);

  interface Found {
    readonly inDump: readonly string[];
    readonly inFiles: readonly string[];
  }

  /** Puts the same into a vault of its own browser, by the worker as it is or as `plugins` rewrite it. */
  async function storeAndScan(workerPlugins: readonly Plugin[]): Promise<Found> {
    const folder = mkdtempSync(join(tmpdir(), 'enk-scan-'));
    const server = await servePage(new URL('./support/vault-page.ts', import.meta.url), {
      withWorker: true,
      workerPlugins,
    });
    const { browser } = await launchChromium({ profileFolder: folder });
    try {
      const page = await browser.newPage();
      await page.evaluateOnNewDocument('globalThis.__name ??= value => value');
      await page.goto(server.url);
      await fill(page);
      const dump = await dumpStorage(page);
      await browser.close();
      return {
        inDump: findInDump(dump, secrets),
        inFiles: Object.keys(await findInFiles(folder, secrets)).sort(),
      };
    } finally {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  async function fill(page: Page): Promise<void> {
    const files = known.files.map(file => ({ name: file.name, text: fileText(file) }));
    await page.evaluate(
      async ({ texts, names }: KnownContent, given: typeof files) => {
        const { vaultPage } = window;
        await vaultPage.open('default');
        for (const [index, name] of names.entries()) {
          const peerId = String.fromCharCode(97 + index).repeat(32);
          const contactId = await vaultPage.request('addByPeerId', { peerId, name });
          if (index > 0) continue;
          for (const text of texts) await vaultPage.request('sendMessage', { contactId, text });
        }
        for (const { name, text } of given) await vaultPage.addFile(name, text);
      },
      known,
      files,
    );
  }

  it('P2P-STO-03: finds everything, by either route, when the sealing is taken out', async () => {
    const all = [...secrets.keys()].sort();
    const { inDump, inFiles } = await storeAndScan([withoutSealing()]);
    assert.deepEqual(inDump, all, 'through the APIs');
    assert.deepEqual(inFiles, all, 'in files');
  });

  it('P2P-STO-03: finds nothing of the same with the sealing in its place', async () => {
    assert.deepEqual(await storeAndScan([]), { inDump: [], inFiles: [] });
  });
});
