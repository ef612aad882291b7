import { expect } from '@esm-bundle/chai';
import type { GroupPeer } from '../test/support/group-peer.ts';
import { makeGroup } from '../test/support/group-peer.ts';
import { commitWithPathKey } from '../test/support/hostile-mls.ts';
import { isAcceptableHpkeKey } from './hpke-key.ts';
import { loadMlsSuite } from './suite.ts';

describe('HPKE public keys of groups', function () {
  this.timeout(120_000);

  async function freshKey(): Promise<Uint8Array> {
    const { hpke } = await loadMlsSuite();
    return hpke.exportPublicKey((await hpke.generateKeyPair()).publicKey);
  }

  /** `key` with one coefficient of its ML-KEM part, 12 bits, set. */
  function withCoefficient(key: Uint8Array, index: number, value: number): Uint8Array {
    const changed = key.slice();
    const at = 3 * (index >> 1);
    if (index % 2 === 0) {
      changed[at] = value & 0xff;
      changed[at + 1] = ((changed[at + 1] as number) & 0xf0) | (value >> 8);
    } else {
      changed[at + 1] = ((changed[at + 1] as number) & 0x0f) | ((value & 0x0f) << 4);
      changed[at + 2] = value >> 4;
    }
    return changed;
  }

  it('CC-GRP-25: every coefficient is below q, at its place, and others are refused', async () => {
    const key = await freshKey();
    expect(isAcceptableHpkeKey(key)).to.equal(true);
    for (const index of [0, 1, 2, 255, 256, 511, 512, 766, 767]) {
      expect(isAcceptableHpkeKey(withCoefficient(key, index, 3_328)), `${index}`).to.equal(true);
      expect(isAcceptableHpkeKey(withCoefficient(key, index, 3_329)), `${index}`).to.equal(false);
      expect(isAcceptableHpkeKey(withCoefficient(key, index, 4_095)), `${index}`).to.equal(false);
    }
  });

  it('CC-GRP-25: agrees with what the suite can encapsulate to', async () => {
    const { hpke } = await loadMlsSuite();
    const key = await freshKey();
    for (const candidate of [key, withCoefficient(key, 3, 3_329), key.slice(1)]) {
      const outcome = await hpke
        .importPublicKey(candidate)
        .then(publicKey => hpke.seal(publicKey, new Uint8Array(1), new Uint8Array(1)))
        .then(
          () => true,
          () => false,
        );
      expect(outcome).to.equal(isAcceptableHpkeKey(candidate));
    }
  });

  it('CC-GRP-25: a parent that we are not below is checked too', async () => {
    const [a, , c] = (await makeGroup('a', 'b', 'c')) as [GroupPeer, GroupPeer, GroupPeer];
    const bad = withCoefficient(await freshKey(), 5, 3_329);
    const received = await c.receive(await commitWithPathKey(a.stable.client, bad));
    expect(received.kind === 'rejected' && received.reason).to.equal('refused');
  });
});
