import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { readU64, u32 } from '../bytes/integers.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import {
  encodeFrameHeader,
  encodeHelloFrame,
  encodeSealedFrame,
  FRAME_KIND_HANDSHAKE,
  MAX_FRAME_BYTES,
} from '../frame/frame.ts';
import { generateX25519 } from '../identity/x25519.ts';
import { generateKemKeyPair } from '../ml-kem/ml-kem-768.ts';
import { makeLink } from '../test/support/link.ts';
import { makePairStates } from '../test/support/make-pair.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { encodeControlPdu } from './control-pdu.ts';
import type { ControlPdu } from './control-pdu.ts';
import { CONTENT_CONTROL, MAX_BODY_BYTES } from './padding.ts';
import { PairSession } from './pair-session.ts';
import { openFrame, sealFrame } from './pair-state.ts';

const handshakeHeader = encodeFrameHeader({ kind: FRAME_KIND_HANDSHAKE, gen: 0, ctr: 0 });

describe('pair session', () => {
  it('CC-CAS-04: emits in counter order when many seals are asked for at once', async () => {
    const link = await makeLink();
    const bodies = Array.from({ length: 20 }, (_, i) => u32(i));
    await Promise.all(bodies.map(body => link.a.session.seal(body)));
    expect(link.b.inFlight.map(frame => readU64(frame, 3))).to.deep.equal(bodies.map((_, i) => i));
    await link.settle();
    expect(link.b.received).to.deep.equal(bodies);
    expect(link.a.session.stats).to.include({ framesSent: 20, generation: 0, epoch: '1', kemGeneration: 0 });
    expect(link.b.session.stats.framesReceived).to.equal(20);
    expect(link.a.session.stats.recordCounters).to.deep.equal({ sent: 20, received: 0 });
    expect(link.b.session.stats.recordCounters).to.deep.equal({ sent: 0, received: 20 });
    expect(link.a.session.stats.signal.sent).to.equal(link.b.session.stats.signal.received);
  });

  it('CC-CAS-03: a damaged frame ends the session, whatever it damaged, with one answer', async () => {
    const link = await makeLink();
    await link.a.session.seal(utf8('x'));
    const [frame] = link.b.inFlight;
    if (frame === undefined) return expect.fail('no frame');
    const damages = [...damagedForms(frame, 64)].filter((_, i) => i % 40 === 0);
    for (const damaged of [...damages, new Uint8Array(0), new Uint8Array(MAX_FRAME_BYTES + 1)]) {
      const { b } = await makePairStates();
      const session = new PairSession(b, { emit: () => undefined, nowMs: Date.now });
      expect(await session.open(damaged)).to.deep.equal({ kind: 'rejected' });
      expect(await session.open(frame)).to.deep.equal({ kind: 'rejected' });
      await expectCode('session-closed', () => session.seal(utf8('y')));
    }
  });

  it('CC-CAS-03: after a rejection not even the right frame opens', async () => {
    const link = await makeLink();
    await link.a.session.seal(utf8('1'));
    await link.a.session.seal(utf8('2'));
    link.b.inFlight.reverse();
    expect(await link.deliver(link.b)).to.deep.equal({ kind: 'rejected' });
    expect(await link.deliver(link.b)).to.deep.equal({ kind: 'rejected' });
  });

  it('CC-AES-01: a replayed frame ends the session', async () => {
    const link = await makeLink();
    await link.a.session.seal(utf8('1'));
    const [frame] = link.b.inFlight;
    if (frame === undefined) return expect.fail('no frame');
    expect((await link.deliver(link.b))?.kind).to.equal('pdu');
    expect(await link.b.session.open(frame)).to.deep.equal({ kind: 'rejected' });
  });

  it('CC-AES-08: a reflected frame ends the session', async () => {
    const link = await makeLink();
    await link.a.session.seal(utf8('1'));
    const [frame] = link.b.inFlight;
    expect(await link.a.session.open(frame as Uint8Array)).to.deep.equal({ kind: 'rejected' });
  });

  it('CC-FRAME-04: a hello after the handshake ends the session, as does a handshake frame', async () => {
    const late = [encodeHelloFrame(utf8('{}')), encodeSealedFrame(handshakeHeader, randomBytes(40))];
    for (const frame of late) {
      const { b } = await makePairStates();
      const session = new PairSession(b, { emit: () => undefined, nowMs: Date.now });
      expect(await session.open(frame)).to.deep.equal({ kind: 'rejected' });
    }
  });

  it('CC-PAD-04: a bulk chunk passes the whole cascade at its exact size, in order among PDUs', async () => {
    const link = await makeLink();
    const chunks = [randomBytes(0), randomBytes(77), randomBytes(8_192)];
    await link.a.session.seal(utf8('before'));
    for (const chunk of chunks) await link.a.session.sealBulk(chunk);
    await link.a.session.seal(utf8('after'));
    const sizes = link.b.inFlight.map(frame => frame.length);
    expect((sizes[3] as number) - (sizes[2] as number)).to.be.within(8_192 - 77, 8_192 - 77 + 8);
    await link.settle();
    expect(link.b.results.map(({ kind }) => kind)).to.deep.equal(['pdu', 'bulk', 'bulk', 'bulk', 'pdu']);
    const opened = link.b.results.filter(result => result.kind === 'bulk').map(({ bytes }) => bytes);
    expect(opened).to.deep.equal(chunks);
    await expectCode('invalid-argument', () => link.a.session.sealBulk(new Uint8Array(MAX_BODY_BYTES + 1)));
  });

  it('an oversized PDU is refused and the session lives on', async () => {
    const link = await makeLink();
    await expectCode('invalid-argument', () => link.a.session.seal(new Uint8Array(MAX_BODY_BYTES + 1)));
    await link.a.session.seal(new Uint8Array(MAX_BODY_BYTES));
    await link.settle();
    expect(link.b.received[0]?.length).to.equal(MAX_BODY_BYTES);
  });

  it('seals and opens nothing before it is attached', async () => {
    const { a } = await makePairStates();
    const session = new PairSession(a);
    await expectCode('invalid-argument', () => session.seal(utf8('x')));
    await expectCode('invalid-argument', () => session.open(utf8('x')));
  });

  it('CC-CAS-08: close is final, idempotent, and lets nothing out afterwards', async () => {
    const link = await makeLink();
    const sealing = link.a.session.seal(utf8('x'));
    link.a.session.close();
    link.a.session.close();
    await expectCode('session-closed', () => sealing);
    await expectCode('session-closed', () => link.a.session.seal(utf8('y')));
    expect(link.b.inFlight).to.deep.equal([]);
    expect(await link.a.session.open(utf8('z'))).to.deep.equal({ kind: 'rejected' });
  });

  it('CC-CAS-08: an ended session keeps its counters and no state', async () => {
    const link = await makeLink();
    await link.a.session.seal(utf8('x'));
    const { stats } = link.a.session;
    link.a.session.close();
    await expectCode('session-closed', () => link.a.session.seal(utf8('y')));
    expect(link.a.session.stats).to.deep.equal(stats);
  });

  it('CC-CAS-04: when our own renewal fails, what was sealed or opened before it stands, and the session has ended', async () => {
    const { a, b } = await makePairStates();
    const frames: Uint8Array[] = [];
    const failing = (state: typeof a): PairSession =>
      new PairSession(state, {
        emit: frame => void frames.push(frame),
        nowMs: () => {
          throw new Error('no clock');
        },
      });
    const [sender, receiver] = [failing(a), failing(b)];
    await expectCode('internal', () => sender.seal(utf8('x')));
    expect(frames.length).to.equal(1);
    await expectCode('session-closed', () => sender.seal(utf8('y')));
    const [frame] = frames as [Uint8Array];
    expect(await receiver.open(frame)).to.deep.equal({ kind: 'pdu', bytes: utf8('x') });
    expect(receiver.stats.framesReceived).to.equal(1);
    await expectCode('internal', () => receiver.open(frame));
    await expectCode('session-closed', () => receiver.seal(utf8('z')));
  });

  it('CC-CAS-04: an emit that throws ends the session', async () => {
    const { a } = await makePairStates();
    const emit = (): void => {
      throw new Error('channel closed');
    };
    const session = new PairSession(a, { emit, nowMs: Date.now });
    await expectCode('session-closed', () => session.seal(utf8('x')));
    await expectCode('session-closed', () => session.seal(utf8('x')));
  });

  it('CC-KEM-06: after 50 messages the side whose turn it is offers, one-way streams included', async () => {
    const link = await makeLink();
    for (let i = 0; i < 50; i++) await link.a.session.seal(u32(i));
    await link.settle();
    expect([link.a.session.stats.kemGeneration, link.b.session.stats.kemGeneration]).to.deep.equal([1, 1]);
    expect(link.a.results.map(result => result.kind)).to.deep.equal(['control']);
    for (let i = 0; i < 50; i++) await link.a.session.seal(u32(i));
    await link.settle();
    expect([link.a.session.stats.kemGeneration, link.b.session.stats.kemGeneration]).to.deep.equal([2, 2]);
    expect(link.b.received.length).to.equal(100);
  });

  it('CC-KEM-06: after 10 minutes with activity, but never by time alone', async () => {
    const link = await makeLink();
    link.nowMs += 11 * 60_000;
    await link.a.session.seal(u32(1));
    await link.settle();
    expect(link.a.session.stats.kemGeneration).to.equal(1);
    await link.a.session.seal(u32(2));
    await link.settle();
    expect(link.a.session.stats.kemGeneration).to.equal(1);
  });

  it('CC-AES-06: rotates after an hour with activity', async () => {
    const link = await makeLink();
    link.nowMs += 61 * 60_000;
    await link.b.session.seal(u32(1));
    await link.settle();
    expect(link.a.session.stats.generation).to.equal(1);
    expect(link.b.session.stats.generation).to.equal(1);
    await link.a.session.seal(u32(2));
    await link.b.session.seal(u32(3));
    await link.settle();
    expect([link.a.received.length, link.b.received.length]).to.deep.equal([2, 1]);
  });

  it('CC-AES-04: simultaneous rotations and rekeys with traffic in flight converge', async () => {
    const thresholds = { rotateAfterFrames: 5, peerRotatesAfterFrames: 5, rekeyAfterMessages: 5 };
    const link = await makeLink({ a: thresholds, b: thresholds });
    for (let i = 0; i < 12; i++)
      await Promise.all([link.a.session.seal(u32(i)), link.b.session.seal(u32(i))]);
    await link.settle();
    await Promise.all([link.a.session.seal(u32(99)), link.b.session.seal(u32(99))]);
    await link.settle();
    const stats = [link.a.session.stats, link.b.session.stats];
    expect(stats[0]?.generation).to.equal(stats[1]?.generation).and.to.be.greaterThan(0);
    expect(stats[0]?.kemGeneration).to.equal(stats[1]?.kemGeneration).and.to.be.greaterThan(0);
    expect([link.a.received.length, link.b.received.length]).to.deep.equal([13, 13]);
  });
});

describe('a peer that renews without pause', () => {
  it('CC-AES-09: is refused at the second rotation', async () => {
    const link = await makeLink({ a: { rotateAfterFrames: 1 } });
    await link.a.session.seal(u32(1));
    await link.settle();
    expect(link.b.session.stats.generation).to.equal(1);
    await link.a.session.seal(u32(2)); // and A's half follows
    await link.settle();
    expect(link.b.results.map(({ kind }) => kind)).to.deep.equal(['pdu', 'control', 'pdu', 'rejected']);
  });

  it('CC-KEM-08: has the other encapsulate once in 50 messages', async function () {
    this.timeout(60_000);
    const link = await makeLink({ a: { rekeyAfterMessages: 0 } });
    const generations: number[] = [];
    for (let i = 0; i < 120; i++) {
      await link.a.session.seal(u32(i));
      await link.settle();
      generations.push(link.b.session.stats.kemGeneration);
    }
    expect(new Set(generations.slice(0, 44))).to.deep.equal(new Set([0])); // A waits for B's turn
    expect(generations.at(-1)).to.equal(4); // two of B's when due, each followed by one of A's at once
  });
});

describe('control PDUs of a hostile peer with valid keys', () => {
  /** Whether B, given this control body sealed with A's keys, lives on. */
  async function isAccepted(...bodies: readonly Uint8Array[]): Promise<boolean> {
    const pair = await makePairStates();
    const session = new PairSession(pair.b, { emit: () => undefined, nowMs: Date.now });
    let state = pair.a;
    for (const body of bodies) {
      const sealed = await sealFrame(state, CONTENT_CONTROL, body);
      state = sealed.next;
      if ((await session.open(sealed.frame)).kind === 'rejected') return false;
    }
    return true;
  }

  const offer = async (gen: number): Promise<ControlPdu> => ({
    type: 'mlkem-key-exchange',
    gen,
    ek: (await generateKemKeyPair()).encapsulationKey,
  });
  const rotation = async (gen: number): Promise<ControlPdu> => ({
    type: 'rotation-timestamp-broadcast',
    gen,
    timestamp: 0,
    x25519: (await generateX25519()).publicKey,
  });
  const encoded = async (pdu: ControlPdu | Promise<ControlPdu>): Promise<Uint8Array> =>
    encodeControlPdu(await pdu);

  it('CC-KEM-04: an offer out of turn or for another generation is refused', async () => {
    for (const gen of [0, 1, 2, 3])
      expect(await isAccepted(await encoded(offer(gen))), `${gen}`).to.equal(false);
  });

  it('CC-KEM-04: an answer without an offer is refused', async () => {
    const ct = randomBytes(1_088);
    const bytes = await encoded({ type: 'mlkem-key-exchange-response', gen: 1, ct });
    expect(await isAccepted(bytes)).to.equal(false);
  });

  it('CC-KEM-01: an offer with a key of a wrong form is refused', async () => {
    const pair = await makePairStates();
    const session = new PairSession(pair.a, { emit: () => undefined, nowMs: Date.now });
    const bytes = encodeControlPdu({
      type: 'mlkem-key-exchange',
      gen: 1,
      ek: new Uint8Array(1_184).fill(255),
    });
    const { frame } = await sealFrame(pair.b, CONTENT_CONTROL, bytes);
    expect(await session.open(frame)).to.deep.equal({ kind: 'rejected' });
  });

  it('CC-AES-03: a half for another generation than the next, or a second one, is refused', async () => {
    for (const gen of [0, 2, 3]) expect(await isAccepted(await encoded(rotation(gen)))).to.equal(false);
    const half = await encoded(rotation(1));
    expect(await isAccepted(half)).to.equal(true);
    expect(await isAccepted(half, half)).to.equal(false);
    expect(await isAccepted(half, await encoded(rotation(1)))).to.equal(false);
  });

  it('CC-AES-07: a half of small order is refused', async () => {
    const pdu = { ...(await rotation(1)), x25519: new Uint8Array(32) } as ControlPdu;
    expect(await isAccepted(await encoded(pdu))).to.equal(false);
  });

  it('CC-CAS-05: unknown and malformed control PDUs are refused', async () => {
    const half = await encoded(rotation(1));
    for (const body of [
      utf8('{}'),
      utf8('{"type":"mls-commit"}'),
      new Uint8Array(0),
      concat(half, utf8(' ')),
    ]) {
      expect(await isAccepted(body)).to.equal(false);
    }
  });

  it('CC-CAS-06: a control PDU opens under the keys that it replaces', async () => {
    const thresholds = { rotateAfterFrames: 1 };
    const link = await makeLink({ a: thresholds });
    const { a, b } = await makePairStates();
    expect((await openFrame(b, (await sealFrame(a, CONTENT_CONTROL, utf8('x'))).frame)).kind).to.equal(1);
    await link.a.session.seal(u32(1));
    expect(link.b.inFlight.map(frame => frame[2])).to.deep.equal([0, 0]);
    await link.settle();
    await link.a.session.seal(u32(2));
    expect(link.b.inFlight[0]?.[2]).to.equal(1);
  });
});
