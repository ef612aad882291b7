import { expect } from '@esm-bundle/chai';
import { NETWORK, Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

describe('scenario: two tabs of one profile', () => {
  it('P2P-STO-08: the second waits, takes over when the first closes, and loses nothing', async () => {
    const network = new TestNetwork();
    const alice = await Peer.start(network, 'Alice');
    const first = await Peer.start(network, 'Bob');
    await befriend(alice, first);
    await first.send('from the first tab');
    await first.untilDelivered();

    const second = Peer.create(network, first.profileName);
    const opening = second.core.open({ profile: first.profileName, network: NETWORK });
    await second.until('waiting', () => second.profile.kind === 'waiting-for-other-tab');
    const refused = await second.core.listInvites().catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'not-open');
    await first.send('still the first');
    await first.untilDelivered();

    await first.close();
    await opening;
    expect(second.profile.kind).to.equal('open');
    await Promise.all([alice.untilReady(), second.untilReady()]);
    await second.send('from the second tab');
    await second.untilDelivered();
    expect(await alice.texts(false)).to.deep.equal([
      'from the first tab',
      'still the first',
      'from the second tab',
    ]);
    await Promise.all([alice.close(), second.close()]);
  });

  it('P2P-STO-08: a tab that closes while it waits never takes the lock', async () => {
    const network = new TestNetwork();
    const first = await Peer.start(network, 'Bob');
    const second = Peer.create(network, first.profileName);
    const opening = second.core
      .open({ profile: first.profileName, network: NETWORK })
      .catch((error: unknown) => error);
    await second.until('waiting', () => second.profile.kind === 'waiting-for-other-tab');
    await second.close();
    expect(await opening).to.have.property('code', 'aborted');
    await first.close();
    const third = Peer.create(network, first.profileName);
    await third.core.open({ profile: first.profileName, network: NETWORK });
    expect(third.profile.kind).to.equal('open');
    await third.close();
  });
});
