import { expect } from '@esm-bundle/chai';
import { aesLayer } from '../aes/aes-layer.ts';
import { randomBytes } from '../bytes/random.ts';
import { isAllZero } from '../bytes/equal.ts';
import { kemLayer } from '../ml-kem/kem-layer.ts';
import { mlsLayer } from '../mls/mls-layer.ts';
import { stepChain } from '../signal/chain.ts';
import { signalLayer } from '../signal/signal-layer.ts';
import type { Both } from '../test/support/make-pair.ts';
import { makePairStates } from '../test/support/make-pair.ts';
import { damagedForms, expectCode, flip } from '../test/support/rejections.ts';
import type { CipherLayer } from './cipher-layer.ts';
import { sealThrough } from './cipher-layer.ts';
import { CONTENT_PDU, pad, PADDING_HEADER_BYTES, paddingBucket } from './padding.ts';
import type { PairState } from './pair-state.ts';
import { openFrame, sealFrame, wipePairState } from './pair-state.ts';

const body = randomBytes(100);
const LAYERS = { mls: mlsLayer, signal: signalLayer, kem: kemLayer, aes: aesLayer };
type LayerKey = keyof typeof LAYERS;

/** What a peer with all the right keys sends when it composes other layers than the profile's. */
async function sealWith(state: PairState, order: readonly LayerKey[]): Promise<Uint8Array> {
  const layers = order.map(key => LAYERS[key] as CipherLayer<unknown>);
  const states = order.map(key => state[key]);
  return (await sealThrough({ layers, states }, pad(CONTENT_PDU, body))).bytes;
}

describe('pair state', () => {
  let pair: Both<PairState>;

  before(async () => {
    pair = await makePairStates();
  });

  it('CC-CAS-01: seals and opens through all four layers, in both directions', async () => {
    const sealed = await sealFrame(pair.a, CONTENT_PDU, body);
    const opened = await openFrame(pair.b, sealed.frame);
    expect(opened.body).to.deep.equal(body);
    const answer = await sealFrame(opened.next, CONTENT_PDU, body);
    expect((await openFrame(sealed.next, answer.frame)).body).to.deep.equal(body);
    expect(await sealWith(pair.a, ['mls', 'signal', 'kem', 'aes'])).to.have.length(sealed.frame.length);
  });

  it('CC-PAD-01, CC-MLS-08: the MLS layer seals the padded plaintext, and adds no padding of its own', async () => {
    const { frame } = await sealFrame(pair.a, CONTENT_PDU, body);
    const outer = await aesLayer.open(pair.b.aes, frame);
    const middle = await kemLayer.open(pair.b.kem, outer.bytes);
    const inner = await signalLayer.open(pair.b.signal, middle.bytes);
    const padded = await mlsLayer.open(pair.b.mls, inner.bytes);
    expect(padded.bytes).to.deep.equal(pad(CONTENT_PDU, body));
    const [one, two] = await Promise.all(
      [200, 201].map(size => mlsLayer.seal(pair.a.mls, new Uint8Array(size))),
    );
    expect((two?.bytes.length ?? 0) - (one?.bytes.length ?? 0)).to.equal(1);
  });

  it('CC-PAD-05: overhead stays below 400 bytes, and below 0.5 % at 64 KiB', async () => {
    for (const size of [0, 100, 1_024, 16_384, 65_536, 196_608]) {
      const { frame } = await sealFrame(pair.a, CONTENT_PDU, new Uint8Array(size));
      const overhead = frame.length - PADDING_HEADER_BYTES - paddingBucket(size);
      expect(overhead, `${size} bytes`).to.be.greaterThan(0).and.below(400);
      if (size >= 65_536) expect(overhead / size).to.be.below(0.005);
    }
  });

  it('CC-PAD-02: bodies of one bucket give frames of one length', async () => {
    const lengths = new Set<number>();
    for (const size of [0, 1, 77, 128]) {
      lengths.add((await sealFrame(pair.a, CONTENT_PDU, new Uint8Array(size))).frame.length);
    }
    expect(lengths.size).to.equal(1);
  });

  it('CC-CAS-02: each flipped byte, truncation and extension is refused and changes nothing', async () => {
    const { frame } = await sealFrame(pair.a, CONTENT_PDU, body);
    for (const damaged of damagedForms(frame)) {
      await expectCode('protocol-error', () => openFrame(pair.b, damaged));
    }
    expect((await openFrame(pair.b, frame)).body).to.deep.equal(body);
  });

  it('CC-CAS-07: a peer that leaves a layer out is refused', async () => {
    for (const order of [
      ['signal', 'kem', 'aes'],
      ['mls', 'kem', 'aes'],
      ['mls', 'signal', 'aes'],
      ['mls', 'aes'],
      ['aes'],
    ] as const) {
      const frame = await sealWith(pair.a, order);
      await expectCode('protocol-error', () => openFrame(pair.b, frame));
    }
    const withoutAes = await sealWith(pair.a, ['mls', 'signal', 'kem']);
    await expectCode('protocol-error', () => openFrame(pair.b, withoutAes));
    await expectCode('protocol-error', () => openFrame(pair.b, pad(CONTENT_PDU, body)));
  });

  it('CC-CAS-07: a peer that swaps or repeats layers is refused', async () => {
    for (const order of [
      ['signal', 'mls', 'kem', 'aes'],
      ['mls', 'kem', 'signal', 'aes'],
      ['kem', 'signal', 'mls', 'aes'],
      ['mls', 'signal', 'signal', 'kem', 'aes'],
    ] as const) {
      const frame = await sealWith(pair.a, order);
      await expectCode('protocol-error', () => openFrame(pair.b, frame));
    }
  });

  it('CC-CAS-07: a peer that damages an inner layer and re-seals outside it is refused', async () => {
    const inner = await mlsLayer.seal(pair.a.mls, pad(CONTENT_PDU, body));
    const middle = await signalLayer.seal(pair.a.signal, inner.bytes);
    const damagedInner = await signalLayer.seal(pair.a.signal, flip(inner.bytes, 60));
    const damages = [
      damagedInner.bytes,
      flip(middle.bytes, 20),
      middle.bytes.slice(0, -1),
      new Uint8Array(0),
    ];
    for (const damaged of damages) {
      const outer = await kemLayer.seal(pair.a.kem, damaged);
      const frame = await aesLayer.seal(pair.a.aes, outer.bytes);
      await expectCode('protocol-error', () => openFrame(pair.b, frame.bytes));
    }
    const unpadded = await mlsLayer.seal(pair.a.mls, body);
    const inside = await signalLayer.seal(pair.a.signal, unpadded.bytes);
    const outer = await kemLayer.seal(pair.a.kem, inside.bytes);
    const frame = await aesLayer.seal(pair.a.aes, outer.bytes);
    await expectCode('protocol-error', () => openFrame(pair.b, frame.bytes));
  });

  it('CC-CAS-07: a layer state of another connection does not open', async () => {
    const other = await makePairStates();
    const { frame } = await sealFrame(pair.a, CONTENT_PDU, body);
    for (const key of ['mls', 'signal', 'kem', 'aes'] as const) {
      const mixed = { ...pair.b, [key]: other.b[key] } as PairState;
      await expectCode('protocol-error', () => openFrame(mixed, frame));
    }
  });

  it('CC-CAS-10: a Signal message that claims another length of the old chain, or begins a new one late, is refused', async () => {
    const sealedByB = await sealFrame(pair.b, CONTENT_PDU, body);
    const a = (await openFrame(pair.a, sealedByB.frame)).next;
    const sealedByA = await sealFrame(a, CONTENT_PDU, body);
    const b = (await openFrame(sealedByB.next, sealedByA.frame)).next;
    // B has a new ratchet key now; A has opened one message of the chain before it.
    expect(b.signal.previousLength).to.equal(1);
    const { chainKey } = b.signal.sendingChain;
    for (const change of [
      { previousLength: 0 },
      { previousLength: 2 },
      { previousLength: 1_001 },
      { sendingChain: { chainKey: stepChain({ chainKey, index: 0 }).next.chainKey, index: 1 } },
    ]) {
      const { frame } = await sealFrame({ ...b, signal: { ...b.signal, ...change } }, CONTENT_PDU, body);
      await expectCode('protocol-error', () => openFrame(sealedByA.next, frame));
    }
    const { frame } = await sealFrame(b, CONTENT_PDU, body);
    expect((await openFrame(sealedByA.next, frame)).body).to.deep.equal(body);
  });

  it('CC-CAS-08: wiping leaves no raw secret behind', async () => {
    const { b } = await makePairStates();
    wipePairState(b);
    const secrets = [
      b.mls.client.keySchedule.senderDataSecret,
      b.mls.client.signaturePrivateKey,
      b.signal.rootKey,
      b.signal.sendingChain.chainKey,
      b.kem.nextRoot,
      b.kem.sending.chainKey,
      b.kem.receiving.chainKey,
      b.aes.nextRoot,
      b.aes.sending.nextKey,
      b.aes.receiving.nextKey,
      ...b.mls.client.secretTree.flatMap(node => [node.application.secret, node.handshake.secret]),
    ];
    expect(secrets.every(isAllZero)).to.equal(true);
  });
});
