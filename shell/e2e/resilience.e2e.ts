/** Reloads, a dead broker and a dead network in the middle of a conversation: nothing is lost, nothing doubled. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { cutNetwork, isOwnNamespace } from './support/network.ts';
import { exposeConversation, readConversation, sendAll, waitForDelivery } from './support/conversations.ts';
import type { Person } from './support/person.ts';
import { Product } from './support/product.ts';

const numbered = (from: string, first: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${from} ${first + i}`);

describe('a conversation goes on', () => {
  let product: Product;
  before(async () => {
    product = await Product.start();
  });
  after(() => product.close());

  /** Both send before, during and after the disturbance; everything must stand once, in order, on both sides. */
  async function disturb(disturbance: (ana: Person, ben: Person) => Promise<void>): Promise<void> {
    const [ana, ben] = await product.connectedPair();
    for (const { page } of [ana, ben]) await exposeConversation(page);
    await Promise.all([
      sendAll(ana.page, numbered('ana', 0, 30)),
      sendAll(ben.page, numbered('ben', 0, 30)),
      disturbance(ana, ben),
    ]);
    for (const { page } of [ana, ben]) await exposeConversation(page);
    await Promise.all([
      sendAll(ana.page, numbered('ana', 30, 10)),
      sendAll(ben.page, numbered('ben', 30, 10)),
    ]);
    await Promise.all([waitForDelivery(ana.page, 40), waitForDelivery(ben.page, 40)]);
    for (const { page } of [ana, ben]) {
      const texts = (await readConversation(page)).map(({ text }) => text);
      assert.deepEqual(
        texts.filter(text => text.startsWith('ana')),
        numbered('ana', 0, 40),
      );
      assert.deepEqual(
        texts.filter(text => text.startsWith('ben')),
        numbered('ben', 0, 40),
      );
    }
    await ana.page.browser().close();
    await ben.page.browser().close();
  }

  async function disturbByReload(who: 'ana' | 'ben'): Promise<void> {
    const [ana, ben] = await product.connectedPair();
    const [stays, reloads] = who === 'ben' ? [ana, ben] : [ben, ana];
    for (const { page } of [ana, ben]) await exposeConversation(page);
    await sendAll(reloads.page, numbered('before', 0, 10));
    const sending = sendAll(stays.page, numbered('during', 0, 40));
    await reloads.reload();
    await sending;
    await exposeConversation(reloads.page);
    await reloads.openConversation();
    await sendAll(reloads.page, numbered('after', 0, 10));
    await Promise.all([waitForDelivery(stays.page, 20), waitForDelivery(reloads.page, 40)]);
    for (const { page } of [ana, ben]) {
      const texts = (await readConversation(page)).map(({ text }) => text);
      assert.equal(texts.length, 60);
      assert.deepEqual(
        texts.filter(text => text.startsWith('during')),
        numbered('during', 0, 40),
      );
      assert.deepEqual(
        texts.filter(text => /before|after/.test(text)),
        [...numbered('before', 0, 10), ...numbered('after', 0, 10)],
      );
    }
    await ana.page.browser().close();
    await ben.page.browser().close();
  }

  it('when the invitee reloads in the middle', () => disturbByReload('ben'));

  it('when the inviter reloads in the middle', () => disturbByReload('ana'));

  it('when the broker restarts', () => disturb(() => product.restartBroker()));

  it('when there is no network for ten seconds', { skip: !isOwnNamespace() && 'needs nft' }, () =>
    disturb(async (ana, ben) => {
      const cut = await cutNetwork(product.brokerPort, [ana.page, ben.page]);
      // Ten seconds of absence are the condition itself.
      await new Promise(resolve => setTimeout(resolve, 10_000));
      await cut.restore();
    }),
  );
});
