import { expect } from '@esm-bundle/chai';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: a handshake that only one side committed', () => {
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

  it('P2P-SES-11: the inviter committed, the invitee did not: the same invite works again', async () => {
    const alicesId = alice.transport.peerId;
    network.filter = ({ from }) => from !== alicesId || alice.contacts.length === 0; // flight 6 is lost
    const { token } = await alice.core.createInvite({});
    await bob.core.acceptInvite({ token, name: '' });
    await alice.untilReady();
    expect(bob.contact.connection.kind).to.not.equal('ready');
    await bob.crash();
    network.cutAll();
    network.filter = () => true;
    await bob.boot();
    await Promise.all([alice.untilReady(), bob.untilReady()]);
    await bob.send('hello');
    await alice.untilReceived(1);
    expect(alice.contacts).to.have.length(1);
    expect([alice.contact.notice, bob.contact.notice]).to.deep.equal([null, null]);
  });

  for (const victim of ['dialler', 'answerer'] as const) {
    it(`P2P-SES-12: a reconnect that the ${victim} lost leaves a common pair secret and no notice`, async () => {
      await befriend(alice, bob);
      await Promise.all([alice.send('a'), bob.send('b')]);
      await Promise.all([alice.untilDelivered(), bob.untilDelivered()]);
      // Payload is lost, so nothing confirms the new secret; for the dialler flight 6 (frames 11 to 13) is lost, too.
      let handshakeFrames = 0;
      await new Promise<void>(resolve => {
        network.filter = ({ bytes }) => {
          if (bytes[1] === 1) handshakeFrames += 1;
          if (handshakeFrames >= 13) resolve();
          return bytes[1] !== 2 && (victim === 'answerer' || handshakeFrames < 11);
        };
        network.cutAll();
      });
      await bob.crash();
      network.cutAll();
      network.filter = () => true;
      await bob.boot();
      await alice.core.reconnect({ contactId: alice.contact.id });
      await Promise.all([alice.send('a2'), bob.send('b2')]);
      await Promise.all([alice.untilReceived(2), bob.untilReceived(2)]);
      expect([alice.contact.notice, bob.contact.notice]).to.deep.equal([null, null]);
    });
  }

  it('P2P-SES-21: a page that is gone without a word is displaced by its successor', async () => {
    await befriend(alice, bob);
    await bob.crash(); // the network says nothing: to alice the old session looks alive
    expect(alice.contact.connection.kind).to.equal('ready');
    await bob.boot();
    await bob.send('from the new page');
    await alice.untilReceived(1);
    await alice.send('answer');
    await bob.untilReceived(1);
  });
});
