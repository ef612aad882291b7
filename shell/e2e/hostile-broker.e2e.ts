/** The product against a broker that stands in the middle, and against one that meddles with a live session. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'puppeteer-core';
import { openPerson } from './support/browsers.ts';
import { HostileBroker, swapFingerprints } from './support/hostile-broker.ts';
import { readIdentity } from './support/page-services.ts';
import { type PageServer, servePage } from './support/page-server.ts';
import type { Person } from './support/person.ts';
import { Product } from './support/product.ts';

describe('a broker that terminates both sides itself', () => {
  let product: Product;
  let broker: HostileBroker;
  let attackers: PageServer;

  before(async () => {
    broker = await HostileBroker.start();
    product = await Product.start({ brokerUrl: broker.url() });
    attackers = await servePage(new URL('./support/mallory-page.ts', import.meta.url));
  });
  after(async () => {
    await product.close();
    await attackers.close();
    await broker.kill();
  });

  /** Mallory takes the place of `victim` in the realm of somebody else. */
  async function impersonate(victimId: string, realm: string): Promise<Page> {
    const { browser } = await product.launch();
    const { page } = await openPerson(browser, attackers.url);
    await page.evaluate((id, url) => window.mallory.impersonate(id, url), victimId, broker.url(realm));
    return page;
  }

  const untilOutcome = (page: Page): Promise<unknown> =>
    page.waitForFunction(() => window.mallory.outcomes().length > 0, { timeout: 45_000 });

  async function separate(ana: Person, ben: Person): Promise<[anaId: string, benId: string]> {
    const [a, b] = [(await readIdentity(ana.page)).peerId, (await readIdentity(ben.page)).peerId];
    broker.realmOf = id => (id === a ? 'with-ana' : id === b ? 'with-ben' : 'default');
    await Promise.all([ana.reload(), ben.reload()]);
    await Promise.all([broker.untilRegistered(a), broker.untilRegistered(b)]);
    return [a, b];
  }

  it('with an invite gets neither side to Ready, and the invitee is told', async () => {
    const [ana, ben] = await Promise.all([product.person('Ana'), product.person('Ben')]);
    const link = await ana.createInvite();
    const [anaId] = await separate(ana, ben);
    const mallory = await impersonate(anaId, 'with-ben');
    await ben.acceptInvite(link, 'Ana');
    await ben.openConversation();
    await untilOutcome(mallory);
    assert.ok(
      (await mallory.evaluate(() => window.mallory.outcomes())).every(({ kind }) => kind === 'failed'),
    );
    await ben.waitForText('connection-state', /someone else|invite|stopped|nothing is sent/i);
    assert.doesNotMatch(await ben.read('connection-state'), /^\s*connected/i);
    assert.equal(await ana.sees('contact-row'), false);
  });

  it('and passes the handshake of an invite on is noticed by both sides, and neither is Ready', async () => {
    const [ana, ben] = await Promise.all([product.person('Ana'), product.person('Ben')]);
    const link = await ana.createInvite();
    const [anaId, benId] = await separate(ana, ben);
    const { browser } = await product.launch();
    const { page } = await openPerson(browser, attackers.url);
    await page.evaluate(
      (caller, callee) => window.mallory.passOn(caller, callee),
      { peerId: benId, brokerUrl: broker.url('with-ben') },
      { peerId: anaId, brokerUrl: broker.url('with-ana') },
    );
    await ben.acceptInvite(link, 'Ana');
    await ana.waitForText('alert', /altered/i);
    assert.equal(await ana.sees('contact-row'), false);
    await ben.openConversation();
    await ben.waitForText('connection-state', /stopped|waiting|not connected|someone else|nothing is sent/i);
    assert.doesNotMatch(await ben.read('connection-state'), /^\s*connected/i);
  });

  it('between contacts reaches nobody, and says to both that someone else answers; what waits stays', async () => {
    const [ana, ben] = await product.connectedPair();
    const [anaId, benId] = await separate(ana, ben);
    const atAna = await impersonate(benId, 'with-ana');
    const atBen = await impersonate(anaId, 'with-ben');
    for (const person of [ana, ben]) {
      await person.openConversation();
      await person.send('for your eyes only');
    }
    await Promise.all([untilOutcome(atAna), untilOutcome(atBen)]);
    for (const page of [atAna, atBen]) {
      const outcomes = await page.evaluate(() => window.mallory.outcomes());
      assert.ok(outcomes.every(({ kind }) => kind === 'failed'));
    }
    for (const person of [ana, ben]) {
      await person.waitForText('connection-state', /someone else/i);
      assert.equal((await person.messages()).filter(({ text }) => text === 'for your eyes only').length, 1);
    }
    broker.realmOf = () => 'default';
    await Promise.all([atAna.close(), atBen.close()]);
    await Promise.all([ana.reload(), ben.reload()]);
    for (const person of [ana, ben]) {
      await person.openConversation();
      await person.waitForConnected();
      await person.waitForMessages(2);
    }
  });

  it('on first use of a bare address is shown as unverified on both sides, with safety numbers that differ', async () => {
    const [ana, ben] = await Promise.all([product.person('Ana'), product.person('Ben')]);
    const [anaId, benId] = await separate(ana, ben);
    await impersonate(benId, 'with-ana');
    const atBen = await impersonate(anaId, 'with-ben');
    await ana.addByAddress(benId, 'Ben');
    await ana.openConversation();
    await ana.waitForConnected();
    await atBen.evaluate(id => window.mallory.dial('to-ben', id), benId);
    await ben.click('consent-accept');
    await ben.fill('consent-name', 'Ana');
    await ben.click('consent-submit');
    await ben.openConversation();
    await ben.waitForConnected();
    const digits: string[] = [];
    for (const person of [ana, ben]) {
      assert.match(await person.read('verification-state'), /unverified|not verified/i);
      await person.click('safety-number');
      digits.push((await person.read('safety-digits')).replaceAll(/\D/g, ''));
    }
    assert.ok(digits.every(number => number.length === 60));
    assert.notEqual(digits[0], digits[1]);
  });

  it('that swaps fingerprints gets no link open', async () => {
    const [ana, ben] = await Promise.all([product.person('Ana'), product.person('Ben')]);
    broker.realmOf = () => 'default';
    broker.rewrite = swapFingerprints;
    await ben.acceptInvite(await ana.createInvite(), 'Ana');
    await ben.openConversation();
    await broker.untilRelayed(({ type }) => type === 'ANSWER');
    assert.equal(await ana.sees('contact-row'), false);
    broker.rewrite = frame => [frame];
    await ben.waitForConnected();
  });
});

describe('a broker that meddles with a live session', () => {
  it('changes nothing by LEAVE, EXPIRE, a second OFFER or a replay of everything', async () => {
    const broker = await HostileBroker.start();
    const product = await Product.start({ brokerUrl: broker.url() });
    const [ana, ben] = await product.connectedPair();
    const anaId = (await readIdentity(ana.page)).peerId;
    const benId = (await readIdentity(ben.page)).peerId;
    const offers = broker.relayed.filter(({ type }) => type === 'OFFER');
    assert.ok(offers.length > 0);
    const before = broker.relayed.length;
    for (const [src, dst] of [
      [anaId, benId],
      [benId, anaId],
    ] as const) {
      for (const type of ['LEAVE', 'EXPIRE']) broker.inject({ type, src, dst });
      broker.replayTo(dst);
    }
    for (const offer of offers) broker.inject(offer);
    await ana.send('still here');
    await ben.send('so am I');
    await Promise.all([ana.waitForMessages(2), ben.waitForMessages(2)]);
    for (const person of [ana, ben]) assert.match(await person.read('connection-state'), /^\s*Connected/);
    const dialled = broker.relayed.slice(before).filter(({ type }) => type === 'OFFER');
    assert.deepEqual(dialled, [], 'nobody had to dial again');
    await product.close();
    await broker.kill();
  });
});
