/** How long secrets live: nothing that was used up, and nothing of a handshake or session that ended, stays. */
import { expect } from '@esm-bundle/chai';
import { decodeBase64Url } from '../../bytes/base64url.ts';
import { utf8 } from '../../bytes/utf8.ts';
import { isAllZero } from '../../bytes/equal.ts';
import { wipe } from '../../bytes/wipe.ts';
import { acceptControl, renewKeys } from '../../cascade/control.ts';
import type { ControlStep, RenewalThresholds } from '../../cascade/control.ts';
import { decodeControlPdu } from '../../cascade/control-pdu.ts';
import { CONTENT_PDU } from '../../cascade/padding.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { openFrame, sealFrame, wipePairState } from '../../cascade/pair-state.ts';
import { CryptoCoreError } from '../../errors.ts';
import {
  attempt,
  defaultIdentities,
  FRAME_COUNT,
  outcomes,
  randomPsk,
} from '../../handshake/handshake.fixture.ts';
import type { HandshakeOutcome, HandshakeResult } from '../../handshake/types.ts';
import { decodeHello } from '../../handshake/hello.ts';
import { decodePdu } from '../../handshake/pdu-codec.ts';
import { mlsWelcome } from '../../handshake/pdus.ts';
import { generateX25519 } from '../../identity/x25519.ts';
import { decodeInvite } from '../../invite/invite.ts';
import { encapsulate, generateKemKeyPair } from '../../ml-kem/ml-kem-768.ts';
import { decodeMlsGroup } from '../../mls/group-codec.ts';
import { pqxdhRespond } from '../../signal/pqxdh.ts';
import { enkSignalEngine } from '../../signal/enk-engine.ts';
import { NO_RENEWAL, otherSide } from '../compromise/recording.ts';
import type { Side } from '../compromise/recording.ts';
import { watchSecrets } from '../lifetime/secret-watch.ts';
import type { SeenSecret } from '../lifetime/secret-watch.ts';
import { pathsNotWiped, secretsOf, walk } from '../lifetime/walk.ts';
import { makePairStates } from '../support/make-pair.ts';
import type { Both } from '../support/make-pair.ts';

const NOW_MS = Date.now();
const REKEY = { ...NO_RENEWAL, rekeyAfterMessages: 0 };
const ROTATE = { ...NO_RENEWAL, rotateAfterFrames: 0 };

/** A pair whose every commit is checked: what the old state had and the new one has not must be zero. */
class CheckedPair {
  pair: Both<PairState>;
  commits = 0;
  retired = 0;

  constructor(pair: Both<PairState>) {
    this.pair = pair;
  }

  async say(from: Side): Promise<void> {
    const sealed = await sealFrame(this.pair[from], CONTENT_PDU, utf8('secret'));
    this.#commit(from, { next: sealed.next, frames: [], consumed: sealed.consumed });
    const opened = await openFrame(this.pair[otherSide(from)], sealed.frame);
    this.#commit(otherSide(from), { next: opened.next, frames: [], consumed: opened.consumed });
  }

  /** Runs a renewal to its end. */
  async renew(from: Side, thresholds: RenewalThresholds): Promise<void> {
    const step = await renewKeys(this.pair[from], thresholds, NOW_MS);
    this.#commit(from, step);
    await this.deliver(otherSide(from), step.frames);
  }

  async deliver(to: Side, frames: ControlStep['frames']): Promise<void> {
    for (const frame of frames) {
      const opened = await openFrame(this.pair[to], frame);
      const step = await acceptControl(opened.next, opened.body.slice(), NO_RENEWAL, NOW_MS);
      this.#commit(to, { ...step, consumed: [...opened.consumed, ...step.consumed] });
      await this.deliver(otherSide(to), step.frames);
    }
  }

  #commit(side: Side, step: ControlStep): void {
    const before = secretsOf(this.pair[side]);
    const kept = new Set(secretsOf(step.next).map(({ bytes }) => bytes));
    this.pair = { ...this.pair, [side]: step.next };
    wipe(...step.consumed);
    const gone = before.filter(({ bytes }) => !kept.has(bytes));
    expect(pathsNotWiped(gone)).to.deep.equal([]);
    expect(pathsNotWiped(secretsOf(step.next)).length).to.be.greaterThan(10);
    this.commits++;
    this.retired += gone.length;
  }
}

/** Ends a session and forgets the result, as an owner does. */
async function end({ result, session }: HandshakeOutcome): Promise<void> {
  session.close();
  await session.open(new Uint8Array(0)).catch(() => undefined); // queued behind the closing
  wipe(result.pairSecret, result.exporter);
}

/** Every text that an error carries, its causes' and their properties' included. */
function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const own = Object.getOwnPropertyNames(error).map(name => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'object' ? textOf(value) : String(value);
  });
  return [String(error), ...own].join('\n');
}

async function errorOf(action: () => unknown): Promise<CryptoCoreError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof CryptoCoreError) return error;
    throw error;
  }
  throw new RangeError('nothing was thrown');
}

describe('lifetime of secrets', function () {
  this.timeout(120_000);

  it('CC-LIF-01: after every commit, every secret of the old state that the new one lacks is zero', async () => {
    const checked = new CheckedPair(await makePairStates(NOW_MS));
    for (const side of ['a', 'a', 'b', 'a', 'b', 'b'] as const) await checked.say(side);
    for (const [side, thresholds] of [
      ['b', REKEY],
      ['a', ROTATE],
      ['a', REKEY],
      ['b', ROTATE],
    ] as const) {
      await checked.renew(side, thresholds);
      for (const from of ['a', 'b', 'a'] as const) await checked.say(from);
    }
    expect(checked.commits).to.be.greaterThan(40);
    expect(checked.retired).to.be.greaterThan(120);
  });

  it('CC-LIF-02: the end of a session leaves no secret, with an offer and a rotation under way too', async () => {
    for (const thresholds of [NO_RENEWAL, REKEY, ROTATE]) {
      const pair = await makePairStates(NOW_MS);
      for (const state of [pair.a, pair.b]) {
        const { next } = await renewKeys(state, thresholds, NOW_MS);
        expect(pathsNotWiped(secretsOf(next)).length).to.be.greaterThan(10);
        wipePairState(next);
        expect(pathsNotWiped(secretsOf(next))).to.deep.equal([]);
      }
    }
  });

  it('CC-LIF-02: a handshake leaves no raw key, DH result, seed or draw behind, but what the MLS library keeps', async () => {
    await defaultIdentities();
    const psk = randomPsk(2);
    const { result, watch } = await watchSecrets(async () => {
      const run = outcomes(await attempt({ policyA: { psks: [psk] }, knownPsks: [psk] }));
      const frames: Uint8Array[] = [];
      run.a.session.attach({ emit: frame => void frames.push(frame), nowMs: Date.now });
      run.b.session.attach({ emit: () => undefined, nowMs: Date.now });
      await run.a.session.seal(utf8('secret'));
      const opened = await run.b.session.open(frames[0] ?? new Uint8Array(0));
      expect(opened.kind).to.equal('pdu');
      await end(run.a);
      await end(run.b);
      return run;
    });
    expect(watch.secrets.length).to.be.greaterThan(40);
    const isAlive = ({ bytes }: SeenSecret): boolean => bytes.some(byte => byte !== 0);
    // A hello's nonce and X-Wing's public keys are no secrets; ts-mls wipes nothing of its own.
    const isExcused = ({ stack }: SeenSecret): boolean =>
      /createHello|xWingPublicKey|x-wing|ts-mls/.test(stack);
    const left = watch.secrets.filter(seen => isAlive(seen) && !isExcused(seen));
    expect(left.map(({ how, stack }) => `${how}\n${stack}`)).to.deep.equal([]);
    const excused = watch.secrets.filter(seen => isAlive(seen));
    expect(excused.length).to.be.lessThan(watch.secrets.length / 3);
    expect(isAllZero(result.a.result.pairSecret)).to.equal(true);
  });

  it('CC-LIF-02: a handshake that fails leaves nothing, wherever it fails', async () => {
    await defaultIdentities();
    const isAlive = ({ bytes }: SeenSecret): boolean => bytes.some(byte => byte !== 0);
    const isExcused = ({ stack }: SeenSecret): boolean =>
      /createHello|xWingPublicKey|x-wing|ts-mls/.test(stack);
    for (const { from, index } of [
      ...Array.from({ length: FRAME_COUNT.A }, (_, index) => ({ from: 'A' as const, index })),
      ...Array.from({ length: FRAME_COUNT.B }, (_, index) => ({ from: 'B' as const, index })),
    ]) {
      const { result, watch } = await watchSecrets(() =>
        attempt({
          tap: frame => {
            const isTarget = frame.from === from && frame.index === index;
            return [isTarget ? frame.bytes.slice(0, -1) : frame.bytes];
          },
        }),
      );
      expect(result.a.status).to.equal('rejected');
      // In flight 6 B has finished: what it holds is a session's.
      if (result.b.status === 'fulfilled') await end(result.b.value);
      const left = watch.secrets.filter(seen => isAlive(seen) && !isExcused(seen));
      expect(left.map(({ how, stack }) => `${from} ${index}: ${how}\n${stack}`)).to.deep.equal([]);
    }
  });

  it('CC-LIF-02: neither does one whose commit fails, its result included', async () => {
    const results: HandshakeResult[] = [];
    const commit = (result: HandshakeResult): Promise<void> => {
      results.push(result);
      expect(isAllZero(result.pairSecret)).to.equal(false);
      return Promise.reject(new RangeError('storage is full'));
    };
    const { a, b } = await attempt({ policyB: { commit } });
    expect([a.status, b.status]).to.deep.equal(['rejected', 'rejected']);
    const run = await attempt({ policyA: { commit } });
    expect(run.a.status).to.equal('rejected');
    expect(results.length).to.equal(2);
    for (const { pairSecret, exporter } of results) {
      expect([isAllZero(pairSecret), isAllZero(exporter)]).to.deep.equal([true, true]);
    }
  });

  it('CC-LIF-02: PQXDH with a hostile ephemeral key leaves no DH result', async () => {
    const { A, B } = await defaultIdentities();
    const signedPrekey = await generateX25519();
    const kemPrekey = await generateKemKeyPair();
    const { ciphertext } = await encapsulate(kemPrekey.encapsulationKey);
    const { watch } = await watchSecrets(async () => {
      const respond = (): Promise<unknown> =>
        pqxdhRespond({
          identityDh: B.dhPrivate,
          signedPrekey,
          kemPrekeySeed: kemPrekey.seed,
          peerIdentityDh: A.dhKey,
          peerEphemeralKey: new Uint8Array(32),
          kemCiphertext: ciphertext,
        });
      expect((await errorOf(respond)).code).to.equal('protocol-error');
    });
    const derived = watch.secrets.filter(({ how }) => how.startsWith('derived'));
    expect(derived.length).to.equal(1);
    expect(derived.every(({ bytes }) => isAllZero(bytes))).to.equal(true);
  });

  it('CC-LIF-03: no CryptoKey of a session or of an identity can be exported', async () => {
    const { a, b } = await makePairStates(NOW_MS);
    const rotating = (await renewKeys(a, ROTATE, NOW_MS)).next;
    const { A } = await defaultIdentities();
    const keys = [a, b, rotating, A].flatMap(value => walk(value).keys);
    expect(keys.length).to.be.greaterThan(8);
    const open = keys.filter(({ key }) => key.type !== 'public' && key.extractable);
    expect(open.map(({ path }) => path)).to.deep.equal([]);
  });

  it('CC-LIF-03: of the keys that a handshake makes only those can be exported that are read out at once', async () => {
    await defaultIdentities();
    const { watch } = await watchSecrets(() => attempt());
    const open = watch.keys.filter(({ key }) => key.extractable).map(({ how }) => how);
    // Fresh leaf keys, which ts-mls wants as bytes.
    expect([...new Set(open)]).to.deep.equal(['generate Ed25519']);
    expect(watch.keys.length).to.be.greaterThan(20);
  });

  it('CC-LIF-04: no error holds anything of what a peer sent, nor of what was stored', async () => {
    const canary = 'canary-4711-canary';
    const json = utf8(`{"type":"${canary}","gen":${canary},"ek":"${canary}"`);
    const broken: Record<string, () => unknown> = {
      'control PDU': () => decodeControlPdu(json),
      'control PDU with a wrong type': () => decodeControlPdu(utf8(`{"type":"${canary}"}`)),
      'control PDU with wrong bytes': () =>
        decodeControlPdu(utf8(`{"type":"mlkem-key-exchange","gen":1,"ek":"${canary} "}`)),
      'handshake PDU': () => decodePdu(mlsWelcome, json),
      'handshake PDU of another type': () => decodePdu(mlsWelcome, utf8(`{"type":"${canary}"}`)),
      hello: () => decodeHello(new Uint8Array([1, 0, ...json]), enkSignalEngine.name),
      invite: () => decodeInvite(canary),
      'saved group': () => decodeMlsGroup(json),
    };
    for (const [name, action] of Object.entries(broken)) {
      const text = textOf(await errorOf(action));
      expect(text.includes('canary'), `${name}: ${text}`).to.equal(false);
    }
  });

  it('CC-LIF-04: an error of each layer is the constant text of its code', async () => {
    const { a, b } = await makePairStates(NOW_MS);
    const { frame } = await sealFrame(a, CONTENT_PDU, utf8('canary-4711'));
    for (let offset = 0; offset < frame.length; offset += 23) {
      const damaged = frame.slice();
      damaged[offset] = (damaged[offset] as number) ^ 1;
      const error = await errorOf(() => openFrame(b, damaged));
      expect(error.message).to.equal('The peer broke the protocol');
      expect(Object.keys(error).sort()).to.deep.equal(['code', 'name']);
      expect(textOf(error)).not.to.match(/canary|[0-9a-f]{24}|[A-Za-z0-9_-]{40}/);
    }
    expect(() => decodeBase64Url('A*')).to.throw('base64url character');
  });
});
