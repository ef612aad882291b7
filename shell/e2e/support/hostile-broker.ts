/**
 * A broker that speaks PeerJS's protocol and does whatever a test tells it: records, injects, replays, rewrites,
 * answers for somebody else, dies. A tool of tests; nothing of it is the product's broker.
 *
 * Realms: an id may be registered once per realm, and frames stay in their realm. A client is put into the realm
 * that `realmOf` says for its id; whoever connects at `/realm/NAME/` is put into NAME. So a broker that terminates
 * both sides is: Alice in realm A, Bob in realm B; Mallory's first client in A under Bob's id, her second in B
 * under Alice's. `alias` does the same for a client that cannot choose its id.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Frame {
  readonly type: string;
  readonly src: string;
  readonly dst: string;
  readonly payload?: unknown;
}

export interface RelayedFrame extends Frame {
  readonly realm: string;
}

/** What becomes of a frame: itself, others instead, or nothing. */
export type Rewrite = (frame: RelayedFrame) => readonly Frame[];

const EXPIRE_MS = 1_000;
const DEFAULT_REALM = 'default';

export class HostileBroker {
  /** Every frame that a client sent, in order of arrival, before any rewriting. */
  readonly relayed: RelayedFrame[] = [];
  /** Every byte that a client sent, and the addresses that they connected to (ids and tokens are in them). */
  readonly recording: Buffer[] = [];
  /** Set to change, drop or multiply frames. */
  rewrite: Rewrite = frame => [frame];
  /** Set to put ids into realms. */
  realmOf: (id: string) => string = () => DEFAULT_REALM;

  readonly #clients = new Map<string, WebSocket>();
  readonly #waiting = new Map<string, Frame[]>();
  readonly #aliases = new Map<string, string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #changed: (() => void)[] = [];
  #server: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #port = 0;

  private constructor() {}

  static async start(): Promise<HostileBroker> {
    const broker = new HostileBroker();
    await broker.listen();
    return broker;
  }

  /** What the product takes as broker URL; with a realm, for a client that is put into it. */
  url(realm?: string): string {
    return `ws://127.0.0.1:${this.#port}/${realm === undefined ? '' : `realm/${realm}/`}`;
  }

  /** Listens, again after `kill` on the same port. */
  async listen(): Promise<void> {
    const server = createServer((_, response) => void response.writeHead(404).end());
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket, request) => this.#register(socket, request.url ?? '/'));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    [this.#server, this.#sockets] = [server, sockets];
  }

  /** Dies: every socket is cut, the port is free, everything that waited is gone. Also the end of a test. */
  async kill(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets?.clients ?? []) socket.terminate();
    this.#clients.clear();
    this.#waiting.clear();
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    await new Promise(resolve => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  isRegistered(id: string, realm = this.realmOf(id)): boolean {
    return this.#clients.has(key(realm, id));
  }

  /** In `realm`, whoever calls `id` reaches `actualId`, and what that one sends comes from `id`. */
  alias(realm: string, id: string, actualId: string): void {
    this.#aliases.set(key(realm, id), actualId);
  }

  /** Sends a frame to a client as if `src` had sent it. */
  inject(frame: Frame, realm = this.realmOf(frame.dst)): void {
    this.#deliver({ ...frame, realm });
  }

  /** Sends everything that was relayed to `dst` once more, in order. */
  replayTo(dst: string): void {
    for (const frame of this.relayed.filter(relayed => relayed.dst === dst)) this.#deliver(frame);
  }

  /** The first recorded frame that fits; waits for it. */
  async untilRelayed(fits: (frame: RelayedFrame) => boolean): Promise<RelayedFrame> {
    for (;;) {
      const found = this.relayed.find(fits);
      if (found) return found;
      await this.#change();
    }
  }

  async untilRegistered(id: string): Promise<void> {
    while (!this.isRegistered(id)) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise(resolve => this.#changed.push(resolve));
  }

  #tellChange(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }

  #register(socket: WebSocket, url: string): void {
    this.recording.push(Buffer.from(url));
    const { pathname, searchParams } = new URL(url, 'ws://broker.invalid');
    const id = searchParams.get('id') ?? '';
    const realm = /^\/realm\/([^/]+)\//.exec(pathname)?.[1] ?? this.realmOf(id);
    this.#clients.get(key(realm, id))?.close();
    this.#clients.set(key(realm, id), socket);
    socket.on('error', () => socket.terminate());
    socket.on('message', data => this.#receive(realm, id, Buffer.from(data.toString())));
    socket.on('close', () => {
      if (this.#clients.get(key(realm, id)) === socket) this.#clients.delete(key(realm, id));
      this.#tellChange();
    });
    socket.send(JSON.stringify({ type: 'OPEN' }));
    for (const frame of this.#takeWaiting(realm, id)) socket.send(JSON.stringify(frame));
    this.#tellChange();
  }

  #receive(realm: string, id: string, bytes: Buffer): void {
    this.recording.push(bytes);
    const { type, dst, payload } = JSON.parse(bytes.toString()) as Partial<Frame>;
    if (type === undefined || dst === undefined) return; // HEARTBEAT
    const frame = { type, src: this.#visibleId(realm, id), dst, payload, realm };
    this.relayed.push(frame);
    for (const changed of this.rewrite(frame)) this.#deliver({ ...changed, realm });
    this.#tellChange();
  }

  #deliver({ realm, ...frame }: RelayedFrame): void {
    const actual = this.#aliases.get(key(realm, frame.dst)) ?? frame.dst;
    const socket = this.#clients.get(key(realm, actual));
    if (socket) return socket.send(JSON.stringify(frame));
    const place = key(realm, actual);
    if (!this.#waiting.has(place)) this.#expireLater(place, { ...frame, realm });
    this.#waiting.set(place, [...(this.#waiting.get(place) ?? []), frame]);
  }

  #expireLater(place: string, { realm, src, dst }: RelayedFrame): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#waiting.delete(place)) return;
      this.#clients.get(key(realm, src))?.send(JSON.stringify({ type: 'EXPIRE', src: dst, dst: src }));
    }, EXPIRE_MS);
    this.#timers.add(timer);
  }

  #takeWaiting(realm: string, id: string): readonly Frame[] {
    const frames = this.#waiting.get(key(realm, id)) ?? [];
    this.#waiting.delete(key(realm, id));
    return frames;
  }

  #visibleId(realm: string, actualId: string): string {
    const found = [...this.#aliases].find(
      ([place, id]) => id === actualId && place.startsWith(key(realm, '')),
    );
    return found ? found[0].slice(key(realm, '').length) : actualId;
  }
}

function key(realm: string, id: string): string {
  return `${realm}\n${id}`;
}

/** Another SHA-256 fingerprint of the right form in every description: what a broker in the middle begins with. */
export function swapFingerprints(frame: RelayedFrame): readonly Frame[] {
  const text = JSON.stringify(frame).replaceAll(/sha-256 [0-9A-F]{2}/g, found =>
    found.endsWith('00') ? 'sha-256 11' : 'sha-256 00',
  );
  return [JSON.parse(text) as Frame];
}
