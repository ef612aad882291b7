import { expect } from '@esm-bundle/chai';
import { HANDSHAKE_TIMEOUT_MS } from '../../limits.ts';
import { copyProfile } from '../support/copy-profile.ts';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: a restored copy', () => {
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

  /** Bob's page dies and his storage goes back to what `takeCopy` saw. */
  async function restoreBob(copyName: string): Promise<Peer> {
    await bob.crash();
    network.cutAll();
    bob = Peer.create(network, copyName);
    await bob.boot();
    return bob;
  }

  it('P2P-DEL-08: messages of a restored sender get a new incarnation, none is lost or taken for another', async () => {
    await bob.send('one');
    await bob.untilDelivered();
    const copyName = `${bob.profileName}-copy`;
    await copyProfile(bob.profileName, copyName);
    await bob.send('two, which the copy never had');
    await bob.untilDelivered();
    await restoreBob(copyName);
    await bob.send('two, by the copy');
    await bob.untilDelivered();
    expect(await alice.texts(false)).to.deep.equal([
      'one',
      'two, which the copy never had',
      'two, by the copy',
    ]);
    await bob.until('a notice', () => bob.contact.notice === 'restored-or-cloned');
  });

  it('P2P-DEL-08: also when the copy queued more messages than the peer had got of the original', async () => {
    const copyName = `${bob.profileName}-copy`;
    await copyProfile(bob.profileName, copyName);
    await bob.send('by the original');
    await bob.untilDelivered();
    await bob.crash();
    network.cutAll();
    network.holdDials();
    bob = Peer.create(network, copyName);
    await bob.boot();
    for (const text of ['copy 1', 'copy 2', 'copy 3']) await bob.send(text);
    network.releaseDials();
    await bob.untilDelivered();
    expect(await alice.texts(false)).to.deep.equal(['by the original', 'copy 1', 'copy 2', 'copy 3']);
  });

  it('P2P-DEL-09: a restored receiver gets again what it lost', async () => {
    await alice.send('one');
    await alice.untilDelivered();
    const copyName = `${bob.profileName}-copy`;
    await copyProfile(bob.profileName, copyName);
    for (const text of ['two', 'three']) await alice.send(text);
    await alice.untilDelivered();
    await restoreBob(copyName);
    await alice.send('four');
    await bob.untilReceived(3);
    expect(await bob.texts(false)).to.deep.equal(['one', 'two', 'three', 'four']);
    await alice.until('a notice', () => alice.contact.notice === 'restored-or-cloned');
  });

  it('P2P-DEL-09: also what was sent before the sender itself had been restored', async () => {
    const [aliceCopy, bobCopy] = [`${alice.profileName}-copy`, `${bob.profileName}-copy`];
    await copyProfile(bob.profileName, bobCopy);
    await alice.send('one');
    await alice.untilDelivered();
    await copyProfile(alice.profileName, aliceCopy);
    await alice.send('two, which the copy of alice never had');
    await alice.untilDelivered();
    await alice.crash();
    network.cutAll();
    alice = Peer.create(network, aliceCopy);
    await alice.boot();
    await alice.send('three, in a new incarnation');
    await alice.untilDelivered();
    await restoreBob(bobCopy);
    await bob.untilReceived(2);
    await alice.untilDelivered();
    expect(await bob.texts(false)).to.deep.equal(['one', 'three, in a new incarnation']);
  });

  it('P2P-SES-13: the right identity without the common pair secret drops to unverified, and says so', async () => {
    await alice.core.setVerified({ contactId: alice.contact.id, verified: true });
    const copyName = `${bob.profileName}-copy`;
    await copyProfile(bob.profileName, copyName);
    for (let round = 0; round < 2; round++) {
      network.cutAll();
      await alice.until('a break', () => alice.contact.connection.kind !== 'ready');
      await Promise.all([alice.untilReady(), bob.untilReady()]);
      await Promise.all([alice.send(`a${round}`), bob.send(`b${round}`)]);
      await Promise.all([alice.untilDelivered(), bob.untilDelivered()]);
    }
    expect(alice.contact.verification).to.equal('verified');
    expect(alice.contact.notice).to.equal(null);
    alice.clock.advance(HANDSHAKE_TIMEOUT_MS + 1); // what was replaced answers no longer
    await restoreBob(copyName);
    const [request] = await alice.until('a request', () => alice.consents.length > 0 && alice.consents);
    expect(request?.contactId).to.equal(alice.contact.id);
    await alice.core.answerConsent({ id: request?.id ?? '', accept: true });
    await alice.until('a notice', () => alice.contact.notice === 'restored-or-cloned');
    expect(alice.contact.verification).to.equal('unverified');
    await Promise.all([alice.untilReady(), bob.untilReady()]);
  });

  it('P2P-DEL-11: nor does it with the secret of a first link that ended before anything was compared', async () => {
    const copyName = `${bob.profileName}-copy`;
    await copyProfile(bob.profileName, copyName);
    for (const text of ['past 1', 'past 2']) {
      network.cutAll();
      await alice.until('a break', () => alice.contact.connection.kind !== 'ready');
      await Promise.all([alice.untilReady(), bob.untilReady()]);
      await Promise.all([alice.send(text), bob.send(text)]);
      await Promise.all([alice.untilDelivered(), bob.untilDelivered()]);
    }
    alice.clock.advance(HANDSHAKE_TIMEOUT_MS + 1); // what was replaced answers no longer
    await restoreBob(copyName);
    network.filter = ({ bytes }) => bytes[1] !== 2; // both finish the handshake, and no cursors arrive
    const [request] = await alice.until('a request', () => alice.consents.length > 0 && alice.consents);
    await alice.core.answerConsent({ id: request?.id ?? '', accept: true });
    await Promise.all([alice.untilReady(), bob.untilReady()]);
    network.filter = () => true;
    network.cutAll();
    await alice.until('a break', () => alice.contact.connection.kind !== 'ready');
    await alice.send('from now on');
    await alice.untilDelivered();
    expect(await bob.texts(false)).to.deep.equal(['from now on']);
  });

  it('P2P-DEL-11: a device without the common secret gets what waits, and nothing again that was acknowledged', async () => {
    const copyName = `${bob.profileName}-copy`;
    await copyProfile(bob.profileName, copyName);
    for (const text of ['past 1', 'past 2']) {
      network.cutAll();
      await alice.until('a break', () => alice.contact.connection.kind !== 'ready');
      await Promise.all([alice.untilReady(), bob.untilReady()]);
      await Promise.all([alice.send(text), bob.send(text)]);
      await Promise.all([alice.untilDelivered(), bob.untilDelivered()]);
    }
    alice.clock.advance(HANDSHAKE_TIMEOUT_MS + 1); // what was replaced answers no longer
    await restoreBob(copyName);
    await alice.send('waiting');
    const [request] = await alice.until('a request', () => alice.consents.length > 0 && alice.consents);
    await alice.core.answerConsent({ id: request?.id ?? '', accept: true });
    await bob.untilReceived(1);
    await alice.send('from now on');
    await alice.untilDelivered();
    expect(await bob.texts(false)).to.deep.equal(['waiting', 'from now on']);
  });
});
