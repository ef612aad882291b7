/**
 * Two ends of a session without the wire handshake: the four real layer setups, with random bytes in
 * the place of the transcript hashes and of the master secret. For tests and benches only.
 */
import { concat } from '../../bytes/concat.ts';
import { randomBytes } from '../../bytes/random.ts';
import { createPairState } from '../../cascade/pair-state.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { generateIdentitySecrets, importIdentity } from '../../identity/identity.ts';
import type { IdentityKeys } from '../../identity/identity.ts';
import { generateX25519 } from '../../identity/x25519.ts';
import { deriveKemSecrets } from '../../ml-kem/kem-ratchet.ts';
import { decapsulate, encapsulate, generateKemKeyPair } from '../../ml-kem/ml-kem-768.ts';
import type { MlsState } from '../../mls/mls-state.ts';
import { createPairGroup, generatePairKeyPackage, joinPairGroup } from '../../mls/pair-group.ts';
import { createInitiatorRatchet, createResponderRatchet } from '../../signal/double-ratchet.ts';
import type { SignalState } from '../../signal/double-ratchet.ts';
import type { SignalEngine } from '../../signal/engine.ts';
import { enkSignalEngine } from '../../signal/enk-engine.ts';
import { pqxdhInitiate, pqxdhRespond } from '../../signal/pqxdh.ts';

/** Something for each side. */
export interface Both<T> {
  readonly a: T;
  readonly b: T;
}

export async function makeIdentity(): Promise<IdentityKeys> {
  return importIdentity(await generateIdentitySecrets());
}

/** Both ends of a pair's MLS group. */
export async function makeMlsPair(
  identities: Both<IdentityKeys>,
  groupId = randomBytes(32),
): Promise<Both<MlsState>> {
  const nowMs = Date.now();
  const keyPackage = await generatePairKeyPackage({ identity: identities.b, nowMs });
  const created = await createPairGroup({
    groupId,
    identity: identities.a,
    peerKeyPackage: keyPackage.publicBytes,
    expectedPeerIdentity: identities.b.identityKey,
    nowMs,
  });
  const { welcome, ratchetTree } = created;
  const expectedPeerIdentity = identities.a.identityKey;
  const b = await joinPairGroup({ keyPackage, welcome, ratchetTree, groupId, expectedPeerIdentity, nowMs });
  return { a: created.state, b };
}

/** Both ends of a Double Ratchet after PQXDH. */
export async function makeSignalPair(
  identities: Both<IdentityKeys>,
  sessionId: Uint8Array,
): Promise<Both<SignalState>> {
  const signedPrekey = await generateX25519();
  const kemPrekey = await generateKemKeyPair();
  const initiation = await pqxdhInitiate({
    identityDh: identities.a.dhPrivate,
    peerIdentityDh: identities.b.dhKey,
    peerSignedPrekey: signedPrekey.publicKey,
    peerKemPrekey: kemPrekey.encapsulationKey,
  });
  const secret = await pqxdhRespond({
    identityDh: identities.b.dhPrivate,
    signedPrekey,
    kemPrekeySeed: kemPrekey.seed,
    peerIdentityDh: identities.a.dhKey,
    peerEphemeralKey: initiation.ephemeralKey,
    kemCiphertext: initiation.kemCiphertext,
  });
  const associatedData = concat(identities.a.dhKey, identities.b.dhKey, sessionId);
  const a = await createInitiatorRatchet({
    secret: initiation.secret,
    peerSignedPrekey: signedPrekey.publicKey,
    associatedData,
  });
  return { a, b: createResponderRatchet({ secret, signedPrekey, associatedData }) };
}

/** One KEM root on both sides. */
export async function makeKemRoots(sessionId: Uint8Array): Promise<Both<Uint8Array>> {
  const { seed, encapsulationKey } = await generateKemKeyPair();
  const { ciphertext, sharedSecret } = await encapsulate(encapsulationKey);
  const peerSecret = await decapsulate(seed, ciphertext);
  const root = (secret: Uint8Array): Uint8Array =>
    deriveKemSecrets({ encapsulationKey, ciphertext, sharedSecret: secret }, sessionId).root;
  return { a: root(peerSecret), b: root(sharedSecret) };
}

/** Both ends of a session of any engine, after its key agreement. */
export async function makeEnginePair<Signal>(
  engine: SignalEngine<Signal>,
  identities: Both<IdentityKeys>,
  sessionId: Uint8Array,
): Promise<Both<Signal>> {
  const signedPrekey = await generateX25519();
  const kemPrekey = await generateKemKeyPair();
  const initiation = await engine.initiate({
    identity: identities.a,
    peerIdentityDh: identities.b.dhKey,
    peerSignedPrekey: signedPrekey.publicKey,
    peerKemPrekey: kemPrekey.encapsulationKey,
    sessionId,
  });
  const { message, kemCiphertext, ephemeralKey: peerEphemeralKey } = initiation;
  const response = await engine.respond({
    identity: identities.b,
    signedPrekey,
    kemPrekey,
    peerIdentityDh: identities.a.dhKey,
    peerEphemeralKey,
    kemCiphertext,
    message,
    sessionId,
  });
  return { a: initiation.state, b: response.state };
}

/** Both ends of a whole cascade over our own engine, before any message. */
export async function makePairStates(nowMs = Date.now()): Promise<Both<PairState>> {
  return makeCascade(enkSignalEngine, makeSignalPair, nowMs);
}

/** Both ends of a whole cascade over `engine`, after its key agreement. */
export async function makePairStatesOf<Signal>(
  engine: SignalEngine<Signal>,
  nowMs = Date.now(),
): Promise<Both<PairState<Signal>>> {
  return makeCascade(engine, (identities, id) => makeEnginePair(engine, identities, id), nowMs);
}

async function makeCascade<Signal>(
  signalEngine: SignalEngine<Signal>,
  makeSignal: (identities: Both<IdentityKeys>, sessionId: Uint8Array) => Promise<Both<Signal>>,
  nowMs: number,
): Promise<Both<PairState<Signal>>> {
  const identities = { a: await makeIdentity(), b: await makeIdentity() };
  const sessionId = randomBytes(32);
  const th1 = randomBytes(32);
  const aesRoot = randomBytes(32);
  const mls = await makeMlsPair(identities);
  const signal = await makeSignal(identities, sessionId);
  const kem = await makeKemRoots(sessionId);
  const side = (role: 'A' | 'B', end: 'a' | 'b'): Promise<PairState<Signal>> =>
    createPairState({
      role,
      mls: mls[end],
      signalEngine,
      signal: signal[end],
      kem: kem[end],
      aes: aesRoot.slice(),
      sessionId,
      th1,
      nowMs,
    });
  return { a: await side('A', 'a'), b: await side('B', 'b') };
}
