/**
 * What a thief of one side's whole memory can and cannot open, in the browser. The attacks are in test/compromise;
 * compromise.node-test.ts prints the figures as a table and compares it with SPEC.md §20.
 */
import { expect } from '@esm-bundle/chai';
import { CONTENT_PDU } from '../../cascade/padding.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { openFrame, sealFrame } from '../../cascade/pair-state.ts';
import {
  measureAesPast,
  measureFollowing,
  measurePast,
  measureRenewals,
  measureRoundTrips,
  measureStream,
  thefts,
} from '../compromise/measure.ts';
import { recordConversation, steal } from '../compromise/recording.ts';
import type { RecordedFrame, Recording } from '../compromise/recording.ts';
import { Thief } from '../compromise/thief.ts';
import { makePairStates } from '../support/make-pair.ts';
import type { Both } from '../support/make-pair.ts';
import { expectCode } from '../support/rejections.ts';
import { LAYER_IDS } from '../support/stepwise.ts';

describe('a stolen state', function () {
  this.timeout(240_000);
  let recording: Recording;

  before(async () => {
    recording = await recordConversation();
  });

  it('CC-CMP-01: opens no message that was sent or opened before, by MLS, Signal or ML-KEM alone', async () => {
    const { dumps, tried, opened, framesOpened } = await measurePast(recording, 7, 3);
    expect(dumps).to.be.greaterThan(20);
    expect(tried).to.be.greaterThan(60);
    expect([opened.mls, opened.signal, opened.kem, framesOpened]).to.deep.equal([0, 0, 0, 0]);
  });

  it('CC-CMP-01: AES alone opens at most 1,023 earlier frames, until its key is replaced', async () => {
    expect(await measureAesPast()).to.equal(1_023);
  });

  it('CC-CMP-01: the same attacker opens what is still to come, at every layer: it is a real one', async () => {
    for (const { victim, stolen, after } of thefts(recording, 9)) {
      const next = after.find(({ from }) => from !== victim) as RecordedFrame | undefined;
      if (next === undefined || after[0] !== next) continue;
      const thief = new Thief(victim, stolen);
      for (const id of LAYER_IDS) expect(await thief.opensPast(id, next), id).to.equal(true);
      expect(await new Thief(victim, stolen).followFrame(next)).to.equal(true);
    }
  });

  it('CC-CMP-02: Signal heals after one round trip, and with it the cascade', async () => {
    expect(await measureRoundTrips(5)).to.deep.equal({ signal: 1, frames: 1 });
  });

  it('CC-CMP-03: ML-KEM heals after one rekey, AES after one rotation; one more if half of one was stolen', async () => {
    const expected = { usual: 1, withOwnHalfStolen: 2 };
    expect(await measureRenewals(recording, 'kem', 2)).to.deep.equal(expected);
    expect(await measureRenewals(recording, 'aes', 2)).to.deep.equal(expected);
  });

  it('CC-CMP-04: a one-way stream heals within 50 messages, by ML-KEM alone too', async () => {
    const { frames, kem, kemWithOfferStolen } = await measureStream(230, 60);
    expect(Math.max(frames, kem, kemWithOfferStolen)).to.be.at.most(50);
    expect(kemWithOfferStolen).to.be.greaterThan(0);
  });

  it('CC-CMP-05: MLS does not heal within a connection: a thief of its state alone follows to the end', async () => {
    expect(await measureFollowing(recording, 'mls', 7)).to.equal(1);
  });

  it('CC-CMP-05: nor does a thief of one connection open another of the same two', async () => {
    const other = await recordConversation();
    for (const { victim, stolen } of thefts(recording, 30)) {
      const thief = new Thief(victim, stolen);
      for (const frame of other.frames.slice(0, 8)) {
        for (const id of LAYER_IDS) expect(await thief.followLayer(id, frame), id).to.equal(false);
      }
    }
  });

  it('CC-CMP-08: an active thief can speak as its victim; the next frame of the victim ends the session', async () => {
    const pair: Both<PairState> = await makePairStates();
    const forged = await sealFrame(steal(pair.a), CONTENT_PDU, new Uint8Array([1]));
    const misled = await openFrame(pair.b, forged.frame);
    expect(misled.body).to.deep.equal(new Uint8Array([1]));
    const honest = await sealFrame(pair.a, CONTENT_PDU, new Uint8Array([2]));
    await expectCode('protocol-error', () => openFrame(misled.next, honest.frame));
  });

  it('CC-KEM-07, CC-AES-07: the kept next root is not the root that gave the present keys', async () => {
    const { a, b } = await makePairStates();
    expect(a.kem.nextRoot).to.deep.equal(b.kem.nextRoot);
    expect(a.kem.nextRoot).not.to.deep.equal(a.kem.sending.chainKey);
    expect(a.aes.nextRoot).to.deep.equal(b.aes.nextRoot);
    expect(a.aes.nextRoot).not.to.deep.equal(a.aes.sending.nextKey);
  });
});
