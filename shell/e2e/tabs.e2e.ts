/** Two tabs of one profile: one owner, the other waits, says so, and takes over. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Person } from './support/person.ts';
import { Product } from './support/product.ts';

describe('a second tab of the same profile', () => {
  let product: Product;
  before(async () => {
    product = await Product.start();
  });
  after(() => product.close());

  it('waits with a clear message and takes over when the first closes, with the conversation in it', async () => {
    const [ana, ben] = await product.connectedPair();
    await ana.send('from the first tab');
    await ben.waitForMessages(1);
    const second = new Person(await ana.page.browserContext().newPage(), 'Ana');
    await second.page.goto(product.site.url);
    await second.waitForText('profile-state', /another tab/i);
    assert.equal(await second.sees('contact-row'), false);
    await ana.page.close();
    await second.openConversation();
    await second.waitForConnected();
    await second.waitForMessages(1);
    await second.send('from the second tab');
    await ben.waitForMessages(2);
    assert.deepEqual(
      (await ben.messages()).map(({ text }) => text),
      ['from the first tab', 'from the second tab'],
    );
  });
});
