import { expect } from '@esm-bundle/chai';
import { openDB } from 'idb';
import { SEARCH_FLUSH_MESSAGES } from '../../limits.ts';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: search', () => {
  let network: TestNetwork;
  let alice: Peer;
  let bob: Peer;

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
    bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
  });

  afterEach(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });

  async function find(peer: Peer, query: string, limit = 10): Promise<string[]> {
    const { hits } = await peer.core.search({ query, limit });
    return hits.map(({ message }) => message.text);
  }

  it('P2P-SRC-02: what both said is found at both ends, as views with their state', async () => {
    await alice.send('Treffen wir uns in Köln?');
    await bob.send('明日は東京へ行きます');
    await Promise.all([alice.untilReceived(1), bob.untilReceived(1)]);
    await alice.untilDelivered();
    for (const peer of [alice, bob]) {
      expect(await find(peer, 'koln')).to.deep.equal(['Treffen wir uns in Köln?']);
      expect(await find(peer, '東京')).to.deep.equal(['明日は東京へ行きます']);
      expect(await find(peer, 'paris')).to.deep.equal([]);
    }
    const { hits } = await alice.core.search({ query: 'köln', limit: 1 });
    expect(hits[0]?.message).to.include({ isMine: true, state: 'delivered', position: 0 });
    expect(hits[0]?.ranges).to.deep.equal([[19, 23]]);
  });

  it('P2P-SRC-03: is there after a restart, and knows what came before the index', async () => {
    for (let i = 0; i < 5; i++) await alice.send(`number ${i} of five`);
    await alice.crash();
    await alice.boot();
    expect(await find(alice, 'num five', 2)).to.deep.equal(['number 4 of five', 'number 3 of five']);
  });

  it('P2P-SRC-04: a removed contact leaves nothing to find, and nothing in the store', async () => {
    const [contact] = alice.contacts;
    if (contact === undefined) throw new Error('no contact');
    for (let i = 0; i < SEARCH_FLUSH_MESSAGES + 3; i++) {
      void alice.core.sendMessage({ contactId: contact.id, text: `gone ${i}` });
    }
    await alice.send('gone too');
    expect(await find(alice, 'gone', 200)).to.have.length(200);
    await alice.core.removeContact({ contactId: contact.id });
    expect(await find(alice, 'gone')).to.deep.equal([]);
    await alice.crash();
    const db = await openDB(`enk:${alice.profileName}`);
    // The manifest and the rows of the table, emptied: no block of terms.
    expect(await db.count('search')).to.equal(2);
    db.close();
    await alice.boot();
    expect(await find(alice, 'gone')).to.deep.equal([]);
  });

  it('P2P-API-01: a wrong limit, contact or place is refused', async () => {
    const codeOf = async (params: Parameters<Peer['core']['search']>[0]): Promise<unknown> => {
      const error: unknown = await alice.core.search(params).catch((reason: unknown) => reason);
      return (error as { code?: string }).code;
    };
    expect(await codeOf({ query: 'x', limit: 0 })).to.equal('bad-request');
    expect(await codeOf({ query: 'x', limit: 1_000 })).to.equal('bad-request');
    expect(await codeOf({ query: 'x', limit: 1, contactId: 'nobody' as never })).to.equal('unknown-contact');
  });
});
