/**
 * The release before this one, as it was built then, and this one: people on either connect and talk, whoever
 * invites. What is kept is checked like a fresh build, and is not the build of today.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkBytes } from '../../tools/build/check-release.ts';
import { unpackRelease } from '../../tools/build/kept-release.ts';
import { openPerson } from './support/browsers.ts';
import { type KeptSite, serveKept } from './support/kept-site.ts';
import { Person } from './support/person.ts';
import { Product } from './support/product.ts';

describe('the previous release and this one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'enk-previous-'));
  let product: Product;
  let previous: KeptSite;

  before(async () => {
    unpackRelease(folder);
    product = await Product.start();
    previous = await serveKept(folder, product.brokerUrl);
  });
  after(async () => {
    await product.close();
    await previous.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function person(name: string, site: Pick<KeptSite, 'url'>): Promise<Person> {
    const { browser } = await product.launch();
    const { page } = await openPerson(browser, site.url);
    const somebody = new Person(page, name);
    await somebody.finishFirstRun({ offersRecoveryKey: site !== previous });
    return somebody;
  }

  it('are two, each whole', () => {
    assert.deepEqual(checkBytes(folder), []);
    assert.notEqual(previous.release.page.worker, product.site.release.page.worker);
    assert.notEqual(
      previous.release.importMap.imports['@enk/chat'],
      product.site.release.importMap.imports['@enk/chat'],
    );
  });

  for (const inviter of ['previous', 'present'] as const) {
    it(`connect and exchange both ways, invited by the ${inviter} one`, async () => {
      const [older, newer] = await Promise.all([person('Ada', previous), person('Bob', product.site)]);
      const [host, guest] = inviter === 'previous' ? [older, newer] : [newer, older];
      await guest.acceptInvite(await host.createInvite(), host.name);
      for (const somebody of [guest, host]) {
        await somebody.openConversation();
        await somebody.waitForConnected();
      }
      await older.send('from the release before');
      await newer.waitForMessages(1);
      await newer.send('from this one');
      for (const somebody of [older, newer]) {
        await somebody.waitForMessages(2);
        assert.deepEqual(
          (await somebody.messages()).map(({ text }) => text),
          ['from the release before', 'from this one'],
        );
      }
    });
  }
});
