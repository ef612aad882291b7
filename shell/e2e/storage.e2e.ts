/**
 * What a device keeps, as others could read it: through the storage APIs of the same origin, and as the raw files
 * of the browser's profile. Both readings are scanned for what was said and by whom, and for the secrets of an
 * invite, after clear canaries by the same routes were found. Everything is typed on the keyboard, as people do:
 * browsers remember what was typed, not what a script put there. An invite link that is opened as an address stands
 * in the browser's own history until that is cleared (PRIVACY.md); here it is pasted.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { decodeInvite } from '@enk/crypto-core';
import { hasNetwork, type LaunchedBrowser } from './support/browsers.ts';
import { readIdentity } from './support/page-services.ts';
import { Person } from './support/person.ts';
import { Product } from './support/product.ts';
import { findSecrets, marker, readTree } from './support/scan.ts';
import { dumpStorage, plantInStorage, readVault, type VaultDump } from './support/storage-dump.ts';

describe('a device after a conversation', () => {
  const canaries = {
    'IndexedDB, text': marker('canary'),
    'IndexedDB, bytes': marker('canary'),
    localStorage: marker('canary'),
    'Cache Storage': marker('canary'),
  };
  const names = { ana: marker('Ana'), ben: marker('Ben') };
  const contactName = marker('Ana says Ben');
  const texts = { ana: marker('said by Ana ✓'), ben: marker('gesagt von Ben'), draft: marker('never sent') };
  const folder = mkdtempSync(join(tmpdir(), 'enk-storage-'));
  let product: Product;
  let browser: LaunchedBrowser;
  let ana: Person;
  let ben: Person;
  let secrets: Map<string, string | Uint8Array>;
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

  async function listSecrets(links: readonly string[]): Promise<Map<string, string | Uint8Array>> {
    const people = { ana: await readIdentity(ana.page), ben: await readIdentity(ben.page) };
    const invites = links.map(link => link.slice(link.indexOf('#invite=') + '#invite='.length));
    return new Map<string, string | Uint8Array>([
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
    const planted = new Map(Object.entries(canaries));
    const all = Object.keys(canaries).sort();
    assert.deepEqual([...findSecrets(dump, planted)].sort(), all, 'through the APIs');
    assert.deepEqual(Object.keys(await findInFiles(planted)).sort(), all, 'in files');
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

  it('P2P-STO-04: the storage APIs show no text, name, peer id, key or invite', () => {
    assert.deepEqual(findSecrets(dump, secrets), []);
  });

  it('P2P-STO-04: the raw files of the profile show no text, name, peer id, key or invite', async () => {
    assert.deepEqual(await findInFiles(secrets), {});
  });

  /** Name of each secret → files that it stands in. */
  async function findInFiles(
    wanted: ReadonlyMap<string, string | Uint8Array>,
  ): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const { path, bytes } of await readTree(folder)) {
      for (const name of findSecrets(bytes, wanted)) (found[name] ??= []).push(path.slice(folder.length));
    }
    return found;
  }
});
