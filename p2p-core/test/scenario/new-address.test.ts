import { expect } from '@esm-bundle/chai';
import { P2pError } from '../../errors.ts';
import { encodePdu } from '../../pdu/codec.ts';
import { Peer, befriend } from '../support/peer.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: a new address', () => {
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

  const addressOf = (peer: Peer): string => ('peerId' in peer.profile ? peer.profile.peerId : '');

  it('P2P-ADR-01: is told inside the session, which goes on, and is where the contact dials from then on', async () => {
    const before = addressOf(alice);
    const links = network.links.length;
    await alice.core.renewAddress();
    const after = addressOf(alice);
    expect(after)
      .to.match(/^[a-z2-7]{32}$/)
      .and.not.equal(before);
    await bob.until('the new address', () => bob.contact.peerId === after);
    await bob.send('still here');
    expect(await alice.untilReceived(1)).to.deep.equal(['still here']);
    expect(network.links.length, 'no other link was made').to.equal(links);
    expect(network.moves.map(({ remotePeerId }) => remotePeerId)).to.deep.equal([after]);

    await alice.crash();
    network.cutAll();
    await alice.boot();
    await bob.core.reconnect({ contactId: bob.contact.id });
    await Promise.all([alice.untilReady(), bob.untilReady()]);
    expect(addressOf(alice)).to.equal(after);
    expect(network.at(before as never)).to.equal(undefined);
    expect(bob.contact.notice).to.equal(null);
  });

  it('P2P-ADR-02: is learned by a contact who was away, when the new address dials it', async () => {
    await bob.crash();
    network.cutAll();
    await alice.core.renewAddress();
    const after = addressOf(alice);
    await bob.boot();
    await alice.core.reconnect({ contactId: alice.contact.id });
    await Promise.all([alice.untilReady(), bob.untilReady()]);
    expect(bob.contact.peerId).to.equal(after);
    expect(bob.contact.notice).to.equal(null);
    expect(bob.consents).to.deep.equal([]);
  });

  it('P2P-ADR-03: ends open invites, which name the old one', async () => {
    await alice.core.createInvite({});
    await alice.core.renewAddress();
    expect(alice.invites.filter(({ state }) => state === 'open')).to.deep.equal([]);
  });

  it('P2P-ADR-04: that is ours or another contact’s is not taken', async () => {
    const raw = await RawPeer.start(network, 'maliciouspeermaliciouspeer');
    const { token } = await bob.core.createInvite({});
    const link = await raw.connectByInvite(token);
    await link.greet();
    await bob.until('two contacts', () => bob.contacts.length === 2);
    const before = bob.contacts.map(({ peerId }) => peerId).sort();
    for (const peerId of [addressOf(alice), addressOf(bob)]) {
      await link.seal(encodePdu({ type: 'address-update', peerId }));
    }
    await link.seal(encodePdu({ type: 'typing', isTyping: true })); // behind them: they were worked off
    await bob.until('typing', () => bob.contacts.some(({ isTyping }) => isTyping));
    expect(bob.contacts.map(({ peerId }) => peerId).sort()).to.deep.equal(before);
    expect(network.moves).to.deep.equal([]);
  });

  it('P2P-ADR-01: is refused while the profile is not open', async () => {
    const closed = Peer.create(network, 'never-opened');
    const error = await closed.core.renewAddress().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(P2pError).with.property('code', 'not-open');
  });
});
