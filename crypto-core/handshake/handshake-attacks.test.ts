/**
 * An attacker on the channel changes, drops, repeats and replays the frames of every flight. Claim of all tests:
 * A never reaches Ready and commits nothing; B commits at most once, and only when flight 6 alone was attacked,
 * for then A's finish was untouched and what B stores is right. Never anything weaker.
 */
import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { randomBytes } from '../bytes/random.ts';
import {
  attempt,
  type Attempt,
  failureOf,
  flightOf,
  FRAME_COUNT,
  outcomes,
  randomPsk,
  type Role,
  type Tap,
  type TappedFrame,
} from './handshake.fixture.ts';
import type { Psk } from './psk.ts';

const FRAMES = (['A', 'B'] as const).flatMap(from =>
  Array.from({ length: FRAME_COUNT[from] }, (_, index) => ({ from, index, flight: flightOf(from, index) })),
);

const psk = randomPsk(2);

/** Runs a handshake with a pair secret while `change` replaces the one frame. */
function attackFrame(
  target: { readonly from: Role; readonly index: number },
  change: (bytes: Uint8Array) => readonly Uint8Array[],
): Promise<Attempt> {
  const isTarget = (frame: TappedFrame): boolean =>
    frame.from === target.from && frame.index === target.index;
  const tap: Tap = frame => (isTarget(frame) ? change(frame.bytes) : [frame.bytes]);
  return attempt({ policyA: { psks: [psk] }, knownPsks: [psk], tap });
}

const FAILURES = ['protocol-error', 'profile-mismatch', 'aborted', 'channel-closed'];

function expectFailure(run: Attempt, flight: number, place = ''): void {
  expect(failureOf(run.a), place).to.be.oneOf(FAILURES);
  expect(run.commits.A).to.have.length(0);
  if (flight < 6) {
    expect(failureOf(run.b), place).to.be.oneOf(FAILURES);
    expect(run.commits.B).to.have.length(0);
  } else {
    expect(run.commits.B).to.have.length(1);
  }
}

/** Header bytes, the first and the last bytes, and some between, others in each run. */
function samplePositions(size: number): readonly number[] {
  const drawn = [...new Uint32Array(randomBytes(16).buffer)].map(number => number % size);
  const spread = [0, 1, 2, 3, 10, 11, 12, size >> 2, size >> 1, size - 17, size - 2, size - 1, ...drawn];
  return [...new Set(spread.filter(position => position < size))];
}

describe('handshake under attack', function () {
  this.timeout(60_000);

  for (const { from, index, flight } of FRAMES) {
    const name = `frame ${index} of ${from} (flight ${flight})`;

    it(`CC-HS-10: a flipped bit in ${name}, wherever, ends the handshake`, async () => {
      const { frames } = await attempt({ policyA: { psks: [psk] }, knownPsks: [psk] });
      const size = frames.find(frame => frame.from === from && frame.index === index)?.bytes.length ?? 0;
      expect(size).to.be.greaterThan(0);
      for (const position of samplePositions(size)) {
        const run = await attackFrame({ from, index }, bytes => [
          bytes.map((byte, i) => (i === position ? byte ^ 1 : byte)),
        ]);
        expectFailure(run, flight, `byte ${position}`);
        // A flipped hello never turns into a handshake without the PSK.
        expect(run.consentRequests === 0 || flight === 1).to.equal(true);
      }
    });

    it(`CC-HS-11: a truncated, extended, dropped or replaced ${name} ends the handshake`, async () => {
      const changes: readonly ((bytes: Uint8Array) => readonly Uint8Array[])[] = [
        bytes => [bytes.slice(0, -1)],
        bytes => [bytes.slice(0, 12)],
        () => [new Uint8Array(0)],
        bytes => [concat(bytes, Uint8Array.of(0))],
        bytes => [concat(bytes, Uint8Array.of(0x20))],
        () => [],
      ];
      for (const change of changes) expectFailure(await attackFrame({ from, index }, change), flight);
    });

    if (index < FRAME_COUNT[from] - 1) {
      it(`CC-HS-11: a repeated ${name} ends the handshake`, async () => {
        const run = await attackFrame({ from, index }, bytes => [bytes, bytes]);
        // The copy arrives where the sender's next frame is due.
        expectFailure(run, flightOf(from, index + 1));
      });
    }
  }

  it('CC-HS-11: the last frames, repeated, are refused by the sessions that follow', async () => {
    for (const from of ['A', 'B'] as const) {
      const run = await attempt();
      const { a, b } = outcomes(run);
      const last = run.frames.filter(frame => frame.from === from).at(-1);
      const receiver = from === 'A' ? b.session : a.session;
      receiver.attach({ emit: () => {}, nowMs: Date.now });
      expect(last).not.to.equal(undefined);
      expect(await receiver.open(last?.bytes ?? new Uint8Array(0))).to.deep.equal({ kind: 'rejected' });
    }
  });

  it('CC-HS-12: frames replayed from another connection of the same two end the handshake', async () => {
    const recorded = (await attempt({ policyA: { psks: [psk] }, knownPsks: [psk] })).frames;
    for (const { from, index, flight } of FRAMES) {
      const old = recorded.find(frame => frame.from === from && frame.index === index);
      const run = await attackFrame({ from, index }, () => (old === undefined ? [] : [old.bytes]));
      expectFailure(run, flight);
    }
  });

  it('CC-HS-12: all frames of a recorded A, replayed to B, lead nowhere', async () => {
    const recorded = (await attempt({ policyA: { psks: [psk] }, knownPsks: [psk] })).frames;
    const run = await attempt({
      policyA: { psks: [psk] },
      knownPsks: [psk],
      tap: ({ from, index, bytes }) => {
        if (from === 'B') return [bytes];
        return recorded.filter(old => old.from === 'A' && old.index === index).map(old => old.bytes);
      },
    });
    expectFailure(run, 1);
  });

  it('CC-HS-13: the frames of A reflected to A end the handshake', async () => {
    const fromA: Uint8Array[] = [];
    const run = await attempt({
      policyA: { psks: [psk] },
      knownPsks: [psk],
      tap: ({ from, index, bytes }) => {
        if (from === 'A') fromA.push(bytes);
        return from === 'A' ? [bytes] : fromA.slice(index, index + 1);
      },
    });
    expectFailure(run, 2);
  });

  it('CC-HS-14: a cleartext PDU or another hello after the hellos ends the handshake', async () => {
    const cleartext = new TextEncoder().encode('{"type":"mls-key-package-request","specVersion":"1.0"}');
    const asHello = concat(Uint8Array.of(1, 0), cleartext);
    for (const { from, index, flight } of FRAMES.filter(frame => frame.index > 0)) {
      expectFailure(await attackFrame({ from, index }, bytes => [cleartext, bytes]), flight);
      expectFailure(await attackFrame({ from, index }, bytes => [asHello, bytes]), flight);
    }
    let hello: Uint8Array = new Uint8Array(0);
    const run = await attempt({
      tap: ({ from, index, bytes }) => {
        if (from === 'A' && index === 0) hello = bytes;
        return from === 'A' && index === 1 ? [hello, bytes] : [bytes];
      },
    });
    expectFailure(run, 3);
  });

  it('CC-HS-15: two swapped frames of a flight end the handshake', async () => {
    let held: Uint8Array | null = null;
    const run = await attempt({
      tap: ({ from, index, bytes }) => {
        if (from !== 'A' || (index !== 1 && index !== 2)) return [bytes];
        if (held === null) {
          held = bytes;
          return [];
        }
        return [bytes, held];
      },
    });
    expectFailure(run, 3);
  });
});

describe('handshake between ends that see different connections', () => {
  const kinds: readonly { readonly name: string; readonly psks: readonly Psk[] }[] = [
    { name: 'without a PSK', psks: [] },
    { name: 'with an invite', psks: [randomPsk(1)] },
    { name: 'with a pair secret', psks: [randomPsk(2)] },
  ];
  const other = { id: 'c'.repeat(26), fingerprint: new Uint8Array(32).fill(0xc3) };

  for (const { name, psks } of kinds) {
    it(`CC-HS-16: a swapped fingerprint, peer id or role fails ${name}`, async () => {
      const differences = [
        { contextA: { localFingerprint: other.fingerprint } },
        { contextA: { remoteFingerprint: other.fingerprint } },
        { contextB: { localFingerprint: other.fingerprint } },
        { contextB: { remoteFingerprint: other.fingerprint } },
        { contextA: { localPeerId: other.id } },
        { contextA: { remotePeerId: other.id } },
        { contextB: { localPeerId: other.id } },
        { contextB: { remotePeerId: other.id } },
        {
          contextB: {
            localPeerId: 'a'.repeat(26),
            remotePeerId: 'b'.repeat(26),
            localFingerprint: new Uint8Array(32).fill(0xa1),
            remoteFingerprint: new Uint8Array(32).fill(0xb2),
          },
        },
      ];
      for (const difference of differences) {
        const run = await attempt({ policyA: { psks }, knownPsks: psks, ...difference });
        expect(failureOf(run.a)).to.be.oneOf(['protocol-error', 'channel-closed']);
        expect(failureOf(run.b)).to.be.oneOf(['protocol-error', 'channel-closed']);
        expect(run.commits).to.deep.equal({ A: [], B: [] });
        // With a PSK the binder alone stops it: B neither asks the person nor answers.
        if (psks.length > 0) expect(run.consentRequests).to.equal(0);
      }
    });
  }
});
