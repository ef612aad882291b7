/**
 * Registration at our broker, through PeerJS. PeerJS serves as a signalling socket only: it opens the WebSocket,
 * sends heartbeats, and handles OPEN, ERROR and ID-TAKEN. OFFER, ANSWER, CANDIDATE, LEAVE and EXPIRE never reach it,
 * so it never makes, replaces or closes an RTCPeerConnection: a live session is ours (DESIGN.md §6).
 *
 * Not responsible for: connections. Invariants: at most one PeerJS peer lives at a time; every PeerJS default that
 * names a public server is overridden; until `close()` it tries to be registered.
 */
import { Peer } from 'peerjs';
import {
  BROKER_RETRY_BASE_MS,
  BROKER_RETRY_MAX_MS,
  MAX_QUEUED_SIGNALS,
  REGISTER_TIMEOUT_MS,
} from '../limits.ts';
import type { PeerId, SignalingState } from '../ports/transport.ts';
import type { BrokerAddress } from './address-policy.ts';
import { BackOff } from './back-off.ts';
import { randomFraction } from './random.ts';
import { type RelayCredentials, readRelayCredentials } from './relay-servers.ts';

export type OutgoingSignalType = 'OFFER' | 'ANSWER' | 'CANDIDATE';

/** A frame that the broker relayed or made. `src` is what the broker says; nothing in it is authenticated. */
export interface IncomingSignal {
  readonly type: OutgoingSignalType | 'LEAVE' | 'EXPIRE';
  readonly src: PeerId;
  readonly payload: unknown;
}

interface OutgoingSignal {
  readonly type: OutgoingSignalType;
  readonly dst: PeerId;
  readonly payload: object;
}

export interface PeerSignalingOptions {
  readonly peerId: PeerId;
  /** Holds the id at the broker; unguessable, and the same for every reconnect, which thereby takes it over. */
  readonly token: string;
  readonly broker: BrokerAddress;
  onState(state: SignalingState): void;
  onSignal(signal: IncomingSignal): void;
  /** Asks the broker for its relay's credentials, again at 80 % of their life. Absent: never asks. */
  readonly onRelay?: (credentials: RelayCredentials | null) => void;
  /** What the broker says of its SFU: asked once registered, and by `askSfu`. Absent: never asks. */
  readonly onSfu?: (payload: unknown) => void;
}

type OfflineReason = (SignalingState & { kind: 'offline' })['reason'];

const OURS: ReadonlySet<unknown> = new Set(['OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE']);
/** What PeerJS may hear. It would keep every other message for a connection that never comes. */
const PEERJS_OWN: ReadonlySet<unknown> = new Set(['OPEN', 'ERROR', 'ID-TAKEN']);
/** PeerJS's rule for ids; they stand unescaped in the WebSocket's address. */
const PEER_ID = /^[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*$/;

export function isPeerId(value: unknown): value is PeerId {
  return typeof value === 'string' && value.length <= 128 && PEER_ID.test(value);
}

export class PeerSignaling {
  readonly #backOff = new BackOff(BROKER_RETRY_BASE_MS, BROKER_RETRY_MAX_MS, randomFraction);
  readonly #queue: OutgoingSignal[] = [];
  #peer: Peer | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #relayTimer: ReturnType<typeof setTimeout> | undefined;
  #state: SignalingState = { kind: 'connecting' };
  #isClosed = false;

  constructor(private readonly options: PeerSignalingOptions) {}

  get isRegistered(): boolean {
    return this.#state.kind === 'registered';
  }

  /** Registers, and again whenever the registration is lost, until `close()`. */
  open(): void {
    this.options.onState(this.#state);
    this.#attempt();
  }

  /** Sends now, or after the next registration. Beyond MAX_QUEUED_SIGNALS it is dropped: the dial then times out. */
  send(type: OutgoingSignalType, dst: PeerId, payload: object): void {
    const signal = { type, dst, payload };
    if (this.isRegistered) this.#peer?.socket.send(signal);
    else if (this.#queue.length < MAX_QUEUED_SIGNALS) this.#queue.push(signal);
  }

  /** Asks the broker to have a room ready at its SFU; without a registration nobody answers. */
  askSfu(room: string): void {
    if (this.isRegistered) this.#peer?.socket.send({ type: 'SFU', payload: { room } });
  }

  /** The page woke up: do not wait out the back-off. */
  retryNow(): void {
    if (this.#isClosed || this.isRegistered) return;
    this.#backOff.reset();
    this.#attempt();
  }

  /** The network changed: the socket may be dead without knowing it, so it is opened anew. */
  reopen(): void {
    if (this.#isClosed) return;
    this.#backOff.reset();
    this.#attempt();
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
    this.#queue.length = 0;
  }

  #attempt(): void {
    this.#drop();
    const peer = this.#makePeer();
    if (peer === null) return this.#lost('unreachable');
    this.#peer = peer;
    let reason: OfflineReason = 'unreachable';
    const end = (): void => {
      if (this.#peer === peer) this.#lost(reason);
    };
    peer.on('open', () => this.#registered(peer));
    // PeerError loses a wrapped error's message, and texts are not for us anyway: only the type counts.
    peer.on('error', error => {
      if (error.type === 'unavailable-id') reason = 'id-taken';
    });
    peer.on('disconnected', end);
    peer.on('close', end);
    this.#timer = setTimeout(end, REGISTER_TIMEOUT_MS);
  }

  /** Null when the browser refuses the address by itself (`new WebSocket` throws on mixed content, for one). */
  #makePeer(): Peer | null {
    const { peerId, token, broker } = this.options;
    const config: RTCConfiguration = { iceServers: [] };
    const settings = {
      ...broker,
      token,
      config,
      key: 'peerjs',
      debug: 0,
      referrerPolicy: 'no-referrer',
    } as const;
    try {
      const peer = new Peer(peerId, settings);
      this.#takeSignals(peer);
      return peer;
    } catch {
      return null;
    }
  }

  /** Puts our listener before PeerJS's, which from now on hears only what concerns the registration. */
  #takeSignals({ socket }: Peer): void {
    const [peerJsListener] = socket.listeners('message');
    if (peerJsListener === undefined) throw new Error('PeerJS does not listen as this module expects');
    socket.removeAllListeners('message');
    socket.on('message', (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('type' in message)) return;
      if (OURS.has(message.type)) this.#receive(socket, message as { type: IncomingSignal['type'] });
      else if (message.type === 'TURN') this.#takeRelay(socket, message as { payload?: unknown });
      else if (message.type === 'SFU') this.#takeSfu(socket, message as { payload?: unknown });
      else if (PEERJS_OWN.has(message.type)) peerJsListener.call(socket, message);
    });
  }

  #receive(
    socket: Peer['socket'],
    message: { type: IncomingSignal['type']; src?: unknown; payload?: unknown },
  ): void {
    if (this.#peer?.socket !== socket || !isPeerId(message.src)) return;
    this.options.onSignal({ type: message.type, src: message.src, payload: message.payload });
  }

  #takeRelay(socket: Peer['socket'], { payload }: { payload?: unknown }): void {
    if (this.#peer?.socket !== socket || this.options.onRelay === undefined) return;
    const credentials = readRelayCredentials(payload);
    clearTimeout(this.#relayTimer);
    if (credentials) this.#relayTimer = setTimeout(() => this.#askRelay(), 0.8 * credentials.ttlMs);
    this.options.onRelay(credentials);
  }

  #takeSfu(socket: Peer['socket'], { payload }: { payload?: unknown }): void {
    if (this.#peer?.socket === socket) this.options.onSfu?.(payload);
  }

  #askRelay(): void {
    if (this.options.onRelay) this.#peer?.socket.send({ type: 'TURN' });
  }

  #registered(peer: Peer): void {
    if (this.#peer !== peer) return;
    clearTimeout(this.#timer);
    this.#backOff.reset();
    this.#tell({ kind: 'registered' });
    this.#askRelay();
    if (this.options.onSfu) peer.socket.send({ type: 'SFU' });
    for (const { type, dst, payload } of this.#queue.splice(0)) this.send(type, dst, payload);
  }

  #lost(reason: OfflineReason): void {
    this.#drop();
    const isOffline = reason === 'unreachable' && !navigator.onLine;
    this.#tell({ kind: 'offline', reason: isOffline ? 'no-network' : reason });
    this.#timer = setTimeout(() => this.#attempt(), this.#backOff.nextMs());
  }

  #drop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#relayTimer);
    const peer = this.#peer;
    this.#peer = undefined; // First: what `destroy` emits is then nobody's.
    peer?.destroy();
  }

  #tell(state: SignalingState): void {
    const isSame = JSON.stringify(state) === JSON.stringify(this.#state);
    this.#state = state;
    if (!isSame) this.options.onState(state);
  }
}
