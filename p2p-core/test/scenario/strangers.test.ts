import { expect } from '@esm-bundle/chai';
import { Peer, befriend } from '../support/peer.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: strangers', () => {
  let alice: Peer;
  let bob: Peer;
  let network: TestNetwork;

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
    bob = await Peer.start(network, 'Bob');
  });

  afterEach(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });

  it('P2P-SES-10: a stranger at a contact’s address is a failed connection; nothing leaves', async () => {
    await befriend(alice, bob);
    const bobId = bob.transport.peerId;
    const bobsKey = bobKey(bob);
    await bob.crash();
    const mallory = await RawPeer.start(network, bobId);
    mallory.answerAll();
    network.cutAll();
    await alice.untilConnection('someone-else-answers');
    const before = network.wire.length;
    await alice.send('secret');
    await alice.untilConnection('someone-else-answers');
    expect(alice.contact.pendingCount).to.equal(1);
    expect(alice.contact.identityKey).to.deep.equal(bobsKey);
    const sent = network.wire.slice(before).filter(({ from }) => from === alice.transport.peerId);
    expect(
      sent.every(({ bytes }) => bytes[1] !== 2),
      'no payload frame left',
    ).to.equal(true);
    mallory.transport.kill();
    await bob.boot();
    await alice.untilReady();
    await alice.untilDelivered();
    expect(await bob.texts(false)).to.deep.equal(['secret']);
  });

  it('P2P-SES-10: a stranger who dials from a contact’s address learns nothing unasked, and does not get in', async () => {
    await befriend(alice, bob);
    const alicesBob = alice.contact;
    const bobId = bob.transport.peerId;
    await bob.crash();
    network.cutAll();
    await alice.untilConnection('waiting-for-peer');
    network.holdDials();
    const mallory = await RawPeer.start(network, bobId);
    await alice.untilConnection('waiting-for-peer');
    const alicesId = alice.transport.peerId;
    const before = network.wire.length;
    const dialling = mallory.connect(alicesId, []).catch(() => 'refused');
    network.releaseDials();
    const [request] = await alice.until('a request', () => alice.consents.length > 0 && alice.consents);
    expect(request?.contactId).to.equal(alice.contact.id);
    expect(network.wire.slice(before).some(({ from }) => from === alicesId)).to.equal(false);
    await alice.core.answerConsent({ id: request?.id ?? '', accept: true });
    expect(await dialling).to.equal('refused');
    expect(alice.contact.identityKey).to.deep.equal(alicesBob.identityKey);
    await bob.boot();
  });

  it('P2P-SES-10: a stranger’s handshake that began before the contact had a key does not replace the key', async () => {
    const address = 'addressofabareaddresscontact';
    const mallory = await RawPeer.start(network, address);
    let goOn = (): void => undefined;
    const isAgreedTo = new Promise<void>(agree => {
      mallory.answerAll(
        () =>
          new Promise(resolve => {
            goOn = resolve; // alice has agreed to this key; her commit waits for the last flight
            agree();
          }),
      );
    });
    await alice.core.addByPeerId({ peerId: address, name: 'Carol' });
    await isAgreedTo;

    const carol = await RawPeer.start(network, address);
    const link = await carol.connect(alice.transport.peerId, []);
    await link.greet();
    await alice.untilReady();
    await alice.core.setVerified({ contactId: alice.contact.id, verified: true });
    expect(alice.contact.identityKey).to.deep.equal(carol.identity.identityKey);

    const [toMallory] = network.openLinks.filter(({ answerer }) => answerer.transport === mallory.transport);
    goOn();
    await alice.until('the end of the stranger’s link', () => {
      const isReplaced = !bytesEqual(alice.contact.identityKey, carol.identity.identityKey);
      return toMallory?.isOpen === false || isReplaced;
    });
    expect(alice.contact.identityKey).to.deep.equal(carol.identity.identityKey);
    expect(alice.contact.verification).to.equal('verified');
    expect(alice.contacts).to.have.length(1);
  });

  it('P2P-SES-22: who passes an invite’s handshake on gets nobody to Ready, and both sides are told', async () => {
    network.isInTheMiddle = true;
    const { token } = await alice.core.createInvite({});
    await bob.core.acceptInvite({ token, name: 'Alice' });
    const [alert] = await alice.until('an alert', () => alice.alerts.length > 0 && alice.alerts);
    expect(alert).to.include({ kind: 'connection-altered', contactId: null });
    expect(alice.contacts).to.have.length(0);
    await bob.until('a failure', () => /stopped|waiting/.test(bob.contact.connection.kind));
    await alice.core.dismissAlert({ id: alert?.id ?? '' });
    expect(alice.alerts).to.have.length(0);
    network.isInTheMiddle = false;
    await bob.core.reconnect({ contactId: bob.contact.id });
    await Promise.all([alice.untilReady(), bob.untilReady()]);
  });

  it('P2P-SES-22: who passes the handshake of contacts on gets nobody to Ready, and the contact is named', async () => {
    await befriend(alice, bob);
    network.isInTheMiddle = true;
    network.cutAll();
    const told = (peer: Peer): Promise<unknown> =>
      peer.until('an alert', () => peer.alerts.some(({ contactId }) => contactId === peer.contact.id));
    await Promise.race([told(alice), told(bob)]);
    expect([alice, bob].some(peer => peer.contact.connection.kind === 'ready')).to.equal(false);
  });

  it('P2P-SES-11: an invite works once; another identity is refused and the inviter is told', async () => {
    const { token } = await alice.core.createInvite({});
    await bob.core.acceptInvite({ token, name: 'Alice' });
    await Promise.all([alice.untilReady(), bob.untilReady()]);
    expect(alice.invites[0]?.state).to.equal('used');
    const carol = await Peer.start(network, 'Carol');
    await carol.core.acceptInvite({ token, name: 'Alice' });
    const stopped = await carol.untilConnection('stopped');
    expect(stopped.connection).to.deep.equal({ kind: 'stopped', code: 'invite-invalid' });
    await alice.until('a notice', () => alice.contact.notice === 'invite-used-by-another');
    expect(alice.contacts).to.have.length(1);
    await alice.core.dismissNotice({ contactId: alice.contact.id });
    expect(alice.contact.connection.kind).to.equal('ready');
    await carol.close();
  });

  it('P2P-SES-09: who answers for the inviter without the invite’s secret learns no identity', async () => {
    const { token } = await alice.core.createInvite({});
    const alicesId = alice.transport.peerId;
    await alice.crash();
    const broker = await RawPeer.start(network, alicesId);
    broker.answerAll();
    await bob.core.acceptInvite({ token, name: 'Alice' });
    await bob.until('told', () =>
      ['someone-else-answers', 'stopped'].includes(bob.contact.connection.kind) ? true : null,
    );
    await bob.send('secret');
    const sent = network.wire.filter(({ from }) => from === bob.transport.peerId);
    expect(sent.length).to.be.greaterThan(0);
    expect(sent.every(({ bytes }) => bytes[1] !== 2)).to.equal(true);
    expect(bob.contact.pendingCount).to.equal(1);
    broker.transport.kill();
    network.cutAll();
    await alice.boot();
    await bob.core.reconnect({ contactId: bob.contact.id });
    await bob.untilDelivered();
  });

  it('P2P-SES-11: the same identity may retry a used invite', async () => {
    const { token } = await alice.core.createInvite({});
    const raw = await RawPeer.start(network, 'rawpeerrawpeerrawpeerraw');
    (await raw.connectByInvite(token)).close();
    const again = await raw.connectByInvite(token);
    await again.greet();
    expect(alice.contacts).to.have.length(1);
    again.close();
  });

  it('P2P-SES-15: an unknown dialler waits for the person and learns nothing before', async () => {
    const alicesId = alice.transport.peerId;
    await bob.core.addByPeerId({ peerId: alicesId, name: 'Alice' });
    const [request] = await alice.until('a request', () => alice.consents.length > 0 && alice.consents);
    if (request === undefined) throw new Error('no request');
    expect(request.peerId).to.equal(bob.transport.peerId);
    expect(
      network.wire.some(({ from }) => from === alicesId),
      'alice stays silent',
    ).to.equal(false);
    await alice.core.answerConsent({ id: request.id, accept: true, name: 'Bob from work' });
    await Promise.all([alice.untilReady(), bob.untilReady()]);
    expect(alice.contact.name).to.equal('Bob from work');
    expect([alice.contact.verification, bob.contact.verification]).to.deep.equal([
      'unverified',
      'unverified',
    ]);
    await bob.send('hello');
    await alice.untilReceived(1);
  });

  it('P2P-SES-15: a refused dialler stops and is not asked about again', async () => {
    await bob.core.addByPeerId({ peerId: alice.transport.peerId, name: '' });
    const [request] = await alice.until('a request', () => alice.consents.length > 0 && alice.consents);
    await alice.core.answerConsent({ id: request?.id ?? '', accept: false });
    await bob.untilConnection('stopped');
    expect(alice.consents).to.have.length(0);
    expect(alice.contacts).to.have.length(0);
  });

  it('P2P-SES-15: at most four unknown diallers wait', async () => {
    const alicesId = alice.transport.peerId;
    const raws = await Promise.all(
      Array.from({ length: 6 }, (_, index) => RawPeer.start(network, `unknowndiallernumber${index}`)),
    );
    const dials = raws.map(raw => raw.connect(alicesId, []).catch(() => 'refused'));
    const refused = [];
    refused.push(await Promise.race(dials));
    await alice.until('four requests', () => alice.consents.length === 4);
    for (const { id } of alice.consents) await alice.core.answerConsent({ id, accept: false });
    expect(await Promise.all(dials)).to.deep.equal(Array(6).fill('refused'));
    expect(refused).to.deep.equal(['refused']);
  });

  it('P2P-SES-14: a blocked contact is refused before any cryptography', async () => {
    await befriend(alice, bob);
    await alice.core.setBlocked({ contactId: alice.contact.id, blocked: true });
    await bob.until('gone', () => bob.contact.connection.kind !== 'ready');
    const before = network.wire.filter(({ from }) => from === alice.transport.peerId).length;
    await bob.send('are you there?');
    await bob.untilConnection('stopped');
    const after = network.wire.filter(({ from }) => from === alice.transport.peerId).length;
    expect(after).to.equal(before);
    await alice.core.setBlocked({ contactId: alice.contact.id, blocked: false });
    await alice.untilReceived(1);
  });
});

function bytesEqual(a: Uint8Array | null, b: Uint8Array): boolean {
  return a?.every((byte, index) => byte === b[index]) === true;
}

function bobKey(bob: Peer): Uint8Array | null {
  return bob.profile.kind === 'open' ? bob.profile.identityKey : null;
}
