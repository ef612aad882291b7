/** The first promise of the product: an invite link, and two people talk. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Product } from './support/product.ts';

describe('two people in two browsers', () => {
  let product: Product;
  before(async () => {
    product = await Product.start();
  });
  after(() => product.close());

  it('meet by an invite link and exchange 20 messages each way', async () => {
    const [ana, ben] = await Promise.all([product.person('Ana'), product.person('Ben')]);
    const link = await ana.createInvite();
    await ben.acceptInvite(link, 'Ana');
    await ben.openConversation();
    await ben.waitForConnected();
    await ana.openConversation();
    await ana.waitForConnected();
    for (let i = 1; i <= 20; i++) {
      await ana.send(`from Ana ${i}`);
      await ben.send(`from Ben ${i}`);
    }
    await Promise.all([ana.waitForMessages(40), ben.waitForMessages(40)]);
    const count = Array.from({ length: 20 }, (_, i) => i + 1);
    for (const person of [ana, ben]) {
      const texts = (await person.messages()).map(message => message.text);
      assert.deepEqual(
        texts.filter(text => text.startsWith('from Ana')),
        count.map(i => `from Ana ${i}`),
      );
      assert.deepEqual(
        texts.filter(text => text.startsWith('from Ben')),
        count.map(i => `from Ben ${i}`),
      );
    }
  });
});
