/** Control PDUs of a peer with valid keys that does not move on when it must. */
import { expect } from '@esm-bundle/chai';
import { makePairStates } from '../test/support/make-pair.ts';
import type { Both } from '../test/support/make-pair.ts';
import { expectCode } from '../test/support/rejections.ts';
import { acceptControl, RENEWAL_THRESHOLDS, renewKeys } from './control.ts';
import type { ControlStep } from './control.ts';
import { decodeControlPdu, encodeControlPdu } from './control-pdu.ts';
import { CONTENT_CONTROL, CONTENT_PDU } from './padding.ts';
import type { PairState } from './pair-state.ts';
import { openFrame, sealFrame } from './pair-state.ts';

const NOW_MS = Date.now();
const NEVER = {
  rekeyAfterMs: Infinity,
  rotateAfterMs: Infinity,
  peerRotatesAfterFrames: 0,
  peerRotatesAfterMs: 0,
};
const REKEY = { ...NEVER, rekeyAfterMessages: 1, rotateAfterFrames: Infinity };
const ROTATE = { ...NEVER, rekeyAfterMessages: Infinity, rotateAfterFrames: 1 };

type Side = 'a' | 'b';

/** Opens a control frame and acts on it. */
async function accept(state: PairState, frame: Uint8Array): Promise<ControlStep> {
  const { next, kind, body } = await openFrame(state, frame);
  expect(kind).to.equal(CONTENT_CONTROL);
  return acceptControl(next, body, REKEY, NOW_MS);
}

/** A pair after one message of each side. */
async function makeTalkingPair(): Promise<Both<PairState>> {
  let pair = await makePairStates(NOW_MS);
  for (const [from, to] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const satisfies readonly [Side, Side][]) {
    const sealed = await sealFrame(pair[from], CONTENT_PDU, new Uint8Array(1));
    const opened = await openFrame(pair[to], sealed.frame);
    pair = { ...pair, [from]: sealed.next, [to]: opened.next };
  }
  return pair;
}

describe('control PDUs of a peer that stays behind', () => {
  it('CC-KEM-05: refuses an answer for n+1 under n−1', async () => {
    const { a, b } = await makeTalkingPair();
    const offer1 = await renewKeys(b, REKEY, NOW_MS); // generation 1 is B's to offer
    const answer1 = await accept(a, offer1.frames[0] as Uint8Array);
    const offer2 = await renewKeys(answer1.next, { ...REKEY, rekeyAfterMessages: 0 }, NOW_MS);
    const afterAnswer = await accept(offer1.next, answer1.frames[0] as Uint8Array);
    const opened = await openFrame(afterAnswer.next, offer2.frames[0] as Uint8Array);
    // B knows generation 1 and answers for 2 correctly, but seals with its keys of generation 0.
    const honest = await acceptControl(opened.next, opened.body, REKEY, NOW_MS);
    const stale: PairState = {
      ...opened.next,
      kem: { ...opened.next.kem, sending: offer1.next.kem.sending },
    };
    const body = (await openFrame(offer2.next, honest.frames[0] as Uint8Array)).body.slice();
    expect(decodeControlPdu(body).type).to.equal('mlkem-key-exchange-response');
    const late = await sealFrame(stale, CONTENT_CONTROL, encodeControlPdu(decodeControlPdu(body)));
    await expectCode('protocol-error', () => accept(offer2.next, late.frame));
    expect((await accept(offer2.next, honest.frames[0] as Uint8Array)).next.kem.generation).to.equal(2);
  });

  it('CC-AES-03: refuses half of g+2 under g', async () => {
    const { a, b } = await makeTalkingPair();
    const halfA = await renewKeys(a, ROTATE, NOW_MS);
    const halfB = await accept(b, halfA.frames[0] as Uint8Array);
    const installed = await accept(halfA.next, halfB.frames[0] as Uint8Array);
    expect([installed.next.aes.generation, halfB.next.aes.generation]).to.deep.equal([1, 1]);
    const next = await renewKeys(installed.next, { ...ROTATE, rotateAfterFrames: 0 }, NOW_MS);
    const body = (await openFrame(halfB.next, next.frames[0] as Uint8Array)).body.slice();
    // A made it under generation 1; here it seals the same half under generation 0.
    const stale: PairState = { ...installed.next, aes: halfA.next.aes };
    const late = await sealFrame(stale, CONTENT_CONTROL, body);
    await expectCode('protocol-error', () => accept(halfB.next, late.frame));
    expect((await accept(halfB.next, next.frames[0] as Uint8Array)).next.aes.generation).to.equal(2);
  });
});

describe('a peer that rotates', () => {
  /** A pair in generation 1 of the record layer, and A's half for the next after `frames` messages. */
  async function secondHalf(frames: number): Promise<{ a: PairState; b: PairState; half: Uint8Array }> {
    const pair = await makeTalkingPair();
    const halfA = await renewKeys(pair.a, ROTATE, NOW_MS);
    const halfB = await accept(pair.b, halfA.frames[0] as Uint8Array);
    let a = (await accept(halfA.next, halfB.frames[0] as Uint8Array)).next;
    let b = halfB.next;
    for (let i = 0; i < frames; i++) {
      const sealed = await sealFrame(a, CONTENT_PDU, new Uint8Array(1));
      a = sealed.next;
      b = (await openFrame(b, sealed.frame)).next;
    }
    const step = await renewKeys(a, { ...ROTATE, rotateAfterFrames: 0 }, NOW_MS);
    return { a: step.next, b, half: step.frames[0] as Uint8Array };
  }

  async function acceptAt(state: PairState, frame: Uint8Array, nowMs: number): Promise<ControlStep> {
    const { next, body } = await openFrame(state, frame);
    return acceptControl(next, body, RENEWAL_THRESHOLDS, nowMs);
  }

  it('CC-AES-09: refuses a half before 64 frames and a minute, and takes it after either', async () => {
    const early = await secondHalf(63);
    await expectCode('protocol-error', () => acceptAt(early.b, early.half, NOW_MS));
    await expectCode('protocol-error', () => acceptAt(early.b, early.half, NOW_MS + 59_999));
    expect((await acceptAt(early.b, early.half, NOW_MS + 60_000)).next.aes.generation).to.equal(2);
    const later = await secondHalf(64);
    expect((await acceptAt(later.b, later.half, NOW_MS)).next.aes.generation).to.equal(2);
  });

  it('CC-AES-09: takes at once what answers our half, and what comes when our clock was set back', async () => {
    const { a, b, half } = await secondHalf(1);
    expect((await acceptAt(b, half, NOW_MS - 1)).next.aes.generation).to.equal(2);
    const own = await renewKeys(b, { ...ROTATE, rotateAfterFrames: 0 }, NOW_MS);
    expect((await acceptAt(own.next, half, NOW_MS)).next.aes.generation).to.equal(2);
    expect((await acceptAt(a, own.frames[0] as Uint8Array, NOW_MS)).next.aes.generation).to.equal(2);
  });
});
