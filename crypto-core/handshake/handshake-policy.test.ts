/** Who may reach Ready with whom: PSKs, identities, invites, a broker in the middle, a crash between the commits. */
import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { decodeUtf8, utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import type { IdentityKeys } from '../identity/identity.ts';
import { computeSafetyNumber } from '../identity/safety-number.ts';
import {
  attempt,
  type Attempt,
  createIdentity,
  defaultIdentities,
  failureOf,
  outcomes,
  randomPsk,
} from './handshake.fixture.ts';
import { pairPsk, type Psk } from './psk.ts';
import type { HandshakeResult, InitiatorPolicy } from './types.ts';

/** Policy of a side that expects exactly this identity. */
function expecting(identity: IdentityKeys): Pick<InitiatorPolicy, 'authorize'> {
  return {
    authorize: async peer => {
      if (encodeHex(peer.identityKey) !== encodeHex(identity.identityKey)) {
        throw new CryptoCoreError('identity-refused');
      }
    },
  };
}

/** What the two sides of one handshake sent, by direction. */
function framesFrom(run: Attempt, from: 'A' | 'B'): number {
  return run.frames.filter(frame => frame.from === from).length;
}

describe('choice of the PSK', () => {
  it('CC-HS-06: B takes the first that it knows, in the order of A', async () => {
    const [unknown, second, third] = [randomPsk(2), randomPsk(2), randomPsk(1)];
    const run = await attempt({
      policyA: { psks: [unknown, second, third] },
      knownPsks: [third, second],
    });
    const { a, b } = outcomes(run);
    expect(a.result.psk).to.equal(second);
    expect(b.result.psk).to.equal(second);
    expect(run.consentRequests).to.equal(0);
  });

  it('CC-HS-07: a known id with another secret ends the handshake; nobody is asked, nothing is answered', async () => {
    const psk = randomPsk(1);
    const run = await attempt({
      policyA: { psks: [{ ...psk, secret: randomBytes(32) }] },
      knownPsks: [psk],
    });
    expect(failureOf(run.b)).to.equal('protocol-error');
    expect(run.consentRequests).to.equal(0);
    expect(framesFrom(run, 'B')).to.equal(0);
  });

  it('CC-HS-07: PSKs that the channel takes out of a hello do not lead to a handshake without them', async () => {
    const psk = randomPsk(2);
    for (const side of ['A', 'B'] as const) {
      const run = await attempt({
        policyA: { psks: [psk] },
        knownPsks: [psk],
        tap: ({ from, index, bytes }) => {
          if (from !== side || index !== 0) return [bytes];
          const json = decodeUtf8(bytes.slice(2)).replace(/"psks":.*/, '"psks":[]}');
          return [concat(bytes.slice(0, 2), utf8(json))];
        },
      });
      expect(failureOf(run.b)).to.equal('protocol-error');
      expect(failureOf(run.a)).to.equal('channel-closed');
      expect(run.commits).to.deep.equal({ A: [], B: [] });
      // Flights 1 and 3: no identity.
      expect(framesFrom(run, 'A')).to.be.lessThan(5);
      expect(framesFrom(run, 'B')).to.equal(1);
    }
  });

  it('CC-HS-08: A stops when B does not know the invite, without saying who it is', async () => {
    const run = await attempt({ policyA: { psks: [randomPsk(1)] } });
    expect(run.consentRequests).to.equal(1);
    expect(failureOf(run.a)).to.equal('no-common-psk');
    expect(framesFrom(run, 'A')).to.equal(1);
  });

  it('CC-HS-08: an unknown pair secret leads to kind 0, which both results show', async () => {
    const { A, B } = await defaultIdentities();
    const run = await attempt({
      policyA: { psks: [randomPsk(2), randomPsk(2), randomPsk(1)], ...expecting(B) },
      policyB: expecting(A),
    });
    const { a, b } = outcomes(run);
    expect([a.result.pskKind, b.result.pskKind]).to.deep.equal([0, 0]);
    expect([a.result.psk, b.result.psk]).to.deep.equal([null, null]);
    expect(run.consentRequests).to.equal(1);
  });

  it('CC-HS-09: B sends nothing before the person consents, and nothing when they refuse', async () => {
    const run = await attempt({ policyB: { requestConsent: () => Promise.reject(new Error('refused')) } });
    expect(failureOf(run.b)).to.equal('refused');
    expect(failureOf(run.a)).to.equal('channel-closed');
    expect(framesFrom(run, 'B')).to.equal(0);
  });

  it('CC-HS-05: more than three PSKs, or one of a wrong length, are an error of the caller', async () => {
    const four = [randomPsk(1), randomPsk(1), randomPsk(1), randomPsk(1)];
    const short = [{ ...randomPsk(1), secret: randomBytes(31) }];
    for (const psks of [four, short]) {
      const run = await attempt({ policyA: { psks } });
      expect(failureOf(run.a)).to.equal('invalid-argument');
      expect(run.frames).to.have.length(0);
    }
  });
});

describe('identity policy', () => {
  it('CC-HS-17: a stranger at the address of a contact never learns who dialled', async () => {
    const contact = await createIdentity();
    const run = await attempt({ policyA: { psks: [randomPsk(2)], ...expecting(contact) } });
    expect(failureOf(run.a)).to.equal('identity-refused');
    expect(run.commits).to.deep.equal({ A: [], B: [] });
    // Flights 1 and 3 only: the identity of A is in flight 5.
    expect(framesFrom(run, 'A')).to.equal(4);
  });

  it('CC-HS-17: B refuses an identity before it commits or sends flight 6', async () => {
    const contact = await createIdentity();
    const run = await attempt({ policyB: expecting(contact) });
    expect(failureOf(run.b)).to.equal('identity-refused');
    expect(run.commits).to.deep.equal({ A: [], B: [] });
    expect(framesFrom(run, 'B')).to.equal(4);
  });

  it('CC-HS-18: our own identity on the far side is refused by either side', async () => {
    const { A, B } = await defaultIdentities();
    const same = await attempt({ identityA: A, identityB: A });
    expect(failureOf(same.a)).to.equal('own-identity');
    expect(same.commits).to.deep.equal({ A: [], B: [] });
    outcomes(await attempt({ identityA: A, identityB: B }));
  });

  it('CC-HS-19: a device certificate of another identity is refused', async () => {
    const { B } = await defaultIdentities();
    const mallory = await createIdentity();
    const forged = [
      { ...mallory, identityKey: B.identityKey },
      { ...mallory, dhKey: B.dhKey },
      { ...mallory, deviceCertificate: B.deviceCertificate },
      { ...B, sign: mallory.sign },
    ];
    for (const identity of forged) {
      for (const side of [
        { identityA: identity, identityB: await createIdentity() },
        { identityB: identity },
      ]) {
        const run = await attempt(side);
        const failures = [failureOf(run.a), failureOf(run.b)];
        expect(failures).to.include('protocol-error');
        expect(run.commits).to.deep.equal({ A: [], B: [] });
      }
    }
  });

  for (const [prekey, sizeBytes] of [
    ['X25519', 32],
    ['ML-KEM', 1184],
  ] as const) {
    it(`CC-HS-19: a ${prekey} prekey whose signature does not verify ends the handshake before A says who it is`, async () => {
      const { B } = await defaultIdentities();
      const sign: typeof B.sign = async (context, message) => {
        const signature = await B.sign(context, message);
        const isMeant = context === 'pqxdh prekey' && message.length === sizeBytes + 32;
        return isMeant ? signature.map(byte => byte ^ 1) : signature;
      };
      const run = await attempt({ identityB: { ...B, sign } });
      expect(failureOf(run.a)).to.equal('protocol-error');
      expect(framesFrom(run, 'A')).to.equal(4);
      expect(run.commits).to.deep.equal({ A: [], B: [] });
    });
  }
});

describe('invite', () => {
  it('CC-INV-05: used by one identity, it is refused to another and may be retried by the first', async () => {
    const invite = randomPsk(1);
    let consumedBy: string | null = null;
    const policyB = {
      authorize: async (peer: { readonly identityKey: Uint8Array }): Promise<void> => {
        const isOther = consumedBy !== null && consumedBy !== encodeHex(peer.identityKey);
        if (isOther) throw new CryptoCoreError('identity-refused');
      },
      commit: async ({ peer }: HandshakeResult): Promise<void> => {
        consumedBy = encodeHex(peer.identityKey);
      },
    };
    const common = { policyA: { psks: [invite] }, policyB, knownPsks: [invite] };
    const [first, second] = [await createIdentity(), await createIdentity()];
    outcomes(await attempt({ ...common, identityA: first }));
    const stranger = await attempt({ ...common, identityA: second });
    expect(failureOf(stranger.b)).to.equal('identity-refused');
    expect(failureOf(stranger.a)).to.equal('channel-closed');
    outcomes(await attempt({ ...common, identityA: first }));
  });
});

describe('a broker in the middle with an identity of its own', () => {
  const fingerprint = new Uint8Array(32).fill(0xee);

  /** The broker ends A's connection as B, and B's connection as A. */
  async function interpose(
    psks: readonly Psk[],
    known: readonly Psk[],
  ): Promise<readonly [Attempt, Attempt]> {
    const mallory = await createIdentity();
    const towardsA = attempt({
      identityB: mallory,
      policyA: { psks },
      contextA: { remoteFingerprint: fingerprint },
      contextB: { localFingerprint: fingerprint },
    });
    const towardsB = attempt({
      identityA: mallory,
      knownPsks: known,
      contextA: { localFingerprint: fingerprint },
      contextB: { remoteFingerprint: fingerprint },
    });
    return [await towardsA, await towardsB];
  }

  it('CC-HS-23: with an invite, A stops before it says who it is', async () => {
    const invite = randomPsk(1);
    const [towardsA] = await interpose([invite], [invite]);
    expect(failureOf(towardsA.a)).to.equal('no-common-psk');
    expect(framesFrom(towardsA, 'A')).to.equal(1);
  });

  it('CC-HS-23: relaying the hellos between two ends with other fingerprints fails at the binder', async () => {
    for (const psk of [randomPsk(1), randomPsk(2)]) {
      const run = await attempt({
        policyA: { psks: [psk] },
        knownPsks: [psk],
        contextA: { remoteFingerprint: fingerprint },
        contextB: { remoteFingerprint: fingerprint },
      });
      expect(failureOf(run.b)).to.equal('protocol-error');
      expect(framesFrom(run, 'B')).to.equal(0);
    }
  });

  it('CC-HS-23: for a known contact, A refuses the identity and has not said its own', async () => {
    const { B } = await defaultIdentities();
    const mallory = await createIdentity();
    const run = await attempt({
      identityB: mallory,
      policyA: { psks: [randomPsk(2)], ...expecting(B) },
    });
    expect(failureOf(run.a)).to.equal('identity-refused');
    expect(framesFrom(run, 'A')).to.equal(4);
  });

  it('CC-HS-23: with a stolen identity key but no private key, A stops at flight 4', async () => {
    const { B } = await defaultIdentities();
    const mallory = await createIdentity();
    const run = await attempt({
      identityA: await createIdentity(),
      identityB: { ...B, sign: mallory.sign },
      policyA: { psks: [randomPsk(2)], ...expecting(B) },
    });
    expect(failureOf(run.a)).to.equal('protocol-error');
    expect(framesFrom(run, 'A')).to.equal(4);
  });

  it('CC-ID-08: on first use without a PSK it succeeds, and the safety numbers differ', async () => {
    const { A, B } = await defaultIdentities();
    const [towardsA, towardsB] = await interpose([], []);
    const seenByA = outcomes(towardsA).a.result.peer.identityKey;
    const seenByB = outcomes(towardsB).b.result.peer.identityKey;
    const shownToA = computeSafetyNumber(A.identityKey, seenByA);
    const shownToB = computeSafetyNumber(B.identityKey, seenByB);
    expect(shownToA.digits).not.to.equal(shownToB.digits);
    expect(encodeHex(shownToA.qr)).not.to.equal(encodeHex(shownToB.qr));
  });
});

describe('a crash between the two commits', () => {
  /** B's store: pair secrets of this contact, newest first, and the invite. */
  it('CC-HS-24: A, which did not commit, reaches B again by what it still has', async () => {
    const invite = randomPsk(1);
    const stored = { A: [] as Psk[], B: [] as Psk[] };
    const redial = (tapDropsLast: boolean): Promise<Attempt> =>
      attempt({
        policyA: {
          psks: [...stored.A.slice(0, 2), invite],
          commit: async ({ pairSecret }) => void stored.A.unshift(pairPsk(pairSecret)),
        },
        policyB: { commit: async ({ pairSecret }) => void stored.B.unshift(pairPsk(pairSecret)) },
        knownPsks: [...stored.B.slice(0, 2), invite],
        tap: ({ from, index, bytes }) => (tapDropsLast && from === 'B' && index === 6 ? [] : [bytes]),
      });

    const first = await redial(true);
    expect(failureOf(first.a)).to.equal('aborted');
    expect([stored.A.length, stored.B.length]).to.deep.equal([0, 1]);

    const second = outcomes(await redial(false));
    expect(second.a.result.pskKind).to.equal(1);

    const third = await redial(true);
    expect(failureOf(third.a)).to.equal('aborted');
    expect([stored.A.length, stored.B.length]).to.deep.equal([1, 3]);

    // A holds what B holds as its previous generation.
    const fourth = outcomes(await redial(false));
    expect(fourth.a.result.pskKind).to.equal(2);
    expect(encodeHex(fourth.b.result.psk?.id ?? new Uint8Array(0))).to.equal(
      encodeHex(stored.B[2]?.id ?? new Uint8Array(1)),
    );
    const fifth = outcomes(await redial(false));
    expect(fifth.a.result.psk?.id).to.deep.equal(fifth.b.result.psk?.id);
  });
});
