/** Registration over a socket that the test holds the other end of: what PeerJS hears, and what it never does. */
import { expect } from '@esm-bundle/chai';
import type { PeerId, SignalingState } from '../ports/transport.ts';
import { PeerSignaling } from './peer-signaling.ts';
import type { IncomingSignal } from './peer-signaling.ts';
import type { RelayCredentials } from './relay-servers.ts';

/** The broker's end of the last socket that was opened. */
class HeldSocket extends EventTarget {
  static last: HeldSocket | undefined;
  readyState = 1;
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: MessageEvent<string>) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor() {
    super();
    HeldSocket.last = this;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
  }

  receive(frame: object): void {
    this.onmessage?.(new MessageEvent('message', { data: JSON.stringify(frame) }));
  }
}

describe('P2P-LNK-02: what the broker says', () => {
  const own = { WebSocket: globalThis.WebSocket, RTCPeerConnection: globalThis.RTCPeerConnection };
  let connections = 0;
  let states: SignalingState[] = [];
  let signals: IncomingSignal[] = [];
  let relays: (RelayCredentials | null)[] = [];
  let signaling: PeerSignaling;

  beforeEach(() => {
    [connections, states, signals, relays] = [0, [], [], []];
    const counted = new Proxy(own.RTCPeerConnection, {
      construct: (target, args) => {
        connections += 1;
        return Reflect.construct(target, args) as RTCPeerConnection;
      },
    });
    Object.assign(globalThis, { WebSocket: HeldSocket, RTCPeerConnection: counted });
    signaling = new PeerSignaling({
      peerId: 'me' as PeerId,
      token: 'token',
      broker: { host: '127.0.0.1', port: 1, path: '/', secure: false },
      onState: state => states.push(state),
      onSignal: signal => signals.push(signal),
      onRelay: credentials => relays.push(credentials),
    });
    signaling.open();
  });

  afterEach(() => {
    signaling.close();
    Object.assign(globalThis, own);
  });

  function broker(): HeldSocket {
    if (HeldSocket.last === undefined) throw new Error('no socket was opened');
    return HeldSocket.last;
  }

  it('P2P-LNK-02: registers on OPEN, which PeerJS hears', () => {
    broker().receive({ type: 'OPEN' });
    expect(states.at(-1)).to.deep.equal({ kind: 'registered' });
    expect(signaling.isRegistered).to.equal(true);
  });

  it('P2P-LNK-02: an id that is taken is told as such', () => {
    broker().receive({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });
    expect(states.at(-1)).to.deep.equal({ kind: 'offline', reason: 'id-taken' });
  });

  it('P2P-LNK-02: OFFER, ANSWER, CANDIDATE, LEAVE and EXPIRE reach us alone: PeerJS makes no connection', () => {
    broker().receive({ type: 'OPEN' });
    const atStart = connections;
    const sdp = { type: 'offer', sdp: 'v=0' };
    const offer = { sdp, type: 'data', connectionId: 'dc_1', label: 'dc_1', serialization: 'raw' };
    const types = ['OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE'];
    for (const type of types) broker().receive({ type, src: 'peer', payload: offer });
    expect(signals.map(({ type }) => type)).to.deep.equal(types);
    expect(connections).to.equal(atStart);
    expect(signaling.isRegistered).to.equal(true);
  });

  it('P2P-LNK-02: a frame without a sender that is an id, or of an unknown type, is nothing', () => {
    broker().receive({ type: 'OPEN' });
    const said = states.length;
    broker().receive({ type: 'OFFER', payload: {} });
    broker().receive({ type: 'OFFER', src: '../x', payload: {} });
    broker().receive({ type: 'GO-AWAY', src: 'peer' });
    broker().receive(['OFFER']);
    expect(signals).to.deep.equal([]);
    expect(states.length).to.equal(said);
  });

  it('P2P-LNK-13: asks for the relay once registered, and again before its credentials end', async () => {
    const asked = (): number => broker().sent.filter(text => text === '{"type":"TURN"}').length;
    expect(asked()).to.equal(0);
    broker().receive({ type: 'OPEN' });
    expect(asked()).to.equal(1);
    broker().receive({ type: 'TURN', payload: null });
    const iceServers = [{ urls: ['turn:relay.example'], username: 'u', credential: 'c' }];
    const delays: number[] = [];
    const { setTimeout } = globalThis;
    let refresh: () => void = () => undefined;
    Object.assign(globalThis, {
      setTimeout: (task: () => void, ms: number) => {
        delays.push(ms);
        refresh = task;
        return 0;
      },
    });
    broker().receive({ type: 'TURN', payload: { iceServers, ttlSeconds: 100 } });
    Object.assign(globalThis, { setTimeout });
    expect(relays).to.deep.equal([null, { iceServers, ttlMs: 100_000 }]);
    expect(delays).to.deep.equal([80_000]);
    refresh();
    expect(asked()).to.equal(2);
  });
});
