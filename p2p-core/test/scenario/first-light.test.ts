import { expect } from '@esm-bundle/chai';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: first light', () => {
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

  it('P2P-DEL-01: an invite leads to Ready, and 20 messages each way arrive once, in order', async () => {
    await befriend(alice, bob);
    const fromAlice = Array.from({ length: 20 }, (_, index) => `a${index} ☕ \u0000 "\\`);
    const fromBob = Array.from({ length: 20 }, (_, index) => `b${index} مرحبا`);
    for (let index = 0; index < 20; index++) {
      await Promise.all([alice.send(fromAlice[index] ?? ''), bob.send(fromBob[index] ?? '')]);
    }
    expect(await bob.untilReceived(20)).to.deep.equal(fromAlice);
    expect(await alice.untilReceived(20)).to.deep.equal(fromBob);
    await Promise.all([alice.untilDelivered(), bob.untilDelivered()]);
  });

  it('P2P-SES-11: the inviter is verified by invite, the invitee unverified; names are exchanged', async () => {
    await befriend(alice, bob);
    expect(alice.contact.verification).to.equal('unverified-by-link');
    expect(bob.contact.verification).to.equal('verified-by-invite');
    await alice.until('a name', () => alice.contact.name === 'Bob');
    await bob.until('a name', () => bob.contact.name === 'Alice');
    const [ours, theirs] = await Promise.all([
      alice.core.getSafetyNumber({ contactId: alice.contact.id }),
      bob.core.getSafetyNumber({ contactId: bob.contact.id }),
    ]);
    expect(ours.digits).to.equal(theirs.digits);
  });
});
