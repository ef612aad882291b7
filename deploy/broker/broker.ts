/**
 * A PeerJS-compatible broker: one Node process with everything in memory, or several over one Redis. It introduces
 * peers and relays their first offer and answer; it never sees a message. What it can do to people, and what it cannot: SECURITY.md, "broker".
 *
 * Differs from PeerJS's own server on purpose: a reconnect with the same id and token gets OPEN; frames, rates and
 * queues are bounded; a frame that is not JSON is dropped; ids are checked; plain ws: is for loopback only.
 */
import { type IncomingMessage, type Server, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Bus } from './bus.ts';
import { ClientAddresses, isLoopback } from './client-address.ts';
import { errorFrame } from './frames.ts';
import { answerHttp, type HttpSettings, parseTarget } from './http-endpoints.ts';
import { type BrokerLimits, DEFAULT_LIMITS, isPeerId } from './limits.ts';
import { type Log, peerMark, silent } from './log.ts';
import { MemoryBus } from './memory-bus.ts';
import { type Counters, createCounters, createRegistry } from './metrics.ts';
import { Realm, refuse } from './realm.ts';
import { RedisBus } from './redis-bus.ts';
import { isSignedToken } from './signed-tokens.ts';
import { type SfuOptions, SfuRooms } from './sfu-rooms.ts';
import { mintTurnCredentials, type TurnOptions } from './turn-credentials.ts';

export interface BrokerOptions {
  /** Address to listen on; loopback by default. Any other needs `tls` or `isBehindTrustedProxy`. */
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port?: number;
  /** Prefix of every address, `/` by default. */
  readonly path?: string;
  /** PeerJS's key: not a secret, only a name for the realm. */
  readonly key?: string;
  /** PEM texts; the broker then speaks wss: and https:. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** A proxy in front terminates TLS: plain ws: on an address other than loopback is then accepted. */
  readonly isBehindTrustedProxy?: boolean;
  /** Addresses or CIDR blocks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
  /** Lets anyone list the ids of this node. Off: ids are addresses, and whoever has one can dial it. */
  readonly allowDiscovery?: boolean;
  /** `redis://…` or `rediss://…`: several nodes share ids and frames over it. Without: this process alone. */
  readonly busUrl?: string;
  /** Only tokens signed under this key (at least 16 characters) register; see signed-tokens.ts. */
  readonly tokenKey?: string;
  /** Gives registered peers short-lived credentials of this TURN server. */
  readonly turn?: TurnOptions;
  /** Gives registered peers rooms at this SFU for their large calls. */
  readonly sfu?: SfuOptions;
  readonly limits?: Partial<BrokerLimits>;
  readonly log?: Log;
}

export interface Broker {
  /** `ws://host:port/path` or `wss://…`: what clients take as broker URL. */
  readonly url: string;
  readonly port: number;
  /** Not ready any more; closes every socket with 1012 in slices, then everything. For SIGTERM. */
  drain(): Promise<void>;
  /** Cuts every socket and frees the port. Idempotent. */
  close(): Promise<void>;
}

/** An address other than loopback was asked for without TLS: ids and addresses would travel in clear. */
export class InsecureBrokerAddressError extends Error {
  readonly code = 'insecure-address';
  constructor() {
    super('A broker outside loopback needs TLS, or a trusted proxy that terminates it');
  }
}

/** What the parts of one node share. */
interface Node {
  readonly options: BrokerOptions;
  readonly limits: BrokerLimits;
  readonly bus: Bus;
  readonly realm: Realm;
  readonly sfu: SfuRooms | null;
  readonly counters: Counters;
  readonly addresses: ClientAddresses;
  readonly log: Log;
  /** Begins and ends with a slash. */
  readonly path: string;
}

/** Starts a broker. Throws InsecureBrokerAddressError, node's listen error (`EADDRINUSE`, …) or the bus's own. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { host = '127.0.0.1', port = 9_000, tls, isBehindTrustedProxy = false } = options;
  if (!isLoopback(host) && !tls && !isBehindTrustedProxy) throw new InsecureBrokerAddressError();
  if (options.tokenKey !== undefined && options.tokenKey.length < 16)
    throw new TypeError('The token key is too short');
  const node = createNode(options);
  const server = tls ? createTlsServer({ cert: tls.cert, key: tls.key }) : createServer();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: node.limits.frameBytes,
    perMessageDeflate: false,
  });
  serve(server, sockets, node);
  try {
    await node.bus.open(node.realm);
    await listen(server, host, port);
  } catch (error) {
    node.realm.close();
    node.sfu?.close();
    await node.bus.close();
    throw error;
  }

  const bound = (server.address() as AddressInfo).port;
  const url = `${tls ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${bound}${node.path}`;
  node.log('listening', { url, bus: options.busUrl === undefined ? 'memory' : 'redis' });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll(server, sockets, node));
  const drain = async (): Promise<void> => {
    node.log('draining', { clients: node.realm.size });
    await node.realm.drain();
    await close();
  };
  return { url, port: bound, drain, close };
}

function createNode(options: BrokerOptions): Node {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const log = options.log ?? silent;
  const counters = createCounters();
  const { busUrl } = options;
  const onError = (error: Error): void => log('bus-error', { message: error.message });
  const bus = busUrl === undefined ? new MemoryBus(limits) : new RedisBus(busUrl, limits, onError);
  const addresses = new ClientAddresses(options.trustedProxies ?? [], limits.clientsPerAddress);
  const path = withSlashes(options.path ?? '/');
  const { turn } = options;
  const mint = turn && (() => mintTurnCredentials(turn, limits.turnTtlSeconds, Date.now()));
  const sfu = options.sfu === undefined ? null : new SfuRooms(options.sfu, limits);
  const realm = new Realm({
    limits,
    bus,
    counters,
    ...(mint && { mintTurnCredentials: mint }),
    ...(sfu && { sfu }),
  });
  return { options, limits, bus, realm, sfu, counters, addresses, log, path };
}

function serve(server: Server, sockets: WebSocketServer, node: Node): void {
  const { realm, path, addresses, log, counters } = node;
  const http = httpSettings(node);
  server.on('request', (request, response) => answerHttp(request, response, http));
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const { pathname, searchParams } = parseTarget(request);
    if (pathname !== `${path}peerjs`) return endWith(stream, '400 Bad Request');
    if (realm.isDraining) return endWith(stream, '503 Service Unavailable');
    const address = addresses.of(request);
    if (!addresses.enter(address)) {
      counters.refused.address += 1;
      log('refused', { reason: 'address' });
      return endWith(stream, '429 Too Many Requests');
    }
    releaseOnClose(stream, addresses, address);
    sockets.handleUpgrade(request, stream, head, socket => {
      cutOnError(socket, counters);
      void admit(node, socket, { query: searchParams, address });
    });
  });
}

// Functions of their own, so that what a socket keeps for its life does not keep the request that opened it.

function releaseOnClose(stream: Duplex, addresses: ClientAddresses, address: string): void {
  stream.once('close', () => addresses.leave(address));
}

/** An oversized or malformed frame; ws has sent its close. */
function cutOnError(socket: WebSocket, counters: Counters): void {
  socket.on('error', () => {
    counters.refused.oversized += 1;
    socket.terminate();
  });
}

function endWith(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
}

function httpSettings({ options, bus, realm, counters, addresses, path }: Node): HttpSettings {
  return {
    path,
    allowDiscovery: options.allowDiscovery ?? false,
    listIds: () => realm.ids,
    isReady: () => !realm.isDraining && bus.isUp,
    isOwn: request => addresses.isOwn(request),
    metrics: createRegistry({ counters, clients: () => realm.size, isBusUp: () => bus.isUp }),
  };
}

/** What names the owner of an id to the bus; null for a token that was to be signed and is not. */
function ownerToken({ tokenKey }: BrokerOptions, id: string, token: string): string | null {
  if (tokenKey === undefined) return token;
  return isSignedToken(tokenKey, id, token, Date.now()) ? `signed owner of ${id}` : null;
}

async function admit(
  { options, realm, counters, log }: Node,
  socket: WebSocket,
  { query, address }: { readonly query: URLSearchParams; readonly address: string },
): Promise<void> {
  const id = query.get('id');
  const token = query.get('token');
  const givenKey = query.get('key');
  const invalid = (message: string): void => {
    counters.refused.invalid += 1;
    refuse(socket, errorFrame(message));
  };
  if (!id || !token || !givenKey) return invalid('No id, token, or key supplied to websocket server');
  if (givenKey !== (options.key ?? 'peerjs')) return invalid('Invalid key provided');
  const owner = isPeerId(id) && token.length <= 256 ? ownerToken(options, id, token) : null;
  if (owner === null) {
    log('refused', { reason: 'invalid', peer: peerMark(id) });
    return invalid('Invalid id or token');
  }
  await realm.register(socket, { id, token: owner, address });
}

async function closeAll(
  server: Server,
  sockets: WebSocketServer,
  { realm, sfu, bus, log }: Node,
): Promise<void> {
  realm.close();
  sfu?.close();
  for (const socket of sockets.clients) socket.terminate();
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  server.closeAllConnections();
  await Promise.all([closed, bus.close()]);
  log('stopped');
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function withSlashes(path: string): string {
  return `/${path}/`.replace(/\/+/g, '/');
}
