/** One track from a sender to a receiver, and everything that may happen on the way. */
import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { importSFrameKey, protectFrame, SFRAME_PLAINTEXT_MAX_BYTES } from './frame-key.ts';
import { decodeSFrameHeader } from './header.ts';
import { SFrameReceiver, type SFrameRejection } from './receiver.ts';
import { REPLAY_WINDOW_FRAMES } from './replay-window.ts';
import { SFRAME_COUNTER_LIMIT, SFrameSender } from './sender.ts';
import { PROFILE_SFRAME_SUITE, type SFrameSuiteId, sframeSuite } from './suites.ts';

const KID = 0x0102n;
const META = utf8('VP8 header');

async function makePair(
  baseKey = randomBytes(32),
): Promise<{ sender: SFrameSender; receiver: SFrameReceiver; baseKey: Uint8Array }> {
  const receiver = new SFrameReceiver();
  await receiver.addKey({ baseKey, kid: KID });
  return { sender: await SFrameSender.create({ baseKey, kid: KID }), receiver, baseKey };
}

async function expectRejected(
  receiver: SFrameReceiver,
  frame: Uint8Array,
  reason: SFrameRejection,
  metadata = META,
): Promise<void> {
  expect(await receiver.open(frame, metadata)).to.deep.equal({ kind: 'rejected', reason });
}

async function expectOpened(receiver: SFrameReceiver, frame: Uint8Array, text: string): Promise<void> {
  const opened = await receiver.open(frame, META);
  expect(opened.kind === 'opened' ? new TextDecoder().decode(opened.plaintext) : opened).to.equal(text);
}

/** The frame of a sender that counted on to `ctr`. */
async function frameAt(baseKey: Uint8Array, ctr: number): Promise<Uint8Array> {
  const key = await importSFrameKey({ suiteId: PROFILE_SFRAME_SUITE, kid: KID, baseKey });
  return protectFrame(key, BigInt(ctr), { plaintext: utf8(`frame ${ctr}`), metadata: META });
}

describe('SFrame sender', () => {
  it('CC-SFR-05: counts from 0, one up for every frame, also for frames encrypted at the same time', async () => {
    const { sender, receiver } = await makePair();
    const frames = await Promise.all(Array.from({ length: 40 }, () => sender.encrypt(utf8('x'), META)));
    const counters = frames.map(frame => Number(decodeSFrameHeader(frame).ctr));
    expect(counters).to.deep.equal(Array.from({ length: 40 }, (_, i) => i));
    for (const frame of frames) await expectOpened(receiver, frame, 'x');
  });

  it('CC-SFR-05: a failed encryption spends its counter', async () => {
    const { sender } = await makePair();
    const tooLong = new Uint8Array(SFRAME_PLAINTEXT_MAX_BYTES + 1);
    await expectCode('invalid-argument', () => sender.encrypt(tooLong, META));
    await expectCode('invalid-argument', () => sender.encrypt(utf8('x'), new Uint8Array(1025)));
    expect(decodeSFrameHeader(await sender.encrypt(utf8('x'), META)).ctr).to.equal(2n);
  });

  it('CC-SFR-05: ends at 2^32 frames', async () => {
    const baseKey = randomBytes(32);
    const sender = await SFrameSender.create({
      baseKey,
      kid: KID,
      unsafeTestingFirstCounter: SFRAME_COUNTER_LIMIT - 1,
    });
    const { receiver } = await makePair(baseKey);
    await expectOpened(receiver, await sender.encrypt(utf8('last'), META), 'last');
    for (let i = 0; i < 3; i++) await expectCode('session-closed', () => sender.encrypt(utf8('no'), META));
    await expectRejected(receiver, await frameAt(baseKey, SFRAME_COUNTER_LIMIT), 'malformed');
  });

  it('CC-SFR-06: gives an SFrame or rejects: a closed sender lets no frame through', async () => {
    const { sender } = await makePair();
    const underWay = sender.encrypt(utf8('under way'), META);
    sender.close();
    expect(encodeHex(await underWay)).not.to.contain(encodeHex(utf8('under way')));
    await expectCode('session-closed', () => sender.encrypt(utf8('no'), META));
  });

  it('CC-SFR-04: the profile’s suite has a full-length tag, and adds 23 bytes at most to a frame', async () => {
    expect(sframeSuite(PROFILE_SFRAME_SUITE)).to.include({ aead: 'AES-GCM', aesKeyBytes: 32, tagBytes: 16 });
    const { sender } = await makePair();
    const frame = await sender.encrypt(new Uint8Array(1000), META);
    expect(frame.length).to.equal(1000 + 3 + 16);
  });
});

describe('SFrame receiver', () => {
  it('CC-SFR-08: opens nothing truncated, extended or with a flipped bit, and then still the frame itself', async () => {
    const { sender, receiver } = await makePair();
    const frame = await sender.encrypt(utf8('hello'), META);
    for (const damaged of damagedForms(frame)) {
      expect((await receiver.open(damaged, META)).kind).to.equal('rejected');
    }
    await expectOpened(receiver, frame, 'hello');
  });

  it('CC-SFR-08: says why it rejects, and never throws for a frame', async () => {
    const { sender, receiver, baseKey } = await makePair();
    const frame = await sender.encrypt(utf8('hello'), META);
    await expectRejected(receiver, new Uint8Array(0), 'malformed');
    await expectRejected(receiver, Uint8Array.of(0x80, 0x07), 'malformed');
    await expectRejected(receiver, concat(Uint8Array.of(0x70), frame.subarray(3)), 'unknown-kid');
    await expectRejected(receiver, frame, 'malformed', new Uint8Array(1025));
    await expectRejected(receiver, new Uint8Array(SFRAME_PLAINTEXT_MAX_BYTES + 100), 'malformed');
    await expectRejected(receiver, frame.subarray(0, frame.length - 1), 'not-authentic');
    await expectRejected(receiver, frame.subarray(0, 5), 'not-authentic');
    await expectRejected(receiver, await frameAt(baseKey, 2 ** 32 + 1), 'malformed');
    for (let i = 0; i < 200; i++) {
      expect((await receiver.open(randomBytes(i), META)).kind).to.equal('rejected');
    }
  });

  it('CC-SFR-07: metadata is authenticated, and not sent along', async () => {
    const { sender, receiver } = await makePair();
    const frame = await sender.encrypt(utf8('hello'), META);
    expect(encodeHex(frame)).not.to.contain(encodeHex(META));
    for (const other of [utf8('VP9 header'), new Uint8Array(0), META.subarray(1)]) {
      await expectRejected(receiver, frame, 'not-authentic', other);
    }
    await expectOpened(receiver, frame, 'hello');
  });

  it('CC-SFR-08: a frame under another base key, KID or suite does not open', async () => {
    const { receiver, baseKey } = await makePair();
    await expectRejected(receiver, await frameAt(randomBytes(32), 0), 'not-authentic');
    for (const suiteId of [1, 2, 3, 4, 6, 7, 8] as SFrameSuiteId[]) {
      const key = await importSFrameKey({ suiteId, kid: KID, baseKey });
      const frame = await protectFrame(key, 0n, { plaintext: utf8('downgraded'), metadata: META });
      await expectRejected(receiver, frame, 'not-authentic');
    }
    const other = await SFrameSender.create({ baseKey, kid: KID + 1n });
    const frame = await other.encrypt(utf8('x'), META);
    await expectRejected(receiver, frame, 'unknown-kid');
    const renamed = frame.slice();
    renamed[2] = 0x02; // the KID's low byte: names our KID now
    await expectRejected(receiver, renamed, 'not-authentic');
  });

  it('CC-SFR-09: opens a frame once, in any order within 1,024 counters', async () => {
    const { receiver, baseKey } = await makePair();
    const order = [5, 3, 1023, 0, 1024, 1, 2000, 1999];
    for (const ctr of order) {
      const frame = await frameAt(baseKey, ctr);
      await expectOpened(receiver, frame, `frame ${ctr}`);
      await expectRejected(receiver, frame, 'replayed');
    }
    await expectRejected(receiver, await frameAt(baseKey, 2000 - REPLAY_WINDOW_FRAMES), 'too-old');
    await expectRejected(receiver, await frameAt(baseKey, 7), 'too-old');
    await expectOpened(receiver, await frameAt(baseKey, 2001 - REPLAY_WINDOW_FRAMES), 'frame 977');
    await expectRejected(receiver, await frameAt(baseKey, 1023), 'replayed');
  });

  it('CC-SFR-09: of copies that arrive together exactly one opens', async () => {
    const { sender, receiver } = await makePair();
    const frame = await sender.encrypt(utf8('once'), META);
    const results = await Promise.all(Array.from({ length: 8 }, () => receiver.open(frame, META)));
    expect(results.filter(result => result.kind === 'opened')).to.have.length(1);
    expect(
      results.filter(result => result.kind === 'rejected' && result.reason === 'replayed'),
    ).to.have.length(7);
  });

  it('CC-SFR-09: a forged frame with a high counter does not move the window', async () => {
    const { sender, receiver } = await makePair();
    const frame = await sender.encrypt(utf8('real'), META);
    const forged = await frameAt(randomBytes(32), 1_000_000);
    await expectRejected(receiver, forged, 'not-authentic');
    await expectOpened(receiver, frame, 'real');
  });

  it('CC-SFR-08: a key that is removed or a receiver that is closed takes frames under way with it', async () => {
    const { sender, receiver, baseKey } = await makePair();
    const frames = [await sender.encrypt(utf8('a'), META), await sender.encrypt(utf8('b'), META)] as const;
    const underWay = receiver.open(frames[0], META);
    receiver.removeKey(KID);
    expect(await underWay).to.deep.equal({ kind: 'rejected', reason: 'unknown-kid' });
    const adding = receiver.addKey({ baseKey, kid: KID });
    receiver.close();
    await adding;
    expect(receiver.hasKey(KID)).to.equal(false);
    await expectRejected(receiver, frames[1], 'unknown-kid');
  });

  it('CC-SFR-08: refuses a second key for a KID: the counters that were seen would be forgotten', async () => {
    const { receiver, baseKey } = await makePair();
    await expectCode('invalid-argument', () => receiver.addKey({ baseKey, kid: KID }));
    await expectCode('invalid-argument', () => receiver.addKey({ baseKey: randomBytes(32), kid: KID }));
  });

  it('CC-SFR-08: the sender’s own frame comes back as unknown: nobody holds a key for itself', async () => {
    const { sender } = await makePair();
    await expectRejected(new SFrameReceiver(), await sender.encrypt(utf8('echo'), META), 'unknown-kid');
  });
});
