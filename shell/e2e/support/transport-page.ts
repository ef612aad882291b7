/** Runs in the page of transport.e2e.ts: the real Transport, with its events kept for the test to read. */
import { Peer } from 'peerjs';
import type { LinkId, NetworkSettings, PeerId, TransportEvent } from '@enk/p2p-core';
import { Transport } from '@enk/p2p-core';

const transport = new Transport();
const events: TransportEvent[] = [];
const wake: (() => void)[] = [];

transport.subscribe(event => {
  events.push(event);
  for (const resolve of wake.splice(0)) resolve();
});

/** Bytes as text, for structured answers to the test. */
const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

async function until(fits: (event: TransportEvent) => boolean, from: number): Promise<number> {
  for (let at = from; ; at++) {
    while (at >= events.length) await new Promise<void>(resolve => wake.push(resolve));
    if (fits(events[at] as TransportEvent)) return at;
  }
}

const harness = {
  register(
    peerId: string,
    brokerUrl: string,
    iceServers: NetworkSettings['iceServers'] = [],
    relayOnly = false,
  ) {
    const network = { brokerUrl, iceServers, relayOnly };
    transport.execute({ type: 'register', peerId: peerId as PeerId, network });
  },
  unregister: () => transport.execute({ type: 'unregister' }),
  dial(linkId: string, remotePeerId: string) {
    transport.execute({ type: 'dial', linkId: linkId as LinkId, remotePeerId: remotePeerId as PeerId });
  },
  send(linkId: string, text: string) {
    transport.execute({ type: 'send', linkId: linkId as LinkId, bytes: new TextEncoder().encode(text) });
  },
  close: (linkId: string) => transport.execute({ type: 'close', linkId: linkId as LinkId }),
  /** How many events there were so far: the place to wait from. */
  mark: () => events.length,
  async untilSignaling(kind: string, from = 0) {
    return until(event => event.type === 'signaling' && event.state.kind === kind, from);
  },
  async untilOpen(from = 0) {
    const at = await until(event => event.type === 'link-open', from);
    const { link } = events[at] as TransportEvent & { type: 'link-open' };
    return {
      ...link,
      localFingerprint: toHex(link.localFingerprint),
      remoteFingerprint: toHex(link.remoteFingerprint),
    };
  },
  async untilClosed(linkId: string) {
    const at = await until(event => event.type === 'link-closed' && event.linkId === linkId, 0);
    return (events[at] as TransportEvent & { type: 'link-closed' }).reason;
  },
  async untilPath(linkId: string, connected: boolean) {
    const fits = (event: TransportEvent): boolean =>
      event.type === 'link-path' && event.linkId === linkId && event.connected === connected;
    return until(fits, 0);
  },
  /** Waits until this text arrived on this link. */
  async untilText(linkId: string, text: string) {
    const fits = (event: TransportEvent): boolean =>
      event.type === 'link-message' &&
      event.linkId === linkId &&
      new TextDecoder().decode(event.bytes) === text;
    return until(fits, 0);
  },
  /** Kinds of everything that happened, links' states included. */
  types: () => events.map(event => event.type),
  signalingStates: () => events.flatMap(event => (event.type === 'signaling' ? [event.state] : [])),
  openLinks: () => events.flatMap(event => (event.type === 'link-open' ? [event.link.linkId] : [])),
  closedLinks: () => events.flatMap(event => (event.type === 'link-closed' ? [event.linkId] : [])),
  /** A stock PeerJS client dials; resolves to what it gets back for `text`. */
  async stockPeerJs(ownId: string, port: number, remoteId: string, text: string): Promise<string> {
    const config = { iceServers: [] };
    const peer = new Peer(ownId, { host: '127.0.0.1', port, path: '/', secure: false, config });
    await new Promise(resolve => peer.on('open', resolve));
    const connection = peer.connect(remoteId, { serialization: 'raw', reliable: true });
    const answer = new Promise<string>(resolve => {
      connection.on('data', data => resolve(new TextDecoder().decode(data as ArrayBuffer)));
    });
    await new Promise<void>(resolve => connection.on('open', resolve));
    void connection.send(new TextEncoder().encode(text));
    const received = await answer;
    peer.destroy();
    return received;
  },
};

export type Harness = typeof harness;
declare global {
  interface Window {
    harness: Harness;
  }
}
window.harness = harness;
