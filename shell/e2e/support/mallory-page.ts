/**
 * Runs in an attacker's page: the real transport and the real handshake, under an address that the broker lets her
 * have, with an identity of her own. She does everything right except being somebody else.
 */
import {
  enkSignalEngine,
  generateIdentitySecrets,
  importIdentity,
  runInitiator,
  runResponder,
  type HandshakeChannel,
  type HandshakeContext,
  type IdentityKeys,
} from '@enk/crypto-core';
import type { LinkDescription, LinkId, PeerId, TransportEvent } from '@enk/p2p-core';
import { Transport } from '@enk/p2p-core';

type Outcome =
  { readonly kind: 'ready'; readonly pskKind: number } | { readonly kind: 'failed'; readonly code: string };

const outcomes: Outcome[] = [];
const channels = new Map<LinkId, Inbox>();
let identity: IdentityKeys;
let transport: Transport;

/** Messages of one link, in order, for code that waits for the next one. */
class Inbox {
  readonly #messages: Uint8Array[] = [];
  readonly #waiting: { resolve(bytes: Uint8Array): void; reject(error: Error): void }[] = [];
  #isClosed = false;

  push(bytes: Uint8Array): void {
    const next = this.#waiting.shift();
    if (next) next.resolve(bytes);
    else this.#messages.push(bytes);
  }

  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('closed'));
  }

  take(): Promise<Uint8Array> {
    const message = this.#messages.shift();
    if (message) return Promise.resolve(message);
    if (this.#isClosed) return Promise.reject(new Error('closed'));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

function contextOf(link: LinkDescription): HandshakeContext {
  const { localPeerId, remotePeerId, localFingerprint, remoteFingerprint } = link;
  const signal = new AbortController().signal;
  return {
    identity,
    signalEngine: enkSignalEngine,
    localPeerId,
    remotePeerId,
    localFingerprint,
    remoteFingerprint,
    signal,
    nowMs: Date.now,
  };
}

async function shakeHands(link: LinkDescription, inbox: Inbox): Promise<void> {
  const channel: HandshakeChannel = {
    send: bytes => transport.execute({ type: 'send', linkId: link.linkId, bytes: bytes.slice() }),
    receive: () => inbox.take(),
  };
  const anybody = { authorize: () => Promise.resolve(), commit: () => Promise.resolve() };
  try {
    const { result } =
      link.role === 'A'
        ? await runInitiator(channel, contextOf(link), { ...anybody, psks: [], knowsPeer: false })
        : await runResponder(channel, contextOf(link), {
            ...anybody,
            findPsk: () => Promise.resolve(null),
            requestConsent: () => Promise.resolve(),
            knowsPeer: () => Promise.resolve(false),
          });
    outcomes.push({ kind: 'ready', pskKind: result.pskKind });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'closed';
    outcomes.push({ kind: 'failed', code });
  }
}

function follow(event: TransportEvent): void {
  if (event.type === 'link-open') {
    const inbox = new Inbox();
    channels.set(event.link.linkId, inbox);
    void shakeHands(event.link, inbox);
  }
  if (event.type === 'link-message') channels.get(event.linkId)?.push(event.bytes);
  if (event.type === 'link-closed') channels.get(event.linkId)?.close();
}

/** Where somebody can be reached: their address, and the broker's realm that they are in. */
interface Place {
  readonly peerId: string;
  readonly brokerUrl: string;
}

function register(on: Transport, peerId: string, brokerUrl: string): void {
  const network = { brokerUrl, iceServers: [], relayOnly: false };
  on.execute({ type: 'register', peerId: peerId as PeerId, network });
}

function untilRegistered(on: Transport): Promise<void> {
  return new Promise(resolve => {
    on.subscribe(event => {
      if (event.type === 'signaling' && event.state.kind === 'registered') resolve();
    });
  });
}

const mallory = {
  /** Takes the address `peerId` at this broker and answers whoever calls. */
  async impersonate(peerId: string, brokerUrl: string): Promise<void> {
    identity = await importIdentity(await generateIdentitySecrets());
    transport = new Transport();
    transport.subscribe(follow);
    register(transport, peerId, brokerUrl);
    await untilRegistered(transport);
  },
  /** Sits between two: answers the caller as the callee, calls the callee as the caller, and passes all bytes on. */
  async passOn(caller: Place, callee: Place): Promise<void> {
    const towardsCaller = new Transport();
    const towardsCallee = new Transport();
    const bridge = 'bridge' as LinkId;
    let callersLink: LinkId | undefined;
    const early: Uint8Array[] = [];
    const pass = (to: Transport, linkId: LinkId, bytes: Uint8Array): void =>
      to.execute({ type: 'send', linkId, bytes: bytes.slice() });
    let isBridged = false;
    towardsCaller.subscribe(event => {
      if (event.type === 'link-open') {
        callersLink = event.link.linkId;
        towardsCallee.execute({ type: 'dial', linkId: bridge, remotePeerId: callee.peerId as PeerId });
      }
      if (event.type === 'link-message' && isBridged) pass(towardsCallee, bridge, event.bytes);
      else if (event.type === 'link-message') early.push(event.bytes.slice());
    });
    towardsCallee.subscribe(event => {
      if (event.type === 'link-open') {
        isBridged = true;
        for (const bytes of early.splice(0)) pass(towardsCallee, bridge, bytes);
      }
      if (event.type === 'link-message' && callersLink) pass(towardsCaller, callersLink, event.bytes);
      if (event.type === 'link-closed') outcomes.push({ kind: 'failed', code: event.reason });
    });
    register(towardsCaller, callee.peerId, caller.brokerUrl);
    register(towardsCallee, caller.peerId, callee.brokerUrl);
    await Promise.all([untilRegistered(towardsCaller), untilRegistered(towardsCallee)]);
  },
  dial(linkId: string, peerId: string): void {
    transport.execute({ type: 'dial', linkId: linkId as LinkId, remotePeerId: peerId as PeerId });
  },
  outcomes: (): readonly Outcome[] => outcomes,
};

declare global {
  interface Window {
    mallory: typeof mallory;
  }
}
window.mallory = mallory;
