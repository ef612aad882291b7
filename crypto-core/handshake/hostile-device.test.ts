/**
 * A peer with valid keys that lies in one place only: everything after the lie is consistent with it, so that one check
 * alone stands in its way. Each of these tests fails when that check is removed.
 */
import { expect } from '@esm-bundle/chai';
import { randomBytes } from '../bytes/random.ts';
import { encodeHelloFrame } from '../frame/frame.ts';
import { generateIdentitySecrets, importIdentity } from '../identity/identity.ts';
import { createInitiatorRatchet } from '../signal/double-ratchet.ts';
import type { SignalEngine } from '../signal/engine.ts';
import { enkSignalEngine } from '../signal/enk-engine.ts';
import { pqxdhInitiate } from '../signal/pqxdh.ts';
import { signalLayer } from '../signal/signal-layer.ts';
import { concat } from '../bytes/concat.ts';
import { SPEC_VERSION as specVersion } from '../profile.ts';
import type { Attempt, TappedFrame } from './handshake.fixture.ts';
import {
  attempt,
  createIdentity,
  defaultIdentities,
  failureOf,
  outcomes,
  PEER_IDS,
  randomPsk,
} from './handshake.fixture.ts';
import { createHello, decodeHello, hashHello } from './hello.ts';
import type { HandshakePdu } from './pdus.ts';
import * as pdus from './pdus.ts';
import { SealedFlights } from './sealed-flights.ts';
import { encodePrologue } from './transcript.ts';

/** Runs `action` while every side sends what `change` makes of each PDU, and hashes what it sent. */
async function whileSending<T>(
  change: (pdu: HandshakePdu) => HandshakePdu,
  action: () => Promise<T>,
): Promise<T> {
  const honest = SealedFlights.prototype.send;
  SealedFlights.prototype.send = function (pdu) {
    return honest.call(this, change(pdu));
  };
  try {
    return await action();
  } finally {
    SealedFlights.prototype.send = honest;
  }
}

/** The default engine, but its first message says `plaintext`. */
function engineThatSays(plaintext: Uint8Array): SignalEngine<unknown> {
  return {
    ...(enkSignalEngine as SignalEngine<unknown>),
    async initiate({ identity, sessionId, peerIdentityDh, peerSignedPrekey, peerKemPrekey }) {
      const keys = { identityDh: identity.dhPrivate, peerIdentityDh, peerSignedPrekey, peerKemPrekey };
      const { secret, ephemeralKey, kemCiphertext } = await pqxdhInitiate(keys);
      const associatedData = concat(identity.dhKey, peerIdentityDh, sessionId);
      const created = await createInitiatorRatchet({ secret, peerSignedPrekey, associatedData });
      const { next: state, bytes: message } = await signalLayer.seal(created, plaintext);
      return { state, ephemeralKey, kemCiphertext, message, exportKey: secret.exportKey };
    },
  };
}

function framesOf({ frames }: Attempt, from: TappedFrame['from']): number {
  return frames.filter(frame => frame.from === from).length;
}

describe('a device that lies in one place', function () {
  this.timeout(60_000);

  it('CC-HS-21: B must answer the epoch authenticator of this very group, also under a finish that fits', async () => {
    const flip = (pdu: HandshakePdu): HandshakePdu =>
      pdu.type === 'mls-welcome-ack'
        ? {
            ...pdu,
            epochAuthenticator: pdu.epochAuthenticator.map((byte, i) => (i === 63 ? byte ^ 1 : byte)),
          }
        : pdu;
    const run = await whileSending(flip, () => attempt());
    expect(failureOf(run.a)).to.equal('protocol-error');
    expect(run.commits.A).to.have.length(0);
    outcomes(
      await whileSending(
        pdu => pdu,
        () => attempt(),
      ),
    );
  });

  it('CC-HS-21: the first Double Ratchet message must say TH0', async () => {
    for (const plaintext of [randomBytes(32), new Uint8Array(0)]) {
      const run = await attempt({ contextA: { signalEngine: engineThatSays(plaintext) } });
      expect(failureOf(run.b)).to.equal('protocol-error');
      expect(run.commits).to.deep.equal({ A: [], B: [] });
    }
  });

  it('CC-HS-18: another identity that certified our DH key is refused by either side', async () => {
    const { ed25519Seed } = await generateIdentitySecrets();
    const ours = await generateIdentitySecrets();
    const own = await importIdentity(ours);
    const copier = await importIdentity({ ed25519Seed, x25519Secret: ours.x25519Secret });
    const dialled = await attempt({ identityA: own, identityB: copier });
    expect(failureOf(dialled.a)).to.equal('own-identity');
    const answered = await attempt({ identityA: copier, identityB: own, contextA: { identity: copier } });
    expect([failureOf(answered.a), failureOf(answered.b)]).to.include('own-identity');
    expect([...dialled.commits.A, ...answered.commits.A, ...answered.commits.B]).to.have.length(0);
  });

  it('CC-HS-06: B may name one PSK alone; A sends nothing after a hello with two', async () => {
    const psks = [randomPsk(2), randomPsk(2)];
    const prologue = encodePrologue(
      { peerId: PEER_IDS.A, fingerprint: new Uint8Array(32).fill(0xa1) },
      { peerId: PEER_IDS.B, fingerprint: new Uint8Array(32).fill(0xb2) },
    );
    const answer = async (named: typeof psks): Promise<Attempt> => {
      let helloA: Uint8Array = new Uint8Array(0);
      return attempt({
        policyA: { psks },
        knownPsks: psks,
        tap: ({ from, index, bytes }) => {
          if (index !== 0) return [bytes];
          if (from === 'A') {
            helloA = bytes;
            return [bytes];
          }
          const engine = enkSignalEngine.name;
          const { ephemeralKey } = decodeHello(bytes, engine).hello;
          const bound = [prologue, hashHello(decodeHello(helloA, engine))];
          return [
            encodeHelloFrame(createHello({ role: 'B', engine, ephemeralKey, psks: named, bound }).json),
          ];
        },
      });
    };
    const two = await answer(psks);
    expect(failureOf(two.a)).to.equal('protocol-error');
    expect(framesOf(two, 'A')).to.equal(1);
    // The same hello with one of them is taken: nothing else was wrong with it.
    expect(framesOf(await answer(psks.slice(0, 1)), 'A')).to.equal(4);
  });

  it('CC-HS-13: what a side sealed does not open at that side, with every kind of PSK', async () => {
    const secrets = { handshakeKeyA: randomBytes(32), handshakeKeyB: randomBytes(32), s0: randomBytes(32) };
    const sent: Uint8Array[] = [];
    const channel = { send: (frame: Uint8Array) => void sent.push(frame), receive: async () => sent[0]! };
    const { signal } = new AbortController();
    const flights = (role: 'A' | 'B'): Promise<SealedFlights> =>
      SealedFlights.create({ channel, signal, role, secrets });
    const a = await flights('A');
    await a.send({ type: 'mls-key-package-request', specVersion });
    const reflected = await a.receive(pdus.mlsKeyPackageRequest).catch((error: unknown) => error);
    expect(reflected).to.have.property('code', 'protocol-error');
    const { pdu } = await (await flights('B')).receive(pdus.mlsKeyPackageRequest);
    expect(pdu.type).to.equal('mls-key-package-request');

    const fromA: Uint8Array[] = [];
    const run = await attempt({
      tap: ({ from, bytes }) => {
        if (from === 'A') fromA.push(bytes);
        return from === 'A' ? [bytes] : fromA.splice(0, 1);
      },
    });
    expect(failureOf(run.a)).to.be.oneOf(['protocol-error', 'aborted', 'channel-closed']);
    expect(run.commits).to.deep.equal({ A: [], B: [] });
  });

  it('CC-HS-19: the identity that certified a device is the one that signs its finish', async () => {
    const { A } = await defaultIdentities();
    const mallory = await createIdentity();
    const sign: typeof A.sign = (context, message) =>
      (context === 'finish A' ? mallory : A).sign(context, message);
    const run = await attempt({ identityA: { ...A, sign } });
    expect(failureOf(run.b)).to.equal('protocol-error');
    expect(run.commits).to.deep.equal({ A: [], B: [] });
  });
});
