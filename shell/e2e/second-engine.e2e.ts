/**
 * The Signal layer's engine is chosen by one key of the import map: with the other engine two people talk as ever,
 * and who has one engine cannot talk to who has the other, and is told.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { serveSite, type Site } from '../../tools/serve.ts';
import type { Person } from './support/person.ts';
import { Product } from './support/product.ts';
import { repointRelease, type RepointedRelease } from './support/repointed-release.ts';

const DOES_NOT_FIT = /uses a version that does not fit this one/;

/** Workers that a site served. */
function servedWorkers({ requests }: Site): readonly string[] {
  const paths = requests.map(({ path }) => path).filter(path => path.includes('/enk-worker'));
  return [...new Set(paths.map(path => path.replace(/^\/modules\/|\.[0-9a-f]{16}\.js.*$/g, '')))];
}

async function openAndSend(person: Person, text: string): Promise<void> {
  await person.openConversation();
  await person.send(text);
}

describe('the second Signal engine', () => {
  let other: RepointedRelease;
  before(() => {
    other = repointRelease('@enk/signal-engine', '@enk/signal-libsignal');
  });
  after(() => other.remove());

  it('CC-ENG-04: two people with the key re-pointed exchange messages both ways, across a reload', async () => {
    const product = await Product.start({ site: { folder: other.folder } });
    try {
      const [ana, ben] = await product.connectedPair();
      for (let i = 1; i <= 5; i++) {
        await ana.send(`from Ana ${i}`);
        await ben.send(`from Ben ${i}`);
      }
      await Promise.all([ana.waitForMessages(10), ben.waitForMessages(10)]);
      await ben.reload();
      await ben.openConversation();
      await ben.waitForConnected();
      await ben.send('after the reload');
      await ana.waitForMessages(11);
      assert.equal((await ana.messages()).at(-1)?.text, 'after the reload');
      assert.deepEqual(servedWorkers(product.site), ['enk-worker-libsignal']);
    } finally {
      await product.close();
    }
  });

  it('CC-ENG-01: by invite, the one who dials is told, and nothing gets through', async () => {
    const product = await Product.start();
    const otherProduct = await Product.start({
      brokerUrl: product.brokerUrl,
      site: { folder: other.folder },
    });
    try {
      const [ana, ben] = await Promise.all([product.person('Ana'), otherProduct.person('Ben')]);
      await ben.acceptInvite(otherSite(await ana.createInvite(), product, otherProduct), 'Ana');
      await openAndSend(ben, 'does this arrive?');
      await ben.waitForText('notice', DOES_NOT_FIT);
      assert.equal(await ana.sees('contact-row'), false);
      assert.deepEqual(servedWorkers(product.site), ['enk-worker']);
    } finally {
      await otherProduct.close();
      await product.close();
    }
  });

  it('CC-ENG-01: when a contact changes its engine both are told, and nothing gets through', async () => {
    const product = await Product.start();
    const { port } = product.site;
    let site: Site | null = null;
    try {
      const [ana, ben] = await product.connectedPair();
      await ana.send('before');
      await ben.waitForMessages(1);
      await product.site.close();
      site = await serveSite({ folder: other.folder, port, broker: product.brokerUrl });
      assert.equal(site.port, port);
      await ben.reload();
      await openAndSend(ben, 'after');
      await Promise.all([ana, ben].map(person => person.waitForText('notice', DOES_NOT_FIT)));
      assert.deepEqual(
        (await ana.messages()).map(({ text }) => text),
        ['before'],
      );
    } finally {
      await site?.close();
      await product.close();
    }
  });
});

/** The same invite, opened at the other site. */
function otherSite(link: string, from: Product, to: Product): string {
  return link.replace(from.site.origin, to.site.origin);
}
