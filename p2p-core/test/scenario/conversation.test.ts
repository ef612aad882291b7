import { expect } from '@esm-bundle/chai';
import { MAX_MESSAGE_TEXT_BYTES } from '../../limits.ts';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: a conversation', () => {
  let alice: Peer;
  let bob: Peer;
  let network: TestNetwork;

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
    bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
  });

  afterEach(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });

  const statesOf = (peer: Peer): string[] =>
    peer.events.flatMap(event =>
      event.type === 'messages'
        ? event.messages.filter(({ isMine }) => isMine).map(({ state }) => state)
        : [],
    );

  it('P2P-DEL-03: a message is queued, sent, delivered, and read only with a receipt', async () => {
    await alice.send('hello');
    await alice.untilDelivered();
    expect([...new Set(statesOf(alice))]).to.deep.equal(['queued', 'sent', 'delivered']);
    expect(bob.contact.unreadCount).to.equal(1);
    await bob.core.markRead({ contactId: bob.contact.id, upToPosition: 0 });
    await bob.until('read', () => bob.contact.unreadCount === 0);
    expect(network.openLinks).to.have.length(1);

    await bob.core.setPrivacy({ privacy: { sendTyping: false, sendReadReceipts: true } });
    await alice.send('with a receipt');
    await alice.untilDelivered();
    await bob.core.markRead({ contactId: bob.contact.id, upToPosition: 1 });
    await alice.until('a receipt', () => statesOf(alice).includes('read'));
    expect((await alice.messages()).map(({ state }) => state)).to.deep.equal(['read', 'read']);
  });

  it('P2P-DEL-10: typing is told only when its switch is on, and ends with the message', async () => {
    await bob.core.setTyping({ contactId: bob.contact.id, isTyping: true });
    await bob.send('first');
    await alice.untilReceived(1);
    expect(alice.events.some(event => event.type === 'contacts' && event.contacts[0]?.isTyping)).to.equal(
      false,
    );
    await bob.core.setPrivacy({ privacy: { sendTyping: true, sendReadReceipts: false } });
    await bob.core.setTyping({ contactId: bob.contact.id, isTyping: true });
    await alice.until('typing', () => alice.contact.isTyping);
    await bob.send('second');
    await alice.until('not typing', () => !alice.contact.isTyping);
    await bob.core.setTyping({ contactId: bob.contact.id, isTyping: true });
    await alice.until('typing', () => alice.contact.isTyping);
    alice.clock.advance(10_000);
    await alice.until('not typing', () => !alice.contact.isTyping);
  });

  it('P2P-LIM-06: a message of 64 KiB passes, a longer or empty one is refused before it is stored', async () => {
    const contactId = alice.contact.id;
    const code = (text: string): Promise<unknown> =>
      alice.core.sendMessage({ contactId, text }).catch((error: { code: string }) => error.code);
    expect(await code('')).to.equal('message-empty');
    expect(await code('x'.repeat(MAX_MESSAGE_TEXT_BYTES + 1))).to.equal('message-too-large');
    expect(await code('\u0001'.repeat(MAX_MESSAGE_TEXT_BYTES))).to.equal('message-too-large');
    const longest = ['"'.repeat(MAX_MESSAGE_TEXT_BYTES), 'é'.repeat(MAX_MESSAGE_TEXT_BYTES / 2)];
    for (const text of longest) await alice.send(text);
    expect(await bob.untilReceived(2)).to.deep.equal(longest);
  });

  it('P2P-DEL-03: 300 messages each way at once arrive once, in order', async () => {
    const texts = (who: string): string[] => Array.from({ length: 300 }, (_, index) => `${who}${index}`);
    await Promise.all([
      ...texts('a').map(text => alice.send(text)),
      ...texts('b').map(text => bob.send(text)),
    ]);
    const [fromAlice, fromBob] = await Promise.all([bob.untilReceived(300), alice.untilReceived(300)]);
    expect(fromAlice).to.deep.equal(texts('a'));
    expect(fromBob).to.deep.equal(texts('b'));
    await Promise.all([alice.untilDelivered(), bob.untilDelivered()]);
  });

  it('P2P-DEL-02: history pages from newest, ascending within the page', async () => {
    for (let index = 0; index < 5; index++) await alice.send(`m${index}`);
    const contactId = alice.contact.id;
    const newest = await alice.core.listMessages({ contactId, limit: 2 });
    expect(newest.messages.map(({ text }) => text)).to.deep.equal(['m3', 'm4']);
    expect(newest.hasOlder).to.equal(true);
    const oldest = await alice.core.listMessages({ contactId, beforePosition: 1, limit: 2 });
    expect(oldest.messages.map(({ text }) => text)).to.deep.equal(['m0']);
    expect(oldest.hasOlder).to.equal(false);
  });

  it('P2P-STO-04: a removed contact is gone with its history, and its return asks for consent', async () => {
    await bob.send('hello');
    await alice.untilReceived(1);
    await alice.core.removeContact({ contactId: alice.contact.id });
    await alice.until('no contact', () => alice.contacts.length === 0);
    await bob.send('still there?');
    await alice.until('a request', () => alice.consents.length === 1);
    await alice.crash();
    await alice.boot();
    expect(alice.contacts).to.have.length(0);
  });

  it('P2P-STO-04: everything is there after a restart', async () => {
    await bob.send('hello');
    await alice.untilReceived(1);
    await alice.core.setVerified({ contactId: alice.contact.id, verified: true });
    await alice.core.renameContact({ contactId: alice.contact.id, name: 'Robert' });
    await alice.crash();
    network.cutAll();
    await alice.boot();
    await alice.untilReady();
    expect(alice.contact).to.include({
      name: 'Robert',
      verification: 'verified',
      unreadCount: 1,
      notice: null,
    });
    expect(await alice.texts(false)).to.deep.equal(['hello']);
    expect(alice.profile).to.include({ kind: 'open', displayName: 'Alice' });
  });
});
