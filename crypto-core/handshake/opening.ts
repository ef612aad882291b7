/**
 * Flights 1 and 2: the hellos, the choice of the PSK, and the keys that hide the rest. SPEC.md §7.2.
 *
 * Work for a stranger is one parse of at most 4 KiB, up to three look-ups and one HMAC; ephemeral keys come after
 * the binder or the person's consent. A known PSK with a wrong binder ends the handshake: falling back to "no PSK"
 * there would let an attacker who swapped fingerprints choose the weaker start.
 */
import { constantTimeEqual } from '../bytes/equal.ts';
import { CryptoCoreError, ProfileMismatchError } from '../errors.ts';
import { encodeHelloFrame } from '../frame/frame.ts';
import { computeX25519, generateX25519, type X25519KeyPair } from '../identity/x25519.ts';
import { abortable, assertNotAborted } from './abort.ts';
import {
  binderContent,
  createHello,
  decodeHello,
  decodeHelloOfAnyEngine,
  hashHello,
  type Hello,
  type HelloMessage,
} from './hello.ts';
import { deriveHelloSecrets, type HelloSecrets } from './key-schedule.ts';
import { assertPsks, type Psk, type PskKind, pskSecret, verifyBinder } from './psk.ts';
import type { SecretScope } from './secret-scope.ts';
import { computeSessionId, encodePrologue } from './transcript.ts';
import type { HandshakeChannel, HandshakeContext, InitiatorPolicy, ResponderPolicy } from './types.ts';

/** What both sides share after the hellos. */
export interface Opening {
  /** TH0, 32 bytes. */
  readonly sessionId: Uint8Array;
  /** The caller's own object, or null. */
  readonly psk: Psk | null;
  readonly pskKind: PskKind;
  readonly secrets: HelloSecrets;
  readonly peerHello: Hello;
}

/** A's part: offers PSKs, takes B's choice. Throws `no-common-psk` when only invites were offered and none is taken. */
export async function openAsInitiator(
  channel: HandshakeChannel,
  ctx: HandshakeContext,
  policy: InitiatorPolicy,
  scope: SecretScope,
): Promise<Opening> {
  const { psks } = policy;
  assertPsks(psks);
  const prologue = encodePrologue(local(ctx), remote(ctx));
  const ephemeral = await generateX25519();
  const engine = ctx.signalEngine.name;
  const own = createHello({ role: 'A', engine, ephemeralKey: ephemeral.publicKey, psks, bound: [prologue] });
  assertNotAborted(ctx.signal);
  channel.send(encodeHelloFrame(own.json));

  const peer = decodeHello(await abortable(channel.receive(), ctx.signal), engine);
  const psk = takeChoice(psks, peer, [prologue, hashHello(own)]);
  return deriveOpening({ prologue, helloA: own, helloB: peer, psk, ephemeral, role: 'A', scope });
}

/**
 * B's part: chooses the first PSK that it knows, or waits for consent. A dialler with another engine gets the hello
 * too, and so learns why, if it proved a common secret; then both throw `profile-mismatch`. One of another version gets
 * a hello that proves nothing, if the policy lets it: its binders cannot be checked, and it must learn who of the two
 * must update.
 */
export async function openAsResponder(
  channel: HandshakeChannel,
  ctx: HandshakeContext,
  policy: ResponderPolicy,
  scope: SecretScope,
): Promise<Opening> {
  const prologue = encodePrologue(remote(ctx), local(ctx));
  const engine = ctx.signalEngine.name;
  const peer = await hearDialler(channel, ctx, policy);
  const psk = await findKnownPsk(peer, prologue, ctx, policy);
  const isOurEngine = peer.hello.engine === engine;
  if (!isOurEngine && psk === null) throw new ProfileMismatchError('engine');
  if (psk === null) await abortable(policy.requestConsent(), ctx.signal);

  const ephemeral = await generateX25519();
  const own = createHello({
    role: 'B',
    engine,
    ephemeralKey: ephemeral.publicKey,
    psks: psk === null ? [] : [psk],
    bound: [prologue, hashHello(peer)],
  });
  const opening = await deriveOpening({
    prologue,
    helloA: peer,
    helloB: own,
    psk,
    ephemeral,
    role: 'B',
    scope,
  });
  assertNotAborted(ctx.signal);
  channel.send(encodeHelloFrame(own.json));
  if (!isOurEngine) throw new ProfileMismatchError('engine');
  return opening;
}

async function hearDialler(
  channel: HandshakeChannel,
  ctx: HandshakeContext,
  { mayTellVersion = false }: ResponderPolicy,
): Promise<HelloMessage> {
  const { name: engine } = ctx.signalEngine;
  const frame = await abortable(channel.receive(), ctx.signal);
  try {
    return decodeHelloOfAnyEngine(frame, engine);
  } catch (error) {
    const isVersion = error instanceof ProfileMismatchError && error.difference.endsWith('-version');
    if (!isVersion || !mayTellVersion) throw error;
    const { publicKey } = await generateX25519(); // never used: the handshake is over
    const own = createHello({ role: 'B', engine, ephemeralKey: publicKey, psks: [], bound: [] });
    assertNotAborted(ctx.signal);
    channel.send(encodeHelloFrame(own.json));
    throw error;
  }
}

async function findKnownPsk(
  peer: HelloMessage,
  prologue: Uint8Array,
  ctx: HandshakeContext,
  policy: ResponderPolicy,
): Promise<Psk | null> {
  for (const { kind, id, binder } of peer.hello.psks) {
    const psk = await abortable(policy.findPsk(kind, id), ctx.signal);
    if (psk === null) continue;
    assertPsks([psk]);
    if (psk.kind !== kind || !constantTimeEqual(psk.id, id)) throw new CryptoCoreError('invalid-argument');
    verifyBinder({ psk, role: 'A', content: binderContent(peer, [prologue]) }, binder);
    return psk;
  }
  return null;
}

function takeChoice(psks: readonly Psk[], peer: HelloMessage, bound: readonly Uint8Array[]): Psk | null {
  const [choice, ...others] = peer.hello.psks;
  if (others.length > 0) throw new CryptoCoreError('protocol-error');
  if (choice === undefined) {
    // Without the invite's secret nobody proves to be the inviter's device; a contact proves its known identity.
    const isInviteOnly = psks.length > 0 && psks.every(psk => psk.kind === 1);
    if (isInviteOnly) throw new CryptoCoreError('no-common-psk');
    return null;
  }
  const psk = psks.find(({ kind, id }) => kind === choice.kind && constantTimeEqual(id, choice.id));
  if (psk === undefined) throw new CryptoCoreError('protocol-error');
  verifyBinder({ psk, role: 'B', content: binderContent(peer, bound) }, choice.binder);
  return psk;
}

interface OpeningInput {
  readonly prologue: Uint8Array;
  readonly helloA: HelloMessage;
  readonly helloB: HelloMessage;
  readonly psk: Psk | null;
  readonly ephemeral: X25519KeyPair;
  readonly role: 'A' | 'B';
  readonly scope: SecretScope;
}

async function deriveOpening(input: OpeningInput): Promise<Opening> {
  const { prologue, helloA, helloB, psk, ephemeral, role, scope } = input;
  const { hello: peerHello } = role === 'A' ? helloB : helloA;
  const dh = scope.own(await computeX25519(ephemeral.privateKey, peerHello.ephemeralKey));
  const pskKind = psk?.kind ?? 0;
  const sessionId = computeSessionId({ prologue, helloA: helloA.json, helloB: helloB.json, pskKind });
  const secrets = scope.ownAll(deriveHelloSecrets(scope.own(pskSecret(psk)), dh, sessionId));
  return { sessionId, psk, pskKind, secrets, peerHello };
}

function local(ctx: HandshakeContext): { peerId: string; fingerprint: Uint8Array } {
  return { peerId: ctx.localPeerId, fingerprint: ctx.localFingerprint };
}

function remote(ctx: HandshakeContext): { peerId: string; fingerprint: Uint8Array } {
  return { peerId: ctx.remotePeerId, fingerprint: ctx.remoteFingerprint };
}
