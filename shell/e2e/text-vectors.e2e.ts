/** Real dialogues, a dozen scripts and hostile strings, in both directions at once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { exposeConversation, readConversation, sendAll, waitForDelivery } from './support/conversations.ts';
import { Product } from './support/product.ts';
import { declarations, dialogues, naughtyStrings } from './support/texts.ts';

describe('texts of all kinds', () => {
  let product: Product;
  before(async () => {
    product = await Product.start();
  });
  after(() => product.close());

  it('arrive exactly once, in order, byte for byte, and render as text', async () => {
    const [ana, ben] = await product.connectedPair();
    const texts = [...dialogues(30), ...declarations(6), ...naughtyStrings()];
    assert.ok(texts.length >= 300, `${texts.length} messages`);
    const reversed = [...texts].reverse();
    for (const { page } of [ana, ben]) await exposeConversation(page);
    const dialogs: string[] = [];
    for (const { page } of [ana, ben]) page.on('dialog', dialog => dialogs.push(dialog.message()));

    await Promise.all([sendAll(ana.page, texts), sendAll(ben.page, reversed)]);
    await Promise.all([waitForDelivery(ana.page, reversed.length), waitForDelivery(ben.page, texts.length)]);

    const [atAna, atBen] = [await readConversation(ana.page), await readConversation(ben.page)];
    const bytes = (list: readonly string[]): string[] => list.map(text => Buffer.from(text).toString('hex'));
    const received = (list: typeof atAna): string[] =>
      list.filter(({ isMine }) => !isMine).map(({ text }) => text);
    assert.deepEqual(bytes(received(atBen)), bytes(texts));
    assert.deepEqual(bytes(received(atAna)), bytes(reversed));

    const shown = (await ben.messages()).filter(({ isMine }) => !isMine).map(({ text }) => text);
    assert.deepEqual(shown, texts);
    assert.deepEqual(dialogs, [], 'no message ran as script');
    assert.equal(await ben.countForeignMarkup(), 0, 'no message became markup');
  });
});
