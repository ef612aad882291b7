/** A call's keys across joins, reloads, epochs and removals, on the MLS exporter itself. */
import { expect } from '@esm-bundle/chai';
import { mlsExporter } from 'ts-mls';
import { encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { loadMlsSuite } from '../mls/suite.ts';
import { expectCode } from '../test/support/rejections.ts';
import { deriveBaseKey, type MlsExporter } from './base-key.ts';
import { type CallFrameOpened, PREVIOUS_EPOCH_MS, SFrameKeyChain } from './key-chain.ts';

const META = utf8('meta');
const callId = randomBytes(16);

/** What every member of an epoch has. */
async function makeExporter(): Promise<MlsExporter> {
  const [suite, exporterSecret] = [await loadMlsSuite(), randomBytes(64)];
  return (label, context, length) => mlsExporter(exporterSecret, label, context, length, suite);
}

interface Call {
  readonly alice: SFrameKeyChain;
  readonly bob: SFrameKeyChain;
}

async function enter(
  call: Call,
  epoch: bigint,
  options = { removesMembers: false, nowMs: 0 },
): Promise<void> {
  const exporter = await makeExporter();
  const nonces = [call.alice, call.bob].map(chain => chain.enterEpoch({ epoch, exporter, ...options }));
  await announce(call.bob, epoch, 0, nonces[0] as Uint8Array);
  await announce(call.alice, epoch, 1, nonces[1] as Uint8Array);
}

async function announce(
  to: SFrameKeyChain,
  epoch: bigint,
  leaf: number,
  joinNonce: Uint8Array,
): Promise<void> {
  expect(await to.announce({ epoch, leaf, joinNonce })).to.equal('accepted');
}

async function makeCall(epoch = 1n): Promise<Call> {
  const call = {
    alice: new SFrameKeyChain({ callId, ownLeaf: 0 }),
    bob: new SFrameKeyChain({ callId, ownLeaf: 1 }),
  };
  await enter(call, epoch);
  return call;
}

async function send(from: SFrameKeyChain, slot: number, text: string): Promise<Uint8Array> {
  return (await from.sender(slot)).encrypt(utf8(text), META);
}

function open(by: SFrameKeyChain, frame: Uint8Array, nowMs = 0): Promise<CallFrameOpened> {
  return by.open({ frame, metadata: META, nowMs });
}

async function expectText(by: SFrameKeyChain, frame: Uint8Array, text: string, nowMs = 0): Promise<void> {
  const opened = await open(by, frame, nowMs);
  expect(opened.kind === 'opened' ? new TextDecoder().decode(opened.plaintext) : opened.reason).to.equal(
    text,
  );
}

async function expectUnknown(by: SFrameKeyChain, frame: Uint8Array, nowMs = 0): Promise<void> {
  expect(await open(by, frame, nowMs)).to.deep.equal({ kind: 'rejected', reason: 'unknown-kid' });
}

describe('SFrame key chain', () => {
  it('CC-SFR-11: tracks of a member have keys of their own and are told apart', async () => {
    const { alice, bob } = await makeCall();
    const [audio, video] = [await send(alice, 0, 'audio'), await send(alice, 3, 'video')];
    const opened = await open(bob, video);
    expect(opened).to.include({ kind: 'opened', leaf: 0, slot: 3 });
    await expectText(bob, audio, 'audio');
    await expectText(alice, await send(bob, 0, 'answer'), 'answer');
    await expectCode('invalid-argument', () => alice.sender(16));
  });

  it('CC-SFR-05: a track has one sender: two requests at once do not count twice from 0', async () => {
    const { alice } = await makeCall();
    const [first, second] = await Promise.all([alice.sender(2), alice.sender(2)]);
    expect(first).to.equal(second);
    expect(await alice.sender(2)).to.equal(first);
    expect(await alice.sender(3)).not.to.equal(first);
  });

  it('CC-SFR-05: a failed request for a sender never leads to two', async () => {
    let openGate = (): void => undefined;
    const gate = new Promise<void>(resolve => (openGate = resolve));
    const working = await makeExporter();
    let isBroken = true;
    const exporter: MlsExporter = async (label, context, length) => {
      await gate;
      if (isBroken) throw new Error('the exporter failed');
      return working(label, context, length);
    };
    const chain = new SFrameKeyChain({ callId, ownLeaf: 0 });
    chain.enterEpoch({ epoch: 1n, exporter, removesMembers: false, nowMs: 0 });
    const retried = chain.sender(0).catch(() => {
      isBroken = false;
      return chain.sender(0);
    });
    const failed = chain.sender(0).catch(() => null);
    openGate();
    expect(await failed).to.equal(null);
    expect(await chain.sender(0)).to.equal(await retried);
  });

  it('CC-SFR-10: base keys are the exporter’s over call, leaf and join nonce; each of them changes the key', async () => {
    const [suite, exporterSecret, joinNonce] = [await loadMlsSuite(), randomBytes(64), randomBytes(16)];
    const exporter: MlsExporter = (label, context, length) =>
      mlsExporter(exporterSecret, label, context, length, suite);
    const input = { callId, leaf: 0x0102, joinNonce };
    const context = new Uint8Array([...callId, 0, 0, 1, 2, ...joinNonce]);
    const expected = await mlsExporter(exporterSecret, 'enk/v1 sframe', context, 32, suite);
    expect(encodeHex(await deriveBaseKey(exporter, input))).to.equal(encodeHex(expected));
    const others = [
      await deriveBaseKey(exporter, { ...input, leaf: 3 }),
      await deriveBaseKey(exporter, { ...input, callId: randomBytes(16) }),
      await deriveBaseKey(exporter, { ...input, joinNonce: randomBytes(16) }),
      await deriveBaseKey(await makeExporter(), input),
    ];
    expect(new Set([expected, ...others].map(encodeHex)).size).to.equal(5);
    for (const bad of [
      { ...input, callId: randomBytes(15) },
      { ...input, joinNonce: randomBytes(17) },
    ]) {
      await expectCode('invalid-argument', () => deriveBaseKey(exporter, bad));
    }
    await expectCode('internal', () => deriveBaseKey(async () => randomBytes(31), input));
  });

  it('CC-SFR-12: on a new epoch senders of the old one end at once', async () => {
    const call = await makeCall();
    const old = await call.alice.sender(0);
    await enter(call, 2n);
    await expectCode('session-closed', () => old.encrypt(utf8('old key'), META));
    await expectText(call.bob, await send(call.alice, 0, 'new key'), 'new key');
  });

  it('CC-SFR-12: a sender that is asked for while the epoch changes belongs to no old epoch', async () => {
    const call = await makeCall();
    const asked = call.alice.sender(0);
    const entering = enter(call, 2n);
    await expectCode('session-closed', () => asked);
    await entering;
    await expectText(call.bob, await send(call.alice, 0, 'new key'), 'new key');
  });

  it('CC-SFR-12: frames of the epoch before open for 10 s, and no longer', async () => {
    const call = await makeCall();
    const frames = [await send(call.alice, 0, 'a'), await send(call.alice, 0, 'b')] as const;
    await enter(call, 2n, { removesMembers: false, nowMs: 5_000 });
    await expectText(call.bob, frames[0], 'a', 5_000 + PREVIOUS_EPOCH_MS - 1);
    await expectUnknown(call.bob, frames[1], 5_000 + PREVIOUS_EPOCH_MS);
    await expectUnknown(call.bob, frames[1], 5_000);
  });

  it('CC-SFR-12: a clock that goes back ends the epoch before', async () => {
    const call = await makeCall();
    const frame = await send(call.alice, 0, 'a');
    await enter(call, 2n, { removesMembers: false, nowMs: 5_000 });
    await expectUnknown(call.bob, frame, 4_999);
    await expectUnknown(call.bob, frame, 5_000);
  });

  it('CC-SFR-12: after a removal nothing of the epoch before opens, not even what is being opened', async () => {
    const call = await makeCall();
    const frames = [await send(call.alice, 0, 'a'), await send(call.alice, 0, 'b')] as const;
    await expectText(call.bob, await send(call.alice, 0, 'ready'), 'ready');
    const underWay = open(call.bob, frames[0]);
    await enter(call, 2n, { removesMembers: true, nowMs: 0 });
    expect(await underWay).to.deep.equal({ kind: 'rejected', reason: 'unknown-kid' });
    await expectUnknown(call.bob, frames[1]);
  });

  it('CC-SFR-12: a removal within the 10 s ends the epoch before that, too', async () => {
    const call = await makeCall();
    const frame = await send(call.alice, 0, 'a');
    await enter(call, 2n);
    const second = await send(call.alice, 0, 'b');
    await enter(call, 3n, { removesMembers: true, nowMs: 1 });
    await expectUnknown(call.bob, frame, 1);
    await expectUnknown(call.bob, second, 1);
  });

  it('CC-SFR-12: epochs only go forward', async () => {
    const { alice } = await makeCall(7n);
    const exporter = await makeExporter();
    for (const epoch of [7n, 6n, 0n]) {
      await expectCode('invalid-argument', () =>
        alice.enterEpoch({ epoch, exporter, removesMembers: false, nowMs: 0 }),
      );
    }
  });

  it('CC-SFR-13: every epoch and every join has a fresh nonce, so counters start at 0 under fresh keys', async () => {
    const exporter = await makeExporter();
    const nonces = [1n, 2n, 3n].map(epoch => {
      const chain = new SFrameKeyChain({ callId, ownLeaf: 0 });
      return [epoch, epoch + 1n].map(e =>
        encodeHex(chain.enterEpoch({ epoch: e, exporter, removesMembers: false, nowMs: 0 })),
      );
    });
    expect(new Set(nonces.flat()).size).to.equal(6);
  });

  it('CC-SFR-13: a reload is a new join: its frames open, the former ones no more', async () => {
    const exporter = await makeExporter();
    const bob = new SFrameKeyChain({ callId, ownLeaf: 1 });
    const join = { epoch: 1n, exporter, removesMembers: false, nowMs: 0 };
    bob.enterEpoch(join);
    const before = new SFrameKeyChain({ callId, ownLeaf: 0 });
    const [firstNonce, old] = [before.enterEpoch(join), before] as const;
    await announce(bob, 1n, 0, firstNonce);
    await expectText(bob, await send(old, 0, 'before'), 'before');
    const late = await send(old, 0, 'late');

    const after = new SFrameKeyChain({ callId, ownLeaf: 0 });
    await announce(bob, 1n, 0, after.enterEpoch(join));
    await expectText(bob, await send(after, 0, 'after'), 'after');
    expect(await open(bob, late)).to.deep.equal({ kind: 'rejected', reason: 'not-authentic' });
    const replayed = await bob.announce({ epoch: 1n, leaf: 0, joinNonce: firstNonce });
    expect(replayed, 'the first announcement once more').to.equal('rejected');
    await expectText(bob, await send(after, 0, 'still'), 'still');
  });

  it('CC-SFR-13: of two announcements at once the later one counts', async () => {
    const exporter = await makeExporter();
    const join = { epoch: 1n, exporter, removesMembers: false, nowMs: 0 };
    const bob = new SFrameKeyChain({ callId, ownLeaf: 1 });
    bob.enterEpoch(join);
    const [first, second] = [0, 0].map(ownLeaf => new SFrameKeyChain({ callId, ownLeaf })) as [
      SFrameKeyChain,
      SFrameKeyChain,
    ];
    const nonces = [first.enterEpoch(join), second.enterEpoch(join)] as const;
    const results = await Promise.all(
      nonces.map(joinNonce => bob.announce({ epoch: 1n, leaf: 0, joinNonce })),
    );
    expect(results).to.deep.equal(['rejected', 'accepted']);
    await expectText(bob, await send(second, 0, 'second'), 'second');
  });

  it('CC-SFR-13: refuses our own leaf, other lengths, old epochs; defers later ones', async () => {
    const { bob } = await makeCall(5n);
    const joinNonce = randomBytes(16);
    expect(await bob.announce({ epoch: 5n, leaf: 1, joinNonce })).to.equal('rejected');
    expect(await bob.announce({ epoch: 5n, leaf: 0x1_0000, joinNonce })).to.equal('rejected');
    expect(await bob.announce({ epoch: 5n, leaf: 2, joinNonce: randomBytes(15) })).to.equal('rejected');
    expect(await bob.announce({ epoch: 4n, leaf: 2, joinNonce })).to.equal('rejected');
    expect(await bob.announce({ epoch: 6n, leaf: 2, joinNonce })).to.equal('deferred');
  });

  it('CC-SFR-13: a member who says another call, epoch secret or leaf has keys that open nothing', async () => {
    const { bob } = await makeCall();
    const mallory = new SFrameKeyChain({ callId: randomBytes(16), ownLeaf: 2 });
    const join = { epoch: 1n, exporter: await makeExporter(), removesMembers: false, nowMs: 0 };
    await announce(bob, 1n, 2, mallory.enterEpoch(join));
    const opened = await open(bob, await send(mallory, 0, 'x'));
    expect(opened).to.deep.equal({ kind: 'rejected', reason: 'not-authentic' });
  });

  it('CC-SFR-06: before the first epoch and after close nothing is encrypted or opened', async () => {
    const call = await makeCall();
    const frame = await send(call.alice, 0, 'a');
    const sender = await call.alice.sender(0);
    for (const chain of [call.alice, call.bob]) chain.close();
    await expectCode('session-closed', () => sender.encrypt(utf8('x'), META));
    await expectCode('session-closed', () => call.alice.sender(0));
    await expectUnknown(call.bob, frame);
    await expectCode('session-closed', async () =>
      call.bob.enterEpoch({ epoch: 9n, exporter: await makeExporter(), removesMembers: false, nowMs: 0 }),
    );
    await expectCode('session-closed', () => new SFrameKeyChain({ callId, ownLeaf: 0 }).sender(0));
  });

  it('CC-SFR-12: an epoch that the call skipped leaves no grace: it may have removed somebody', async () => {
    const call = await makeCall(5n);
    const frame = await send(call.alice, 0, 'from epoch 5');
    call.bob.enterEpoch({ epoch: 7n, exporter: await makeExporter(), removesMembers: false, nowMs: 0 });
    await expectUnknown(call.bob, frame);
  });

  it('CC-SFR-09: the past cannot be played as live to a member that comes late or reloads', async () => {
    const exporter = await makeExporter();
    const [alice, late] = [0, 1].map(ownLeaf => new SFrameKeyChain({ callId, ownLeaf })) as [
      SFrameKeyChain,
      SFrameKeyChain,
    ];
    const epoch = { epoch: 1n, exporter, removesMembers: false, nowMs: 0 };
    for (const chain of [alice, late]) chain.enterEpoch(epoch);
    const recorded = await send(alice, 2, 'an hour ago');
    expect(await late.announce(alice.ownAnnouncement())).to.equal('accepted');
    expect(await open(late, recorded)).to.deep.equal({ kind: 'rejected', reason: 'replayed' });
    await expectText(late, await send(alice, 2, 'now'), 'now');
    await expectText(late, await send(alice, 3, 'a new track'), 'a new track');
  });

  it('CC-SFR-09: floors that are none are refused', async () => {
    const { alice, bob } = await makeCall();
    const announcement = { ...alice.ownAnnouncement(), joinNonce: randomBytes(16) };
    for (const floors of [
      [{ slot: 16, nextCounter: 0 }],
      [{ slot: 0, nextCounter: -1 }],
      [{ slot: 0, nextCounter: 0.5 }],
      [{ slot: 0, nextCounter: 2 ** 32 + 1 }],
      [
        { slot: 0, nextCounter: 1 },
        { slot: 0, nextCounter: 2 },
      ],
    ]) {
      expect(await bob.announce({ ...announcement, floors })).to.equal('rejected');
    }
  });

  it('CC-SFR-13: a closed chain takes no announcement', async () => {
    const { alice, bob } = await makeCall();
    bob.close();
    expect(await bob.announce(alice.ownAnnouncement())).to.equal('rejected');
  });
});
