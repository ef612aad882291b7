import { expect } from '@esm-bundle/chai';
import { expectCode } from '../test/support/rejections.ts';
import { ChainType } from './library.ts';
import {
  assertReachable,
  boundSession,
  changeSession,
  MAX_OLD_CHAINS,
  MAX_SKIP,
  MAX_SKIPPED_KEYS,
  readSession,
  type StoredSession,
} from './record.ts';

type StoredChain = StoredSession['chains'][string];

/** A ratchet key of the library's length, and its base64. */
const key = (id: number): Uint8Array => new Uint8Array(33).fill(id);
const name = (id: number): string => btoa(String.fromCharCode(...key(id)));

function chain(keys: number, chainType = ChainType.RECEIVING): StoredChain {
  const messageKeys = Object.fromEntries(Array.from({ length: keys }, (_, i) => [i, `key ${i}`]));
  return { chainType, chainKey: { counter: keys - 1 }, messageKeys };
}

/** A session whose last chain is the one in use. */
function session(chains: readonly StoredChain[]): StoredSession {
  return {
    indexInfo: { closed: -1, remoteIdentityKey: '' },
    currentRatchet: { rootKey: '', lastRemoteEphemeralKey: name(chains.length - 1), previousCounter: 0 },
    oldRatchetList: [{ ephemeralKey: '', added: 0 }],
    chains: Object.fromEntries(chains.map((item, id) => [name(id), item])),
  };
}

const keyCount = ({ chains }: StoredSession): number =>
  Object.values(chains).reduce((sum, { messageKeys }) => sum + Object.keys(messageKeys).length, 0);

describe('the library’s record', () => {
  it('CC-ENG-07: old chains without keys go, the one in use and the sending one stay', () => {
    const bounded = session([chain(0), chain(1), chain(0, ChainType.SENDING), chain(0)]);
    boundSession(bounded);
    expect(Object.keys(bounded.chains)).to.deep.equal([name(1), name(2), name(3)]);
    expect(bounded.oldRatchetList).to.deep.equal([]);
  });

  it(`CC-ENG-07: of old chains with keys the newest ${MAX_OLD_CHAINS} stay`, () => {
    const bounded = session(Array.from({ length: MAX_OLD_CHAINS + 4 }, () => chain(2)));
    boundSession(bounded);
    expect(Object.keys(bounded.chains)).to.deep.equal(
      Array.from({ length: MAX_OLD_CHAINS + 1 }, (_, i) => name(i + 3)),
    );
  });

  it(`CC-ENG-07: at most ${MAX_SKIPPED_KEYS} skipped keys stay, the oldest go first`, () => {
    const bounded = session([chain(900), chain(900), chain(900)]);
    boundSession(bounded);
    expect(keyCount(bounded)).to.equal(MAX_SKIPPED_KEYS);
    expect(Object.keys(bounded.chains[name(0)]?.messageKeys ?? {})[0]).to.equal('700');
    expect(Object.keys(bounded.chains[name(2)]?.messageKeys ?? {})).to.have.length(900);
  });

  it('CC-ENG-07: a jump of more than 1,000 keys is refused, in the chain, in a new one and in the one before', async () => {
    const present = session([chain(10)]);
    const reach =
      (id: number, counter: number, previousCounter = 0) =>
      (): void =>
        assertReachable(present, { ratchetKey: key(id), counter, previousCounter });
    reach(0, 10 + MAX_SKIP)();
    await expectCode('protocol-error', reach(0, 11 + MAX_SKIP));
    reach(7, MAX_SKIP)();
    await expectCode('protocol-error', reach(7, MAX_SKIP + 1));
    reach(7, 0, 9 + MAX_SKIP)();
    await expectCode('protocol-error', reach(7, 0, 10 + MAX_SKIP));
    await expectCode('protocol-error', reach(7, 0, 0xffff_ffff));
  });

  it('CC-ENG-10: a record with no session or two is not ours', async () => {
    for (const sessions of [{}, { a: session([chain(0)]), b: session([chain(0)]) }]) {
      const record = JSON.stringify({ sessions, version: 'v1' });
      await expectCode('internal', () => readSession(record));
      await expectCode('internal', () => changeSession(record, () => undefined));
    }
  });
});
