/**
 * The dialler's side (A, the SDP offerer), in the order of the flights. SPEC.md §7.
 *
 *     A                                                             B
 *     1  hello                                  ─────────────────►
 *                                               ◄─────────────────  hello                           2
 *     3  mls-key-package-request                ═════════════════►
 *        signal-key-exchange-request
 *        mlkem-key-exchange
 *                                               ◄═════════════════  mls-key-package                 4
 *                                                                   signal-key-exchange-response
 *                                                                   mlkem-key-exchange-response
 *     authorize(B)
 *     5  mls-encryption-sync-request            ═════════════════►
 *        mls-welcome                                                authorize(A)
 *        signal-session-complete                                    commit
 *        handshake-finish
 *                                               ◄═════════════════  mls-encryption-sync-response    6
 *     commit                                                        mls-welcome-ack
 *                                                                   handshake-finish
 *
 * Invariants: A's identity leaves only in flight 5, after B proved presence and `authorize` agreed; nothing is
 * committed before B's finish verifies; every secret of the handshake is wiped, however it ends.
 */
import { constantTimeEqual } from '../bytes/equal.ts';
import { CryptoCoreError } from '../errors.ts';
import { encodeDevice, type PeerDevice } from '../identity/device-certificate.ts';
import { decapsulate, generateKemKeyPair, type KemKeyPair } from '../ml-kem/ml-kem-768.ts';
import { mlsEpochAuthenticator, wipeMlsState } from '../mls/mls-state.ts';
import { createPairGroup } from '../mls/pair-group.ts';
import { SPEC_VERSION as specVersion } from '../profile.ts';
import { abortable, assertNotAborted } from './abort.ts';
import { createFinish, verifyFinish } from './finish.ts';
import { deriveGroupId, type KeyedLayers, keyLayers, type LayerExchange } from './layer-exchange.ts';
import { openAsInitiator } from './opening.ts';
import * as pdus from './pdus.ts';
import { verifyPrekey } from './prekeys.ts';
import { acceptDevice, createResult, createRun, type Run } from './run.ts';
import { SecretScope } from './secret-scope.ts';
import { computeFinalHash } from './transcript.ts';
import type { HandshakeChannel, HandshakeContext, HandshakeOutcome, InitiatorPolicy } from './types.ts';

/**
 * Runs the handshake as A. Throws `protocol-error`, `profile-mismatch`, `no-common-psk`, `own-identity`,
 * `aborted`, or the error of a callback or of the channel. After a throw the caller closes the channel.
 */
export async function runInitiator(
  channel: HandshakeChannel,
  ctx: HandshakeContext,
  policy: InitiatorPolicy,
): Promise<HandshakeOutcome> {
  const scope = new SecretScope();
  try {
    const opening = await openAsInitiator(channel, ctx, policy, scope);
    const run = await createRun({ role: 'A', channel, ctx, opening, scope });
    const kemKeyPair = await requestKeys(run);
    const keys = await receiveKeys(run);
    await abortable(policy.authorize(keys.peer, opening.pskKind), ctx.signal);
    const sent = await sendKeys(run, { keys, kemKeyPair, knowsPeer: policy.knowsPeer });
    return await conclude(run, keys.peer, sent, policy);
  } finally {
    scope.end();
  }
}

/** Flight 3: asks, and offers an encapsulation key. Says nothing about A. */
async function requestKeys({ flights, transcript, scope }: Run): Promise<KemKeyPair> {
  const kemKeyPair = await generateKemKeyPair();
  scope.own(kemKeyPair.seed);
  transcript.add('A', await flights.send({ type: 'mls-key-package-request', specVersion }));
  transcript.add('A', await flights.send({ type: 'signal-key-exchange-request', specVersion }));
  const ek = kemKeyPair.encapsulationKey;
  transcript.add('A', await flights.send({ type: 'mlkem-key-exchange', specVersion, gen: 0, ek }));
  return kemKeyPair;
}

/** What B sent in flight 4: certified, its prekeys signed for this session. */
interface PeerKeys {
  readonly peer: PeerDevice;
  readonly keyPackage: Uint8Array;
  readonly signedPrekey: Uint8Array;
  readonly kemPrekey: Uint8Array;
  readonly kemCiphertext: Uint8Array;
}

/** Flight 4. Throws `protocol-error` unless B's identity is proven to be present on this connection. */
async function receiveKeys(run: Run): Promise<PeerKeys> {
  const { flights, transcript, opening } = run;
  const mls = await flights.receive(pdus.mlsKeyPackage);
  const signal = await flights.receive(pdus.signalKeyExchangeResponse);
  const kem = await flights.receive(pdus.mlKemKeyExchangeResponse);
  for (const { bytes } of [mls, signal, kem]) transcript.add('B', bytes);

  const peer = await acceptDevice(run, mls.pdu.device);
  const { signedPrekey, signedPrekeySignature, kemPrekey, kemPrekeySignature } = signal.pdu;
  const claim = { identityKey: peer.identityKey, sessionId: opening.sessionId };
  await verifyPrekey({ ...claim, prekey: signedPrekey, signature: signedPrekeySignature });
  await verifyPrekey({ ...claim, prekey: kemPrekey, signature: kemPrekeySignature });
  const { keyPackage } = mls.pdu;
  return { peer, keyPackage, signedPrekey, kemPrekey, kemCiphertext: kem.pdu.ct };
}

/** What A has once flight 5 is sent. */
interface SentKeys {
  readonly keyed: KeyedLayers;
  readonly th1: Uint8Array;
  /** Exact bytes of A's finish. */
  readonly finish: Uint8Array;
  /** What B must answer, 64 bytes. */
  readonly epochAuthenticator: Uint8Array;
}

/** Flight 5: A's identity, the Welcome, the Signal session, A's finish. */
async function sendKeys(
  run: Run,
  input: { readonly keys: PeerKeys; readonly kemKeyPair: KemKeyPair; readonly knowsPeer: boolean },
): Promise<SentKeys> {
  const { flights, transcript, ctx } = run;
  const device = encodeDevice(ctx.identity);
  const knowsYou = input.knowsPeer ? 1 : 0;
  const sync = { type: 'mls-encryption-sync-request', specVersion, device, knowsYou } as const;
  transcript.add('A', await flights.send(sync));

  const { exchange, epochAuthenticator } = await exchangeLayers(run, input.keys, input.kemKeyPair);
  const th1 = transcript.hashBeforeFinish();
  const keyed = await keyLayers(run, exchange, th1);
  const finishInput = { role: 'A', transcriptHash: th1, finishKey: keyed.master.finishKeyA } as const;
  const { signature, mac } = await createFinish(ctx.identity, finishInput);
  const finish = await flights.send({ type: 'handshake-finish', specVersion, signature, mac });
  return { keyed, th1, finish, epochAuthenticator };
}

/** Runs A's part of the three exchanges and sends `mls-welcome` and `signal-session-complete`. */
async function exchangeLayers(
  run: Run,
  keys: PeerKeys,
  kemKeyPair: KemKeyPair,
): Promise<{ readonly exchange: LayerExchange; readonly epochAuthenticator: Uint8Array }> {
  const { flights, transcript, scope, ctx } = run;
  const mls = await welcomePeer(run, keys);
  const guardMls = scope.guard({ close: () => wipeMlsState(mls.state) });
  transcript.add('A', await flights.send(mls.pdu));
  const signal = await startSignal(run, keys);
  const guardSignal = scope.guard({ close: () => ctx.signalEngine.wipe(signal.state) });
  transcript.add('A', await flights.send(signal.pdu));
  const kem = {
    sharedSecret: scope.own(await decapsulate(kemKeyPair.seed, keys.kemCiphertext)),
    encapsulationKey: kemKeyPair.encapsulationKey,
    ciphertext: keys.kemCiphertext,
  };
  const states = { mls: mls.state, signal: signal.state, signalExportKey: signal.exportKey, kem };
  const exchange = { ...states, guards: [guardMls, guardSignal] };
  return { exchange, epochAuthenticator: mlsEpochAuthenticator(mls.state) };
}

async function welcomePeer({ ctx, opening }: Run, keys: PeerKeys) {
  const { state, welcome, ratchetTree } = await createPairGroup({
    groupId: deriveGroupId(opening.sessionId),
    identity: ctx.identity,
    peerKeyPackage: keys.keyPackage,
    expectedPeerIdentity: keys.peer.identityKey,
    nowMs: ctx.nowMs(),
  });
  return { state, pdu: { type: 'mls-welcome', specVersion, welcome, tree: ratchetTree } as const };
}

async function startSignal({ ctx, opening, scope }: Run, keys: PeerKeys) {
  const { state, ephemeralKey, kemCiphertext, message, exportKey } = await ctx.signalEngine.initiate({
    identity: ctx.identity,
    peerIdentityDh: keys.peer.dhKey,
    peerSignedPrekey: keys.signedPrekey,
    peerKemPrekey: keys.kemPrekey,
    sessionId: opening.sessionId,
  });
  const pdu = { type: 'signal-session-complete', specVersion, ephemeralKey, kemCiphertext, message } as const;
  return { state, exportKey: scope.own(exportKey), pdu };
}

/** Flight 6 and the end: B's acknowledgement and finish verify, then commits. */
async function conclude(
  run: Run,
  peer: PeerDevice,
  { keyed, th1, finish, epochAuthenticator }: SentKeys,
  policy: InitiatorPolicy,
): Promise<HandshakeOutcome> {
  const sync = await run.flights.receive(pdus.mlsEncryptionSyncResponse);
  const ack = await run.flights.receive(pdus.mlsWelcomeAck);
  const finishB = await run.flights.receive(pdus.handshakeFinish);
  if (!constantTimeEqual(ack.pdu.epochAuthenticator, epochAuthenticator)) {
    throw new CryptoCoreError('protocol-error');
  }
  const transcriptHash = computeFinalHash(th1, finish, [sync.bytes, ack.bytes]);
  const finishInput = { role: 'B', transcriptHash, finishKey: keyed.master.finishKeyB } as const;
  await verifyFinish(peer.identityKey, finishInput, finishB.pdu);
  const { result, guard } = createResult(run, peer, sync.pdu.knowsYou === 1, keyed.master);
  assertNotAborted(run.ctx.signal);
  await policy.commit(result);
  run.scope.release(guard);
  return { result, session: run.scope.release(keyed.session) };
}
