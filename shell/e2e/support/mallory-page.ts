/**
 * Runs in an attacker's page: the real transport and the real handshake, under an address that the broker lets her
 * have, with an identity of her own. She does everything right except being somebody else.
 */
import {
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

const mallory = {
  /** Takes the address `peerId` at this broker and answers whoever calls. */
  async impersonate(peerId: string, brokerUrl: string): Promise<void> {
    identity = await importIdentity(await generateIdentitySecrets());
    transport = new Transport();
    const registered = new Promise<void>(resolve => {
      transport.subscribe(event => {
        follow(event);
        if (event.type === 'signaling' && event.state.kind === 'registered') resolve();
      });
    });
    const network = { brokerUrl, iceServers: [], relayOnly: false };
    transport.execute({ type: 'register', peerId: peerId as PeerId, network });
    await registered;
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
