/**
 * The answerer's side (B), in the order of the flights; initiator.ts has the diagram. SPEC.md §7.
 *
 * Invariants: nobody is answered before a PSK binder verifies or the person consents, but for our version, which the
 * policy may let a dialler of another one learn; everything of flight 5 is
 * checked in memory before `authorize` and the one `commit`; flight 6 leaves after `commit` only; every secret of
 * the handshake is wiped, however it ends.
 */
import { constantTimeEqual } from '../bytes/equal.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { encodeDevice, type PeerDevice } from '../identity/device-certificate.ts';
import { generateX25519, type X25519KeyPair } from '../identity/x25519.ts';
import type { KemExchange } from '../ml-kem/kem-ratchet.ts';
import { encapsulate, generateKemKeyPair, type KemKeyPair } from '../ml-kem/ml-kem-768.ts';
import { type MlsState, mlsEpochAuthenticator, wipeMlsState } from '../mls/mls-state.ts';
import { generatePairKeyPackage, joinPairGroup, type PairKeyPackage } from '../mls/pair-group.ts';
import { SPEC_VERSION as specVersion } from '../profile.ts';
import { abortable, assertNotAborted } from './abort.ts';
import { createFinish, verifyFinish } from './finish.ts';
import { deriveGroupId, type KeyedLayers, keyLayers } from './layer-exchange.ts';
import { openAsResponder } from './opening.ts';
import * as pdus from './pdus.ts';
import { signPrekey } from './prekeys.ts';
import { acceptDevice, createResult, createRun, type Run } from './run.ts';
import { type Closeable, SecretScope } from './secret-scope.ts';
import { computeFinalHash } from './transcript.ts';
import type { HandshakeChannel, HandshakeContext, HandshakeOutcome, ResponderPolicy } from './types.ts';

/**
 * Runs the handshake as B. Throws `protocol-error`, `profile-mismatch`, `own-identity`, `aborted`, or the error of
 * a callback or of the channel. After a throw the caller closes the channel; when `commit` had resolved before,
 * what it stored is right and stays.
 */
export async function runResponder(
  channel: HandshakeChannel,
  ctx: HandshakeContext,
  policy: ResponderPolicy,
): Promise<HandshakeOutcome> {
  const scope = new SecretScope();
  try {
    const opening = await openAsResponder(channel, ctx, policy, scope);
    const run = await createRun({ role: 'B', channel, ctx, opening, scope });
    const offer = await answerRequests(run);
    const received = await receiveKeys(run, offer);
    return await conclude(run, received, policy);
  } finally {
    scope.end();
  }
}

/** B's fresh keys of flight 4, until flight 5 uses them. */
interface Offer {
  readonly keyPackage: PairKeyPackage;
  /** Wipes its private keys unless a session takes them over. */
  readonly guard: Closeable;
  readonly signedPrekey: X25519KeyPair;
  readonly kemPrekey: KemKeyPair;
  readonly kem: KemExchange;
}

/** Flights 3 and 4: takes A's requests, answers with B's identity and fresh keys. */
async function answerRequests(run: Run): Promise<Offer> {
  const { flights, transcript, ctx, opening, scope } = run;
  transcript.add('A', (await flights.receive(pdus.mlsKeyPackageRequest)).bytes);
  transcript.add('A', (await flights.receive(pdus.signalKeyExchangeRequest)).bytes);
  const request = await flights.receive(pdus.mlKemKeyExchange);
  transcript.add('A', request.bytes);

  const keyPackage = await generatePairKeyPackage({ identity: ctx.identity, nowMs: ctx.nowMs() });
  const { initPrivateKey, hpkePrivateKey, signaturePrivateKey } = keyPackage.privatePackage;
  scope.own(initPrivateKey);
  const guard = scope.guard({ close: () => wipe(hpkePrivateKey, signaturePrivateKey) });
  const device = encodeDevice(ctx.identity);
  const mls = { type: 'mls-key-package', specVersion, device, keyPackage: keyPackage.publicBytes } as const;
  transcript.add('B', await flights.send(mls));

  const signedPrekey = await generateX25519();
  const kemPrekey = await generateKemKeyPair();
  scope.own(kemPrekey.seed);
  const { publicKey } = signedPrekey;
  const { encapsulationKey } = kemPrekey;
  const signal = {
    type: 'signal-key-exchange-response',
    specVersion,
    signedPrekey: publicKey,
    signedPrekeySignature: await signPrekey(ctx.identity, publicKey, opening.sessionId),
    kemPrekey: encapsulationKey,
    kemPrekeySignature: await signPrekey(ctx.identity, encapsulationKey, opening.sessionId),
  } as const;
  transcript.add('B', await flights.send(signal));

  const { ciphertext, sharedSecret } = await encapsulate(request.pdu.ek);
  scope.own(sharedSecret);
  const response = { type: 'mlkem-key-exchange-response', specVersion, gen: 0, ct: ciphertext } as const;
  transcript.add('B', await flights.send(response));
  const kem = { sharedSecret, encapsulationKey: request.pdu.ek, ciphertext };
  return { keyPackage, guard, signedPrekey, kemPrekey, kem };
}

/** What flight 5 proved. */
interface ReceivedKeys {
  readonly peer: PeerDevice;
  readonly peerKnowsUs: boolean;
  readonly keyed: KeyedLayers;
  readonly th1: Uint8Array;
  /** Exact bytes of A's finish. */
  readonly finish: Uint8Array;
  readonly epochAuthenticator: Uint8Array;
}

/** Flight 5, all checked in memory: A's device, the group, the first Signal message, A's finish. */
async function receiveKeys(run: Run, offer: Offer): Promise<ReceivedKeys> {
  const { flights, transcript, scope } = run;
  const sync = await flights.receive(pdus.mlsEncryptionSyncRequest);
  const welcome = await flights.receive(pdus.mlsWelcome);
  const complete = await flights.receive(pdus.signalSessionComplete);
  const finish = await flights.receive(pdus.handshakeFinish);
  for (const { bytes } of [sync, welcome, complete]) transcript.add('A', bytes);

  const peer = await acceptDevice(run, sync.pdu.device);
  const mls = await joinGroup(run, offer, peer, welcome.pdu);
  const guardMls = scope.guard({ close: () => wipeMlsState(mls) });
  const signal = await acceptSignal(run, offer, peer, complete.pdu);
  const guards = [offer.guard, guardMls, signal.guard];
  const epochAuthenticator = mlsEpochAuthenticator(mls);
  const th1 = transcript.hashBeforeFinish();
  const exchange = { mls, signal: signal.state, signalExportKey: signal.exportKey, kem: offer.kem, guards };
  const keyed = await keyLayers(run, exchange, th1);
  const finishInput = { role: 'A', transcriptHash: th1, finishKey: keyed.master.finishKeyA } as const;
  await verifyFinish(peer.identityKey, finishInput, finish.pdu);
  const peerKnowsUs = sync.pdu.knowsYou === 1;
  return { peer, peerKnowsUs, keyed, th1, finish: finish.bytes, epochAuthenticator };
}

function joinGroup(
  { ctx, opening }: Run,
  offer: Offer,
  peer: PeerDevice,
  pdu: { readonly welcome: Uint8Array; readonly tree: Uint8Array },
): Promise<MlsState> {
  return joinPairGroup({
    keyPackage: offer.keyPackage,
    welcome: pdu.welcome,
    ratchetTree: pdu.tree,
    groupId: deriveGroupId(opening.sessionId),
    expectedPeerIdentity: peer.identityKey,
    nowMs: ctx.nowMs(),
  });
}

async function acceptSignal(
  { ctx, opening, scope }: Run,
  offer: Offer,
  peer: PeerDevice,
  pdu: {
    readonly ephemeralKey: Uint8Array;
    readonly kemCiphertext: Uint8Array;
    readonly message: Uint8Array;
  },
): Promise<{ readonly state: unknown; readonly exportKey: Uint8Array; readonly guard: Closeable }> {
  const { sessionId } = opening;
  const { state, firstPlaintext, exportKey } = await ctx.signalEngine.respond({
    identity: ctx.identity,
    signedPrekey: offer.signedPrekey,
    kemPrekey: offer.kemPrekey,
    peerIdentityDh: peer.dhKey,
    peerEphemeralKey: pdu.ephemeralKey,
    kemCiphertext: pdu.kemCiphertext,
    message: pdu.message,
    sessionId,
  });
  scope.own(exportKey);
  const guard = scope.guard({ close: () => ctx.signalEngine.wipe(state) });
  if (!constantTimeEqual(firstPlaintext, sessionId)) throw new CryptoCoreError('protocol-error');
  return { state, exportKey, guard };
}

/** Policy, the one transaction, flight 6. */
async function conclude(
  run: Run,
  received: ReceivedKeys,
  policy: ResponderPolicy,
): Promise<HandshakeOutcome> {
  const { ctx, opening, scope } = run;
  const { peer, keyed } = received;
  await abortable(policy.authorize(peer, opening.pskKind), ctx.signal);
  const knowsPeer = await abortable(policy.knowsPeer(peer.identityKey), ctx.signal);
  const { result, guard } = createResult(run, peer, received.peerKnowsUs, keyed.master);
  assertNotAborted(ctx.signal);
  await policy.commit(result);
  await sendConfirmation(run, received, knowsPeer);
  scope.release(guard);
  return { result, session: scope.release(keyed.session) };
}

/** Flight 6: whether we knew A, proof of the group, B's finish. */
async function sendConfirmation(run: Run, received: ReceivedKeys, knowsPeer: boolean): Promise<void> {
  const { flights, ctx } = run;
  const { epochAuthenticator, keyed, th1, finish } = received;
  const knowsYou = knowsPeer ? 1 : 0;
  const sync = await flights.send({ type: 'mls-encryption-sync-response', specVersion, knowsYou });
  const ack = await flights.send({ type: 'mls-welcome-ack', specVersion, epochAuthenticator });
  const transcriptHash = computeFinalHash(th1, finish, [sync, ack]);
  const finishInput = { role: 'B', transcriptHash, finishKey: keyed.master.finishKeyB } as const;
  const { signature, mac } = await createFinish(ctx.identity, finishInput);
  await flights.send({ type: 'handshake-finish', specVersion, signature, mac });
}
