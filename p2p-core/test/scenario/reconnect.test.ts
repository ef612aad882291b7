import { expect } from '@esm-bundle/chai';
import { GLARE_WINDOW_MS } from '../../limits.ts';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('scenario: reconnect', () => {
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

  it('P2P-DEL-05: a link cut in mid-stream loses and doubles nothing', async () => {
    const fromAlice = numbered('a', 60);
    const fromBob = numbered('b', 60);
    for (const [index, text] of fromAlice.entries()) {
      await Promise.all([alice.send(text), bob.send(fromBob[index] ?? '')]);
      if (index === 20 || index === 40) network.cutAll();
    }
    expect(await bob.untilReceived(60)).to.deep.equal(fromAlice);
    expect(await alice.untilReceived(60)).to.deep.equal(fromBob);
    await Promise.all([alice.untilDelivered(), bob.untilDelivered()]);
  });

  it('P2P-DEL-07: a receiver that dies between store and ack gets nothing twice', async () => {
    const bobId = bob.transport.peerId;
    await alice.send('before');
    await alice.untilDelivered();
    network.filter = ({ from }) => from !== bobId; // every ack is lost
    for (const text of numbered('m', 5)) await alice.send(text);
    await bob.untilReceived(6);
    await bob.crash();
    expect(alice.contact.pendingCount).to.equal(5);
    network.filter = () => true;
    await bob.boot();
    network.cutAll('closed-remotely');
    await alice.untilDelivered();
    const told = alice.events.flatMap(event => (event.type === 'messages' ? event.messages : []));
    const delivered = told.filter(({ state }) => state === 'delivered').map(({ text }) => text);
    expect(delivered, 'the page hears that they arrived').to.include.members(numbered('m', 5));
    await alice.send('after');
    await alice.untilDelivered();
    expect(await bob.texts(false)).to.deep.equal(['before', ...numbered('m', 5), 'after']);
  });

  it('P2P-DEL-02: a sender that dies keeps what it queued and sends it when it is back', async () => {
    await bob.crash();
    network.cutAll();
    for (const text of numbered('m', 3)) await alice.send(text);
    await alice.crash();
    await alice.boot();
    expect(alice.contacts[0]?.pendingCount ?? (await alice.messages()).length).to.equal(3);
    await bob.boot();
    expect(await bob.untilReceived(3)).to.deep.equal(numbered('m', 3));
    await alice.untilDelivered();
  });

  it('P2P-SES-21: two sides that dial at once converge on one link and keep a common pair secret', async () => {
    for (let round = 0; round < 3; round++) {
      network.holdDials();
      network.cutAll();
      await Promise.all([alice.untilConnection('waiting-for-peer'), bob.untilConnection('waiting-for-peer')]);
      await Promise.all([
        alice.core.reconnect({ contactId: alice.contact.id }),
        bob.core.reconnect({ contactId: bob.contact.id }),
      ]);
      expect(network.heldDialCount).to.equal(2);
      const delivered = [alice.untilDelivered, bob.untilDelivered];
      network.releaseDials();
      await Promise.all([alice.send(`a${round}`), bob.send(`b${round}`)]);
      await Promise.all([bob.untilReceived(round + 1), alice.untilReceived(round + 1)]);
      await Promise.all([delivered[0]?.call(alice), delivered[1]?.call(bob)]);
      for (const peer of [alice, bob]) peer.clock.advance(GLARE_WINDOW_MS + 1);
      await alice.until(
        'one link',
        () => network.openLinks.length === 1 || (void alice.core.getPrivacy(), false),
      );
      expect(alice.contact.notice).to.equal(null);
      expect(bob.contact.notice).to.equal(null);
    }
    expect(await bob.texts(false)).to.deep.equal(numbered('a', 3));
  });

  it('P2P-SES-05: a lost path is shown, and the session goes on when it is back', async () => {
    const [link] = network.openLinks;
    if (link === undefined) throw new Error('no link');
    const tell = (connected: boolean): void => {
      for (const { transport, linkId } of [link.dialler, link.answerer]) {
        transport.post({ type: 'link-path', linkId, connected });
      }
    };
    tell(false);
    await alice.untilConnection('disconnected');
    tell(true);
    await alice.untilReady();
    await alice.send('still here');
    await alice.untilDelivered();
    expect(network.links.length).to.equal(1);
  });

  it('P2P-SES-05: a path that stays lost is dialled anew', async () => {
    const [link] = network.openLinks;
    if (link === undefined) throw new Error('no link');
    const { transport, linkId } = link.dialler;
    transport.post({ type: 'link-path', linkId, connected: false });
    await bob.untilConnection('disconnected');
    bob.clock.advance(30_001);
    await bob.untilReady();
    await alice.send('again');
    await alice.untilDelivered();
    expect(network.links.length).to.be.greaterThan(1);
  });

  it('P2P-SES-06: an absent contact is waited for with back-off, and dialled at once on wake', async () => {
    await bob.crash();
    network.cutAll();
    await alice.untilConnection('waiting-for-peer');
    alice.transport.post({ type: 'wake' });
    await alice.until('a dial', () => alice.contact.connection.kind === 'connecting');
    await alice.untilConnection('waiting-for-peer');
    await bob.boot();
    await Promise.all([alice.untilReady(), bob.untilReady()]);
  });
});
