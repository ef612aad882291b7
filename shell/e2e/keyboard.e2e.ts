/** Everything from the first run to a sent message, with the keyboard alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'puppeteer-core';
import { openPerson } from './support/browsers.ts';
import { Person } from './support/person.ts';
import { Product } from './support/product.ts';

/** Test id of what has the focus, at any depth. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active?.getAttribute('data-testid') ?? active?.localName ?? '';
  });

/** Tabs on until the wanted element has the focus; fails after a full round. */
async function tabTo(page: Page, testId: string): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 40; i++) {
    if ((await focused(page)) === testId) return;
    await page.keyboard.press('Tab');
    passed.push(await focused(page));
  }
  assert.fail(`Tab never reaches ${testId}; it passes ${passed.join(', ')}`);
}

describe('with the keyboard alone', () => {
  let product: Product;
  before(async () => {
    product = await Product.start();
  });
  after(() => product.close());

  it('a person names themselves, opens an invite, and talks', async () => {
    const ana = await product.person('Ana');
    const link = await ana.createInvite();
    const { browser } = await product.launch();
    const { page } = await openPerson(browser, product.site.url);
    const ben = new Person(page, 'Ben');
    await ben.find('name-input');
    await tabTo(page, 'name-input');
    await page.keyboard.type('Ben');
    await page.keyboard.press('Enter');
    await ben.find('recovery-later');
    await tabTo(page, 'recovery-later');
    await page.keyboard.press('Enter');
    await ben.find('open-invite');
    await tabTo(page, 'open-invite');
    await page.keyboard.press('Enter');
    await ben.find('invite-token-input');
    await tabTo(page, 'invite-token-input');
    await page.keyboard.sendCharacter(link);
    await ben.find('invite-name');
    await tabTo(page, 'invite-name');
    await page.keyboard.type('Ana');
    await page.keyboard.press('Enter');
    await ben.find('composer-input');
    await ben.waitForConnected();
    await tabTo(page, 'composer-input');
    await page.keyboard.type('one');
    await page.keyboard.down('Shift');
    await page.keyboard.press('Enter');
    await page.keyboard.up('Shift');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await ana.openConversation();
    await ana.waitForMessages(1);
    assert.deepEqual(
      (await ana.messages()).map(({ text }) => text),
      ['one\ntwo'],
    );
  });

  it('a person reads the safety number, closes it by Escape, and changes a setting', async () => {
    const [ana] = await product.connectedPair();
    await tabTo(ana.page, 'safety-number');
    await ana.page.keyboard.press('Enter');
    assert.equal((await ana.read('safety-digits')).replaceAll(/\D/g, '').length, 60);
    await ana.page.keyboard.press('Escape');
    await ana.page.waitForFunction(() => document.querySelector(':modal') === null);
    await tabTo(ana.page, 'open-settings');
    await ana.page.keyboard.press('Enter');
    await ana.find('privacy-sendTyping');
    await tabTo(ana.page, 'privacy-sendTyping');
    await ana.page.keyboard.press('Space');
    await ana.page.keyboard.press('Escape');
    await ana.find('open-settings');
    assert.equal(await focused(ana.page), 'open-settings');
  });
});
