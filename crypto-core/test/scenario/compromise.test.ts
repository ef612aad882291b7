/**
 * What a thief of one side's whole state can and cannot open. The thief keeps the states as they are
 * in memory, CryptoKeys included, and the recorded frames.
 */
import { expect } from '@esm-bundle/chai';
import { aesLayer } from '../../aes/aes-layer.ts';
import { u32 } from '../../bytes/integers.ts';
import { wipe } from '../../bytes/wipe.ts';
import type { CipherLayer } from '../../cascade/cipher-layer.ts';
import { acceptControl, RENEWAL_THRESHOLDS, renewKeys } from '../../cascade/control.ts';
import { CONTENT_CONTROL, CONTENT_PDU } from '../../cascade/padding.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { openFrame, sealFrame } from '../../cascade/pair-state.ts';
import { kemLayer } from '../../ml-kem/kem-layer.ts';
import { mlsLayer } from '../../mls/mls-layer.ts';
import { signalLayer } from '../../signal/signal-layer.ts';
import { makePairStates } from '../support/make-pair.ts';
import type { Both } from '../support/make-pair.ts';
import { expectCode } from '../support/rejections.ts';

const NOW_MS = Date.now();

/** A copy that later wiping does not reach; CryptoKeys stay usable, as in a dump of the process. */
function steal(state: PairState): PairState {
  return clone(state) as PairState;
}

function clone(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, clone(item)]));
  if (Array.isArray(value)) return value.map(clone);
  if (typeof value !== 'object' || value === null || value instanceof CryptoKey) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clone(item)]));
}

/** A frame from one side to the other; both replace and wipe. Gives the ciphertext at each depth. */
async function send(
  pair: Both<PairState>,
  from: 'a' | 'b',
): Promise<{ pair: Both<PairState>; frame: Uint8Array }> {
  const to = from === 'a' ? 'b' : 'a';
  const sealed = await sealFrame(pair[from], CONTENT_PDU, u32(7));
  const opened = await openFrame(pair[to], sealed.frame);
  wipe(...sealed.consumed, ...opened.consumed);
  return { pair: { ...pair, [from]: sealed.next, [to]: opened.next }, frame: sealed.frame };
}

/** Runs control frames from `from` until both sides are quiet. */
async function renew(pair: Both<PairState>, from: 'a' | 'b', rotate: boolean): Promise<Both<PairState>> {
  const thresholds = {
    ...RENEWAL_THRESHOLDS,
    rekeyAfterMessages: rotate ? Infinity : 1,
    rekeyAfterMs: Infinity,
    rotateAfterFrames: rotate ? 1 : Infinity,
    rotateAfterMs: Infinity,
  };
  let step = await renewKeys(pair[from], thresholds, NOW_MS);
  let [sender, receiver, states] = [
    from,
    from === 'a' ? 'b' : ('a' as 'a' | 'b'),
    { ...pair, [from]: step.next },
  ];
  while (step.frames.length > 0) {
    for (const frame of step.frames) {
      const opened = await openFrame(states[receiver], frame);
      expect(opened.kind).to.equal(CONTENT_CONTROL);
      step = await acceptControl(opened.next, opened.body, NOW_MS);
      states = { ...states, [receiver]: step.next };
    }
    [sender, receiver] = [receiver, sender];
  }
  return states;
}

/** The ciphertext that one layer sees inside a frame of `state`, sealed by the layers within it. */
async function sealUpTo(state: PairState, depth: number): Promise<Uint8Array> {
  const layers = [mlsLayer, signalLayer, kemLayer, aesLayer] as readonly CipherLayer<unknown>[];
  const states = [state.mls, state.signal, state.kem, state.aes];
  let bytes: Uint8Array = u32(7);
  for (let i = 0; i <= depth; i++)
    bytes = (await (layers[i] as CipherLayer<unknown>).seal(states[i], bytes)).bytes;
  return bytes;
}

describe('a stolen state', () => {
  it('opens no earlier message: forward secrecy of MLS, Signal and ML-KEM each, at once', async () => {
    let pair: Both<PairState> = await makePairStates(NOW_MS);
    const inner = [];
    for (const depth of [0, 1, 2]) inner.push(await sealUpTo(pair.a, depth));
    const [mlsBytes, signalBytes, kemBytes] = inner as [Uint8Array, Uint8Array, Uint8Array];
    expect((await mlsLayer.open(pair.b.mls, mlsBytes)).bytes).to.deep.equal(u32(7));
    expect((await kemLayer.open(pair.b.kem, kemBytes)).bytes.length).to.be.greaterThan(0);
    ({ pair } = await send(pair, 'a'));
    const stolen = steal(pair.b);
    await expectCode('protocol-error', () => mlsLayer.open(stolen.mls, mlsBytes));
    await expectCode('protocol-error', () => signalLayer.open(stolen.signal, signalBytes));
    await expectCode('protocol-error', () => kemLayer.open(stolen.kem, kemBytes));
  });

  it('opens what comes next, until the keys are renewed: the thief is real', async () => {
    let pair: Both<PairState> = await makePairStates(NOW_MS);
    ({ pair } = await send(pair, 'a'));
    const stolen = steal(pair.b);
    const { frame } = await send(pair, 'a');
    expect((await openFrame(stolen, frame)).body).to.deep.equal(u32(7));
  });

  it('CC-SIG-07: Signal heals after one round trip (classical)', async () => {
    let pair: Both<PairState> = await makePairStates(NOW_MS);
    ({ pair } = await send(pair, 'a'));
    const stolen = steal(pair.b);
    ({ pair } = await send(pair, 'b'));
    const followed = await send(pair, 'a');
    // The thief still reads this one, but not B's fresh ratchet key, made on receiving it.
    const thief = (await openFrame(stolen, followed.frame)).next;
    ({ pair } = await send(followed.pair, 'b'));
    const signalBytes = (await signalLayer.seal(pair.a.signal, await sealUpTo(pair.a, 0))).bytes;
    expect((await signalLayer.open(pair.b.signal, signalBytes)).bytes.length).to.be.greaterThan(0);
    await expectCode('protocol-error', () => signalLayer.open(thief.signal, signalBytes));
  });

  it('CC-KEM-05: ML-KEM heals after one rekey (post-quantum), and CC-AES-04 after one rotation', async () => {
    let pair: Both<PairState> = await makePairStates(NOW_MS);
    ({ pair } = await send(pair, 'a'));
    const stolen = steal(pair.a);
    const rekeyed = await renew(pair, 'b', false);
    expect([rekeyed.a.kem.generation, rekeyed.b.kem.generation]).to.deep.equal([1, 1]);
    const kemBytes = (await kemLayer.seal(rekeyed.b.kem, u32(7))).bytes;
    expect((await kemLayer.open(rekeyed.a.kem, kemBytes)).bytes).to.deep.equal(u32(7));
    await expectCode('protocol-error', () => kemLayer.open(stolen.kem, kemBytes));
    const rotated = await renew(rekeyed, 'b', true);
    const aesBytes = (await aesLayer.seal(rotated.b.aes, u32(7))).bytes;
    expect((await aesLayer.open(rotated.a.aes, aesBytes)).bytes).to.deep.equal(u32(7));
    await expectCode('protocol-error', () => aesLayer.open(stolen.aes, aesBytes));
  });

  it('CC-KEM-07, CC-AES-07: the kept next root is not the root that gave the present keys', async () => {
    const { a, b } = await makePairStates(NOW_MS);
    expect(a.kem.nextRoot).to.deep.equal(b.kem.nextRoot);
    expect(a.kem.nextRoot).not.to.deep.equal(a.kem.sending.chainKey);
    expect(a.aes.nextRoot).to.deep.equal(b.aes.nextRoot);
    expect(a.aes.nextRoot).not.to.deep.equal(a.aes.sending.nextKey);
  });
});
