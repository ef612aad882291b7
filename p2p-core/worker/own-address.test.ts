import { expect } from '@esm-bundle/chai';
import { NETWORK, Peer } from '../test/support/peer.ts';
import { TestNetwork } from '../test/support/test-network.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Everything that was drawn from the platform's random generator while an action ran. */
async function watchRandom(action: () => Promise<void>): Promise<Uint8Array[]> {
  const drawn: Uint8Array[] = [];
  const original = crypto.getRandomValues.bind(crypto);
  const getRandomValues = <T extends ArrayBufferView<ArrayBuffer>>(target: T): T => {
    const filled = original(target);
    if (filled instanceof Uint8Array) drawn.push(filled.slice());
    return filled;
  };
  Object.defineProperty(crypto, 'getRandomValues', { configurable: true, value: getRandomValues });
  try {
    await action();
  } finally {
    Reflect.deleteProperty(crypto, 'getRandomValues');
  }
  return drawn;
}

describe('own address', function () {
  this.timeout(60_000);

  it('P2P-API-05: is made here, from 160 bits of the platform’s generator, and kept', async () => {
    const network = new TestNetwork();
    const addresses = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const peer = Peer.create(network, `test-${crypto.randomUUID()}`);
      const drawn = await watchRandom(() => peer.core.open({ profile: peer.profileName, network: NETWORK }));
      const { peerId } = peer.transport; // what it registers with: nobody else gave it
      expect(peerId).to.match(/^[a-z2-7]{32}$/);
      const spelled = drawn.map(bytes => Array.from(bytes, byte => BASE32[byte & 31]).join(''));
      expect(spelled).to.include(peerId);
      addresses.add(peerId);
      await peer.core.close();
      await peer.boot();
      expect(peer.transport.peerId).to.equal(peerId);
      await peer.close();
    }
    expect(addresses.size).to.equal(4);
  });
});
