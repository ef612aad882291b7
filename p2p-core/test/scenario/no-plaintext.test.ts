import { expect } from '@esm-bundle/chai';
import { openDB } from 'idb';
import { Peer, befriend } from '../support/peer.ts';
import { dumpDatabase, findSecrets } from '../support/scan.ts';
import { TestNetwork } from '../support/test-network.ts';

const MESSAGE = 'canary-message-4711 and some more of it';
const NAME = 'Canary-Name-4711';

describe('scenario: no plaintext', () => {
  let alice: Peer;
  let bob: Peer;
  let network: TestNetwork;
  let secrets: (string | Uint8Array)[];

  before(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, NAME);
    bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
    await Promise.all([alice.send(MESSAGE), bob.send(MESSAGE)]);
    await Promise.all([alice.untilReceived(1), bob.untilReceived(1)]);
    await Promise.all([alice.untilDelivered(), bob.untilDelivered()]);
    const key = alice.profile.kind === 'open' ? alice.profile.identityKey : new Uint8Array();
    const other = bob.profile.kind === 'open' ? bob.profile.identityKey : new Uint8Array();
    secrets = [MESSAGE, NAME, key, other];
  });

  after(async () => {
    await Promise.all([alice.close(), bob.close()]);
  });

  it('P2P-SES-16: the wire carries no message, name, identity key or sealed PDU’s type', () => {
    const wire = network.wire.map(({ bytes }) => bytes);
    const types = ['cursors', '"message"', 'profile-update', 'mls-welcome', 'handshake-finish'];
    expect(findSecrets(wire, [...secrets, ...types])).to.deep.equal([]);
    const planted = [...wire, new TextEncoder().encode(`xx${MESSAGE}`)];
    expect(findSecrets(planted, secrets)).to.deep.equal([MESSAGE]);
  });

  it('P2P-STO-02: storage carries no message, name, address or identity key', async () => {
    const addresses = [alice.transport.peerId, bob.transport.peerId];
    for (const { profileName } of [alice, bob]) {
      const dump = await dumpDatabase(`enk:${profileName}`);
      expect(dump.length).to.be.greaterThan(5);
      expect(findSecrets(dump, [...secrets, ...addresses])).to.deep.equal([]);
    }
    const clear = await openDB(`clear-${alice.profileName}`, 1, {
      upgrade: db => void db.createObjectStore('s'),
    });
    await clear.put('s', { text: MESSAGE }, 'key');
    clear.close();
    expect(findSecrets(await dumpDatabase(`clear-${alice.profileName}`), secrets)).to.deep.equal([MESSAGE]);
  });

  it('P2P-SES-16: after the hellos no cleartext frame is on the wire, and lengths show buckets only', () => {
    const hellos = network.wire.filter(({ bytes }) => bytes[1] === 0);
    expect(hellos).to.have.length(2);
    const kinds = new Set(network.wire.map(({ bytes }) => bytes[1]));
    expect([...kinds].sort()).to.deep.equal([0, 1, 2]);
  });
});
