/** Two sides reach Ready with every kind of PSK, agree on everything, and talk. */
import { expect } from '@esm-bundle/chai';
import { encodeBase64Url } from '../bytes/base64url.ts';
import { encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { decodeUtf8, utf8 } from '../bytes/utf8.ts';
import type { PairSession } from '../cascade/pair-session.ts';
import {
  attempt,
  type Attempt,
  defaultIdentities,
  failureOf,
  FRAME_COUNT,
  outcomes,
  randomPsk,
} from './handshake.fixture.ts';
import { pairPsk, type Psk } from './psk.ts';

const KINDS: readonly { readonly name: string; readonly psk: Psk | null }[] = [
  { name: 'no PSK', psk: null },
  { name: 'an invite', psk: randomPsk(1) },
  { name: 'a pair secret', psk: pairPsk(randomBytes(32)) },
];

function attemptWith(psk: Psk | null): Promise<Attempt> {
  const psks = psk === null ? [] : [psk];
  return attempt({ policyA: { psks }, knownPsks: psks });
}

describe('handshake', () => {
  for (const { name, psk } of KINDS) {
    it(`CC-HS-01: two sides reach Ready with ${name} and agree on everything`, async () => {
      const identities = await defaultIdentities();
      const run = await attemptWith(psk);
      const { a, b } = outcomes(run);
      expect(run.consentRequests).to.equal(psk === null ? 1 : 0);
      expect([a.result.role, b.result.role]).to.deep.equal(['A', 'B']);
      expect(a.result.pskKind).to.equal(psk?.kind ?? 0);
      expect(b.result.pskKind).to.equal(psk?.kind ?? 0);
      expect(a.result.psk).to.equal(psk);
      expect(a.result.peer.identityKey).to.deep.equal(identities.B.identityKey);
      expect(b.result.peer.identityKey).to.deep.equal(identities.A.identityKey);
      expect(a.result.peer.dhKey).to.deep.equal(identities.B.dhKey);
      expect(b.result.peer.dhKey).to.deep.equal(identities.A.dhKey);
      for (const field of ['sessionId', 'pairSecret', 'exporter'] as const) {
        expect(a.result[field]).to.have.length(32);
        expect(encodeHex(a.result[field])).to.equal(encodeHex(b.result[field]));
        expect(a.result[field].some(byte => byte !== 0)).to.equal(true);
      }
      expect(run.commits.A).to.have.length(1);
      expect(run.commits.B).to.have.length(1);
    });
  }

  it('CC-HS-02: consists of one hello each and four sealed flights, fifteen frames', async () => {
    const { frames } = await attempt();
    expect(frames.filter(frame => frame.from === 'A')).to.have.length(FRAME_COUNT.A);
    expect(frames.filter(frame => frame.from === 'B')).to.have.length(FRAME_COUNT.B);
    for (const { index, bytes } of frames) expect(bytes[1]).to.equal(index === 0 ? 0 : 1);
  });

  it('CC-HS-02: shows no identity, certificate or PDU type of the sealed flights on the wire', async () => {
    const { A, B } = await defaultIdentities();
    const { frames } = await attempt();
    const wire = frames.map(frame => encodeHex(frame.bytes)).join('');
    const isOnWire = (bytes: Uint8Array): boolean => wire.includes(encodeHex(bytes));
    // The canary: a PDU type that does travel in clear is found by the same scan.
    expect(isOnWire(utf8('"type":"hello"'))).to.equal(true);
    for (const key of [A.identityKey, B.identityKey, A.dhKey, B.dhKey]) {
      expect(isOnWire(key)).to.equal(false);
      expect(isOnWire(utf8(encodeBase64Url(key).slice(4, 40)))).to.equal(false);
    }
    for (const type of ['mls-', 'signal-key', 'signal-session', 'mlkem-', 'handshake-finish']) {
      expect(isOnWire(utf8(type))).to.equal(false);
    }
  });

  it('CC-HS-02: the size of a frame does not tell whether a side knows the other', async () => {
    const sizes = async (knows: boolean): Promise<readonly number[]> => {
      const run = await attempt({
        policyA: { knowsPeer: knows },
        policyB: { knowsPeer: async () => knows },
      });
      outcomes(run);
      return run.frames.map(frame => frame.bytes.length);
    };
    expect(await sizes(true)).to.deep.equal(await sizes(false));
  });

  it('CC-HS-20: tells each side whether the other knew it', async () => {
    const seen: Uint8Array[] = [];
    const run = await attempt({
      policyA: { knowsPeer: true },
      policyB: { knowsPeer: async key => seen.push(key) < 0 },
    });
    const { a, b } = outcomes(run);
    expect(b.result.peerKnowsUs).to.equal(true);
    expect(a.result.peerKnowsUs).to.equal(false);
    expect(seen).to.deep.equal([(await defaultIdentities()).A.identityKey]);
  });

  it('CC-KS-06: two connections of the same two share no secret', async () => {
    const psk = randomPsk(2);
    const first = outcomes(await attemptWith(psk)).a.result;
    const second = outcomes(await attemptWith(psk)).a.result;
    for (const field of ['sessionId', 'pairSecret', 'exporter'] as const) {
      expect(encodeHex(first[field])).not.to.equal(encodeHex(second[field]));
    }
  });

  it('CC-HS-21: B commits before flight 6, A before it returns', async () => {
    const order: string[] = [];
    const run = await attempt({
      tap: frame => {
        if (frame.from === 'B' && frame.index >= 4) order.push('flight 6');
        return [frame.bytes];
      },
      policyA: { commit: async () => void order.push('A commits') },
      policyB: { commit: async () => void order.push('B commits') },
    });
    outcomes(run);
    expect(order).to.deep.equal(['B commits', 'flight 6', 'flight 6', 'flight 6', 'A commits']);
  });

  it('CC-HS-21: when the commit of B fails, flight 6 is not sent and A commits nothing', async () => {
    const run = await attempt({ policyB: { commit: () => Promise.reject(new Error('disk full')) } });
    expect(failureOf(run.b)).to.equal('disk full');
    expect(failureOf(run.a)).to.equal('channel-closed');
    expect(run.commits.A).to.have.length(0);
    expect(run.frames.filter(frame => frame.from === 'B')).to.have.length(4);
  });

  it('CC-HS-22: an abort ends either side with the code aborted', async () => {
    const abort = new AbortController();
    const run = await attempt({
      contextA: { signal: abort.signal },
      contextB: { signal: abort.signal },
      policyB: {
        requestConsent: () => {
          abort.abort();
          return new Promise(() => {});
        },
      },
    });
    expect(failureOf(run.a)).to.equal('aborted');
    expect(failureOf(run.b)).to.equal('aborted');
  });
});

describe('session after a handshake', () => {
  it('CC-HS-01: both sides talk at once, every message arrives once and in order', async () => {
    const { a, b } = outcomes(await attempt({ policyA: { psks: [] } }));
    const received = await converse(a.session, b.session, 40);
    const expected = (name: string): readonly string[] =>
      Array.from({ length: 40 }, (_, i) => `${name} says ${i} ✓`);
    expect(received.b).to.deep.equal(expected('a'));
    expect(received.a).to.deep.equal(expected('b'));
    a.session.close();
    b.session.close();
  });

  it('CC-HS-01: B may speak first', async () => {
    const { a, b } = outcomes(await attempt());
    const opened = new Promise(resolve => {
      b.session.attach({ emit: frame => void a.session.open(frame).then(resolve), nowMs: Date.now });
      a.session.attach({ emit: () => {}, nowMs: Date.now });
    });
    await b.session.seal(utf8('first'));
    expect(await opened).to.deep.equal({ kind: 'pdu', bytes: utf8('first') });
  });
});

/** Both sides send `count` messages at once; resolves with what arrived. */
async function converse(a: PairSession, b: PairSession, count: number): Promise<Record<'a' | 'b', string[]>> {
  // A rejected frame ends its session, so that messages would be missing and the test would hang.
  const received = { a: [] as string[], b: [] as string[] };
  const link = (from: PairSession, to: PairSession, name: 'a' | 'b', done: () => void): void =>
    from.attach({
      nowMs: Date.now,
      emit: frame =>
        void to.open(frame).then(opened => {
          if (opened.kind === 'pdu') received[name].push(decodeUtf8(opened.bytes));
          if (received.a.length === count && received.b.length === count) done();
        }),
    });
  await new Promise<void>(done => {
    link(a, b, 'b', done);
    link(b, a, 'a', done);
    for (let i = 0; i < count; i++) {
      void a.seal(utf8(`a says ${i} ✓`));
      void b.seal(utf8(`b says ${i} ✓`));
    }
  });
  return received;
}
