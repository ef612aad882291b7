/**
 * Messages that disappear and are deleted, between two browsers, by what people press: a timer that runs out on both
 * sides, one that ran out behind a lock, and a deletion for everyone while the other is away. Afterwards neither the
 * product's search nor a look at its records finds anything.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Person } from './support/person.ts';
import { Product } from './support/product.ts';
import { readVault } from './support/storage-dump.ts';
import { VaultPerson } from './support/vault-person.ts';

const TIMER_MS = 30_000;
const PASSCODE = '864209';

describe('messages that go', () => {
  let product: Product;
  let ana: Person;
  let ben: Person;

  before(async () => {
    product = await Product.start();
    [ana, ben] = await product.connectedPair();
  });
  after(() => product.close());

  async function setTimer(person: Person, start: 'reading' | 'sending' | 'off'): Promise<void> {
    await person.click('timer');
    await person.click(start === 'off' ? 'timer-0' : `timer-${TIMER_MS / 1_000}`);
    if (start !== 'off') await person.click(`timer-${start}`);
    await person.click('timer-save');
  }

  const waitUntilShown = (person: Person, text: string): Promise<void> =>
    person.waitForMessage(text, { isThere: true });
  const waitUntilGone = (person: Person, text: string): Promise<void> =>
    person.waitForMessage(text, { isThere: false });

  async function assertNotFound(person: Person, word: string): Promise<void> {
    await person.fill('search-input', word);
    await person.find('search-nothing');
    await person.fill('search-input', '');
    await person.find('contact-row');
  }

  async function countMessages(person: Person): Promise<number> {
    const { records } = await readVault(person.page);
    return records.filter(({ store }) => store === 'messages').length;
  }

  it('P2P-RET-02, P2P-RET-05: a timer that one side set takes the message on both, once it was read', async () => {
    await setTimer(ana, 'reading');
    await ana.waitForText('timer-line', /You set disappearing messages: 30 seconds after reading/);
    await ben.waitForText('timer-line', /Ana set disappearing messages: 30 seconds after reading/);
    await ana.waitForText('timer-state', /^\s*30 seconds\s*$/);
    await ana.send('a secret for half a minute');
    await waitUntilShown(ben, 'a secret for half a minute');
    await Promise.all([ana, ben].map(person => person.find('message-left')));
    await Promise.all([ana, ben].map(person => waitUntilGone(person, 'a secret for half a minute')));
    for (const person of [ana, ben]) {
      await assertNotFound(person, 'secret');
      assert.equal(await countMessages(person), 1, 'the line about the timer');
    }
  });

  it('P2P-RET-05: what ran out behind the lock is gone when the vault opens', async () => {
    await setTimer(ben, 'sending');
    await ana.waitForText('timer-state', /30 seconds/);
    await ana.send('not behind the lock');
    const sentAtMs = Date.now();
    await waitUntilShown(ben, 'not behind the lock');
    const vault = new VaultPerson(ben);
    await vault.openSettings();
    await vault.setSecret('passcode', PASSCODE);
    await vault.lock();
    const before = await countMessages(ben);
    await waitUntilGone(ana, 'not behind the lock');
    await ben.page.waitForFunction(ms => Date.now() > ms, { polling: 250 }, sentAtMs + TIMER_MS + 3_000);
    assert.equal(await countMessages(ben), before, 'nobody could open it meanwhile');
    await watchFor(ben, 'not behind the lock');
    await vault.attempt({ kind: 'passcode', text: PASSCODE });
    await ben.find('vault-settings');
    await ben.closeSettings();
    await ben.openConversation();
    await ben.find('timer-line');
    assert.equal(await ben.page.evaluate('globalThis.__wasSeen'), false);
    assert.equal(await countMessages(ben), before - 1);
    await assertNotFound(ben, 'behind');
  });

  it('P2P-RET-08: deleted for everyone while the other is away, a line stays on both sides', async () => {
    await setTimer(ana, 'off');
    await ana.waitForConnected();
    await ana.send('a slip of the tongue');
    await waitUntilShown(ben, 'a slip of the tongue');
    await ben.page.goto('about:blank');
    await ana.waitForText('connection-state', /Waiting|lost|Not connected|Connecting/);
    await ana.click('message-menu');
    await ana.click('delete-everyone');
    await ana.click('delete-everyone-confirm');
    await waitUntilShown(ana, 'You deleted this message');
    await ben.page.goto(product.site.url);
    await new VaultPerson(ben).attempt({ kind: 'passcode', text: PASSCODE });
    await ben.openConversation();
    await waitUntilShown(ben, 'Ana deleted this message');
    for (const person of [ana, ben]) await assertNotFound(person, 'tongue');
  });

  it('P2P-RET-07: deleted for oneself, it can be brought back for a few seconds', async () => {
    await ben.send('ben said this');
    await waitUntilShown(ana, 'ben said this');
    const [last] = (await ana.page.$$('>>> [data-testid="message-menu"]')).slice(-1);
    await last?.evaluate(node => (node as HTMLElement).click());
    await ana.click('delete-here');
    await waitUntilGone(ana, 'ben said this');
    await ana.click('undo-delete');
    await waitUntilShown(ana, 'ben said this');
  });
});

/** Notes in the page, as `__wasSeen`, whether a text is ever drawn from now on. */
async function watchFor(person: Person, text: string): Promise<void> {
  await person.page.evaluate(wanted => {
    const page = globalThis as typeof globalThis & { __wasSeen?: boolean };
    page.__wasSeen = false;
    const read = (root: ParentNode): boolean =>
      (root.textContent ?? '').includes(wanted) ||
      [...root.querySelectorAll('*')].some(node => node.shadowRoot !== null && read(node.shadowRoot));
    const look = (): void => {
      page.__wasSeen ||= read(document.body);
      requestAnimationFrame(look);
    };
    look();
  }, text);
}
