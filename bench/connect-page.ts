/**
 * Runs in the pages of connect.bench.ts: the built product through its import map, with a watch on the transport
 * (when a dial began, when its channel opened), and beside it a bare PeerJS data channel.
 */
import { Peer } from 'peerjs';
import type { EnkEvent, LinkId, TransportCommand, TransportEvent } from '@enk/p2p-core';
import { EnkClient, Transport } from '@enk/p2p-core';

/** One connection attempt of ours, in ms of `performance.now()`. */
export interface Attempt {
  readonly openMs: number;
  readonly readyMs: number;
}

/** The real transport; notes times, ends links on demand, and leaves dialling to the other side if told so. */
class WatchedTransport extends Transport {
  dialledAt = 0;
  openedAt = 0;
  mayDial = true;
  #linkId: LinkId | undefined;

  constructor() {
    super();
    this.subscribe(event => {
      if (event.type !== 'link-open') return;
      this.openedAt = performance.now();
      this.#linkId = event.link.linkId;
    });
  }

  override execute(command: TransportCommand): void {
    if (command.type === 'dial') {
      if (!this.mayDial) return this.#tellUnavailable(command.linkId);
      this.dialledAt = performance.now();
    }
    super.execute(command);
  }

  /** Ends the last link, as a network would. */
  cut(): void {
    if (this.#linkId) super.execute({ type: 'close', linkId: this.#linkId });
  }

  readonly #own = new Set<(event: TransportEvent) => void>();

  override subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#own.add(listener);
    return super.subscribe(listener);
  }

  #tellUnavailable(linkId: LinkId): void {
    for (const listener of this.#own) listener({ type: 'link-closed', linkId, reason: 'peer-unavailable' });
  }
}

const transport = new WatchedTransport();
let client: EnkClient;
let peer: Peer;

function until(fits: (event: EnkEvent) => boolean): Promise<void> {
  return new Promise(resolve => {
    const unsubscribe = client.subscribe(event => {
      if (!fits(event)) return;
      unsubscribe();
      resolve();
    });
  });
}

const isReady = (event: EnkEvent): boolean =>
  event.type === 'contacts' && event.contacts.some(({ connection }) => connection.kind === 'ready');
const isNotReady = (event: EnkEvent): boolean => event.type === 'contacts' && !isReady(event);

const bench = {
  async open(brokerUrl: string, displayName: string, mayDial: boolean): Promise<void> {
    transport.mayDial = mayDial;
    client = await EnkClient.start({ transport });
    const registered = until(event => event.type === 'signaling' && event.state.kind === 'registered');
    await client.request('open', {
      profile: 'bench',
      network: { brokerUrl, iceServers: [], relayOnly: false },
    });
    await client.request('setDisplayName', { displayName });
    await registered;
  },
  async invite(): Promise<string> {
    return (await client.request('createInvite', {})).token;
  },
  /** First contact: from the dial to Ready. */
  async accept(token: string): Promise<Attempt> {
    const ready = until(isReady);
    await client.request('acceptInvite', { token, name: 'other' });
    await ready;
    return bench.lastAttempt();
  },
  /** The link ends, and the known contact is dialled again. */
  async reconnect(): Promise<Attempt> {
    const lost = until(isNotReady);
    transport.cut();
    await lost;
    await until(isReady);
    return bench.lastAttempt();
  },
  lastAttempt(): Attempt {
    const { dialledAt, openedAt } = transport;
    return { openMs: openedAt - dialledAt, readyMs: performance.now() - dialledAt };
  },
  /** Registers a bare PeerJS client at the same broker. */
  async openPeerJs(id: string, port: number): Promise<void> {
    const config = { iceServers: [] };
    peer = new Peer(id, { host: '127.0.0.1', port, path: '/', secure: false, config });
    await new Promise(resolve => peer.on('open', resolve));
  },
  /** From `connect` to `open` of a bare PeerJS data channel, ms. */
  async connectPeerJs(remoteId: string): Promise<number> {
    const startedAt = performance.now();
    const connection = peer.connect(remoteId, { serialization: 'raw', reliable: true });
    await new Promise<void>(resolve => connection.on('open', resolve));
    const elapsedMs = performance.now() - startedAt;
    connection.close();
    return elapsedMs;
  },
};

export type ConnectBench = typeof bench;
declare global {
  interface Window {
    bench: ConnectBench;
  }
}
window.bench = bench;
