/**
 * Two tabs of one profile: both are used at once, one of them owns the profile. Closing either loses nothing. With
 * ENK_LONG=1 both type for a minute.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isLong } from './support/long-run.ts';
import { Person } from './support/person.ts';
import { Product } from './support/product.ts';

/** What a tab reads when it opens a conversation. */
const PAGE_MESSAGES = 50;
const TYPE_FOR_MS = isLong ? 60_000 : 4_000;

describe('two tabs of the same profile', () => {
  let product: Product;
  before(async () => {
    product = await Product.start();
  });
  after(() => product.close());

  async function tabOf(person: Person): Promise<Person> {
    const tab = new Person(await person.page.browserContext().newPage(), person.name);
    await tab.page.goto(product.site.url);
    await tab.openConversation();
    await tab.waitForConnected();
    return tab;
  }

  /** Sends lines as a person does, one after the other, and says how many. */
  async function writeLines(person: Person, prefix: string): Promise<string[]> {
    const sent: string[] = [];
    const endMs = Date.now() + TYPE_FOR_MS;
    while (Date.now() < endMs || sent.length < 3) {
      const text = `${prefix} ${sent.length}`;
      await person.send(text);
      sent.push(text);
    }
    return sent;
  }

  const ofPrefix = (texts: readonly string[], prefix: string): string[] =>
    texts.filter(text => text.startsWith(`${prefix} `));

  const textsOf = async (person: Person): Promise<string[]> =>
    (await person.messages()).map(({ text }) => text);

  it('both write at once, one closes, then the other: nothing is lost, doubled or shown differently', async () => {
    const [ana, ben] = await product.connectedPair();
    const second = await tabOf(ana);
    const [one, two, theirs] = await Promise.all([
      writeLines(ana, 'one'),
      writeLines(second, 'two'),
      writeLines(ben, 'ben'),
    ]);
    const count = one.length + two.length + theirs.length;
    await Promise.all([ana, second, ben].map(person => person.waitForMessages(count)));
    const shown = await textsOf(ben);
    assert.equal(shown.length, count);
    assert.deepEqual(ofPrefix(shown, 'one'), one);
    assert.deepEqual(ofPrefix(shown, 'two'), two);
    assert.deepEqual(ofPrefix(shown, 'ben'), theirs);
    assert.deepEqual(await textsOf(second), await textsOf(ana), 'both tabs show the same');

    await ana.page.close(); // the owner
    await second.waitForConnected();
    await second.send('after the first tab');
    await ben.waitForMessages(count + 1);
    const third = await tabOf(second);
    await second.page.close();
    await third.waitForConnected();
    await third.send('after the second tab');
    await ben.waitForMessages(count + 2);
    await third.waitForMessages(Math.min(count + 2, PAGE_MESSAGES));
    assert.deepEqual((await textsOf(ben)).slice(count), ['after the first tab', 'after the second tab']);
    // Order between two authors is each device's own; what is there is the same.
    const newest = new Set((await textsOf(ben)).slice(-PAGE_MESSAGES / 2));
    assert.equal((await textsOf(third)).filter(text => newest.has(text)).length, newest.size);
  });

  it('a tab that is used while its owner is killed goes on by itself', async () => {
    const [ana, ben] = await product.connectedPair();
    const second = await tabOf(ana);
    await second.send('before');
    await ben.waitForMessages(1);
    const session = await ana.page.createCDPSession();
    session.send('Page.crash').catch(() => undefined); // it never answers
    await second.send('after');
    await second.waitForConnected();
    await ben.waitForMessages(2);
    assert.deepEqual(await textsOf(ben), ['before', 'after']);
    assert.deepEqual(await textsOf(second), ['before', 'after']);
  });
});
