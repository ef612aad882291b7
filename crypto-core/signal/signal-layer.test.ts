import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { isAllZero } from '../bytes/equal.ts';
import { u32 } from '../bytes/integers.ts';
import { randomBytes } from '../bytes/random.ts';
import { wipe } from '../bytes/wipe.ts';
import { makeIdentity, makeSignalPair } from '../test/support/make-pair.ts';
import type { Both } from '../test/support/make-pair.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import type { Chain } from './chain.ts';
import type { SignalState } from './double-ratchet.ts';
import { pqxdhInitiate } from './pqxdh.ts';
import { SIGNAL_HEADER_BYTES, signalLayer } from './signal-layer.ts';
import { MAX_SKIP, MAX_SKIPPED_KEYS, skipTo } from './skipped-keys.ts';

const body = randomBytes(64);

/** One side that keeps its newest state and wipes what it consumed. */
class Side {
  constructor(public state: SignalState) {}

  async seal(plaintext = body): Promise<Uint8Array> {
    const step = await signalLayer.seal(this.state, plaintext);
    this.state = step.next;
    wipe(...step.consumed);
    return step.bytes;
  }

  async open(message: Uint8Array): Promise<Uint8Array> {
    const step = await signalLayer.open(this.state, message);
    this.state = step.next;
    wipe(...step.consumed);
    return step.bytes;
  }
}

async function makeSides(): Promise<Both<Side>> {
  const pair = await makeSignalPair({ a: await makeIdentity(), b: await makeIdentity() }, randomBytes(32));
  return { a: new Side(pair.a), b: new Side(pair.b) };
}

describe('Signal layer', () => {
  it('CC-SIG-02: ping-pong and one-way runs open, with 56 bytes of overhead', async () => {
    const { a, b } = await makeSides();
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i <= round; i++) {
        const message = await a.seal();
        expect(message.length).to.equal(body.length + 56);
        expect(await b.open(message)).to.deep.equal(body);
      }
      expect(await a.open(await b.seal())).to.deep.equal(body);
    }
  });

  it('CC-SIG-04: the responder may send first, and both at once', async () => {
    const { a, b } = await makeSides();
    const fromB = [await b.seal(), await b.seal()];
    const fromA = [await a.seal(), await a.seal()];
    for (const message of fromB) expect(await a.open(message)).to.deep.equal(body);
    for (const message of fromA) expect(await b.open(message)).to.deep.equal(body);
    expect(await a.open(await b.seal())).to.deep.equal(body);
    expect(await b.open(await a.seal())).to.deep.equal(body);
  });

  it('CC-SIG-05: late messages open across DH ratchet steps, once', async () => {
    const { a, b } = await makeSides();
    await b.open(await a.seal());
    const late = [await a.seal(), await a.seal()] as const;
    for (let round = 0; round < 3; round++) {
      await a.open(await b.seal());
      await b.open(await a.seal());
    }
    expect(await b.open(late[1])).to.deep.equal(body);
    expect(await b.open(late[0])).to.deep.equal(body);
    await expectCode('protocol-error', () => b.open(late[0]));
    expect(b.state.skipped.size).to.equal(0);
  });

  it('CC-SIG-05: refuses to skip more than 1,000 messages of a chain', async () => {
    const { a, b } = await makeSides();
    await b.open(await a.seal());
    for (let i = 0; i < MAX_SKIP; i++)
      await signalLayer.seal(a.state, body).then(step => (a.state = step.next));
    const reachable = await a.seal();
    const tooFar = await a.seal();
    await expectCode('protocol-error', () => b.open(tooFar));
    await b.open(reachable);
    expect(b.state.skipped.size).to.equal(MAX_SKIP);
  });

  it('CC-SIG-05: keeps at most 2,000 skipped keys and drops the oldest', () => {
    let chain: Chain = { chainKey: randomBytes(32), index: 0 };
    let skipped: ReadonlyMap<string, Uint8Array> = new Map();
    let dropped = 0;
    for (let i = 1; i <= 3; i++) {
      const skip = skipTo(chain, i * 900, new Uint8Array(32), skipped);
      [chain, skipped, dropped] = [skip.chain, skip.skipped, dropped + skip.dropped.length];
    }
    expect(skipped.size).to.equal(MAX_SKIPPED_KEYS);
    expect(dropped).to.equal(700);
    expect([...skipped.keys()][0]).to.match(/:700$/);
  });

  it('CC-SIG-05: a forged previous-chain length cannot make it skip further', async () => {
    const { a, b } = await makeSides();
    await b.open(await a.seal());
    await a.open(await b.seal());
    const message = await a.seal();
    message.set(u32(0xffff_ffff), 32);
    await expectCode('protocol-error', () => b.open(message));
  });

  it('CC-SIG-03, CC-SIG-08: every damaged form is refused and changes nothing', async () => {
    const { a, b } = await makeSides();
    await b.open(await a.seal());
    await a.open(await b.seal());
    const message = await a.seal();
    const before = b.state;
    for (const damaged of damagedForms(message)) await expectCode('protocol-error', () => b.open(damaged));
    expect(b.state).to.equal(before);
    expect(await b.open(message)).to.deep.equal(body);
  });

  it('CC-SIG-03: associated data binds the session: another session id is refused', async () => {
    const { a, b } = await makeSides();
    const message = await a.seal();
    const other = {
      ...b.state,
      associatedData: concat(b.state.associatedData.slice(0, 64), randomBytes(32)),
    };
    await expectCode('protocol-error', () => signalLayer.open(other, message));
  });

  it('CC-SIG-06: refuses ratchet keys of small order', async () => {
    const { a, b } = await makeSides();
    const message = await a.seal();
    for (const key of [new Uint8Array(32), new Uint8Array([1, ...new Uint8Array(31)])]) {
      await expectCode('protocol-error', () => b.open(concat(key, message.subarray(32))));
    }
  });

  it('CC-SIG-06: PQXDH refuses prekeys of small order and KEM keys of a wrong form', async () => {
    const [own, peer] = [await makeIdentity(), await makeIdentity()];
    const input = {
      identityDh: own.dhPrivate,
      peerIdentityDh: peer.dhKey,
      peerSignedPrekey: peer.dhKey,
      peerKemPrekey: new Uint8Array(1_184),
    };
    await pqxdhInitiate(input);
    const hostile = [
      { peerSignedPrekey: new Uint8Array(32) },
      { peerIdentityDh: new Uint8Array(32) },
      { peerKemPrekey: new Uint8Array(1_183) },
      { peerKemPrekey: new Uint8Array(1_184).fill(0xff) },
    ];
    for (const change of hostile) {
      await expectCode('protocol-error', () => pqxdhInitiate({ ...input, ...change }));
    }
  });

  it('CC-SIG-07: a fresh, non-extractable ratchet key answers each new one', async () => {
    const { a, b } = await makeSides();
    const first = b.state.sendingKey;
    await b.open(await a.seal());
    expect(b.state.sendingKey.publicKey).not.to.deep.equal(first.publicKey);
    expect(b.state.sendingKey.privateKey.extractable).to.equal(false);
    const second = b.state.sendingKey;
    await b.open(await a.seal());
    expect(b.state.sendingKey).to.equal(second);
  });

  it('consumed secrets are those that the next state no longer holds', async () => {
    const { a } = await makeSides();
    const step = await signalLayer.seal(a.state, body);
    wipe(...step.consumed);
    expect(isAllZero(a.state.sendingChain.chainKey)).to.equal(true);
    expect(isAllZero(step.next.sendingChain.chainKey)).to.equal(false);
    expect(step.bytes.length).to.equal(SIGNAL_HEADER_BYTES + body.length + 16);
  });
});
