/** The whole handshake and cascade over each engine, and one engine against another. */
import { expect } from '@esm-bundle/chai';
import * as ownModule from '@enk/signal-engine';
import * as otherModule from '@enk/signal-libsignal';
import { libsignalEngine } from '@enk/signal-libsignal/engine';
import { concat } from '../../bytes/concat.ts';
import { decodeUtf8, utf8 } from '../../bytes/utf8.ts';
import type { PairSession } from '../../cascade/pair-session.ts';
import { attempt, failureOf, outcomes, randomPsk, type Tap } from '../../handshake/handshake.fixture.ts';
import type { SignalEngine } from '../../signal/engine.ts';
import { enkSignalEngine } from '../../signal/enk-engine.ts';

const ENGINES: readonly SignalEngine[] = [enkSignalEngine, libsignalEngine];

/** Connects two sessions back to back; gives what each side received. */
async function converse(a: PairSession, b: PairSession, texts: readonly string[]): Promise<string[][]> {
  const queues = { a: [] as Uint8Array[], b: [] as Uint8Array[] };
  a.attach({ emit: frame => void queues.b.push(frame), nowMs: Date.now });
  b.attach({ emit: frame => void queues.a.push(frame), nowMs: Date.now });
  const received: string[][] = [[], []];
  for (const text of texts) {
    await Promise.all([a.seal(utf8(text)), b.seal(utf8(text))]);
    while (queues.a.length + queues.b.length > 0) {
      for (const [index, session, queue] of [[0, a, queues.a] as const, [1, b, queues.b] as const]) {
        const frame = queue.shift();
        if (frame === undefined) continue;
        const result = await session.open(frame);
        expect(result.kind).not.to.equal('rejected');
        if (result.kind === 'pdu') received[index]?.push(decodeUtf8(result.bytes));
      }
    }
  }
  return received;
}

function run(a: SignalEngine, b: SignalEngine, tap?: Tap) {
  return attempt({
    contextA: { signalEngine: a },
    contextB: { signalEngine: b },
    ...(tap && { tap }),
  });
}

/** Rewrites the engine's name in a hello, in both directions. */
const renamed =
  (from: SignalEngine, to: SignalEngine): Tap =>
  ({ index, bytes }) => {
    if (index !== 0) return [bytes];
    const json = decodeUtf8(bytes.subarray(2)).replace(`"${from.name}"`, `"${to.name}"`);
    return [concat(bytes.subarray(0, 2), utf8(json))];
  };

for (const engine of ENGINES) {
  describe(`handshake and cascade over ${engine.name}`, function () {
    this.timeout(120_000);

    it('CC-ENG-02: both sides are Ready with the same secrets, and 120 messages pass each way, across rekeys', async () => {
      const { a, b } = outcomes(await run(engine, engine));
      expect(a.result.pairSecret).to.deep.equal(b.result.pairSecret);
      expect(a.result.exporter).to.deep.equal(b.result.exporter);
      const texts = Array.from({ length: 120 }, (_, i) => `message ${i}`);
      const received = await converse(a.session, b.session, texts);
      expect(received).to.deep.equal([texts, texts]);
      expect(a.session.stats.kemGeneration).to.be.above(0);
    });

    it('CC-ENG-02: a PSK does not change that', async () => {
      const psk = randomPsk(2);
      const settled = await attempt({
        contextA: { signalEngine: engine },
        contextB: { signalEngine: engine },
        policyA: { psks: [psk] },
        knownPsks: [psk],
      });
      expect(outcomes(settled).b.result.pskKind).to.equal(2);
    });

    it('CC-ENG-02: a changed byte of signal-session-complete ends it on both sides', async () => {
      const { a, b, commits } = await run(engine, engine, ({ from, index, bytes }) => {
        if (from !== 'A' || index !== 6) return [bytes];
        const damaged = bytes.slice();
        damaged[900] = (damaged[900] as number) ^ 1;
        return [damaged];
      });
      expect(failureOf(a)).not.to.equal(null);
      expect(failureOf(b)).to.equal('protocol-error');
      expect([...commits.A, ...commits.B]).to.deep.equal([]);
    });
  });
}

describe('two engines', () => {
  const [own, other] = ENGINES as readonly [SignalEngine, SignalEngine];

  for (const [a, b] of [
    [own, other],
    [other, own],
  ] as const) {
    it(`CC-ENG-01: ${a.name} and ${b.name} never reach Ready together, and are told why`, async () => {
      const { a: dialler, b: answerer, commits } = await run(a, b);
      expect(failureOf(answerer)).to.equal('profile-mismatch');
      expect(answerer).to.have.nested.property('reason.difference', 'engine');
      expect(failureOf(dialler)).not.to.equal(null);
      expect([...commits.A, ...commits.B]).to.deep.equal([]);
    });

    it(`CC-ENG-01: ${a.name} learns from ${b.name} why, if it proves a common secret, and nobody is asked`, async () => {
      const psk = randomPsk(2);
      const settled = await attempt({
        contextA: { signalEngine: a },
        contextB: { signalEngine: b },
        policyA: { psks: [psk] },
        knownPsks: [psk],
      });
      expect(failureOf(settled.a)).to.equal('profile-mismatch');
      expect(failureOf(settled.b)).to.equal('profile-mismatch');
      expect(settled.frames.map(({ from, index }) => `${from}${index}`)).to.deep.equal(['A0', 'B0']);
      expect([...settled.commits.A, ...settled.commits.B]).to.deep.equal([]);
    });

    it(`CC-ENG-01: without one, ${b.name} answers nothing and asks nobody`, async () => {
      const settled = await run(a, b);
      expect(settled.frames.map(({ from }) => from)).to.deep.equal(['A']);
      expect(settled.consentRequests).to.equal(0);
      const binderless = await attempt({
        contextA: { signalEngine: a },
        contextB: { signalEngine: b },
        policyA: { psks: [randomPsk(2)] },
      });
      expect(binderless.frames.map(({ from }) => from)).to.deep.equal(['A']);
    });

    it(`CC-ENG-01: nor when the channel renames ${a.name} to ${b.name} and back`, async () => {
      const there = renamed(a, b);
      const back = renamed(b, a);
      const settled = await run(a, b, frame => (frame.from === 'A' ? there(frame) : back(frame)));
      expect(failureOf(settled.a)).not.to.equal(null);
      expect(failureOf(settled.b)).not.to.equal(null);
      expect([...settled.commits.A, ...settled.commits.B]).to.deep.equal([]);
    });
  }
});

describe('modules that name an engine', () => {
  it('CC-ENG-04: name the engine that their worker has, and the same three constants', () => {
    expect(Object.keys(otherModule).sort()).to.deep.equal(Object.keys(ownModule).sort());
    expect(Object.keys(ownModule)).to.have.members(['SIGNAL_ENGINE', 'WORKER_INTEGRITY', 'WORKER_URL']);
    expect(ownModule.SIGNAL_ENGINE).to.equal(enkSignalEngine.name);
    expect(otherModule.SIGNAL_ENGINE).to.equal(libsignalEngine.name);
  });
});
