/**
 * A PeerJS-compatible broker: one Node process, everything in memory. It introduces peers and relays their first
 * offer and answer; it never sees a message. What it can do to people, and what it cannot: SECURITY.md, "broker".
 *
 * Differs from PeerJS's own server on purpose: a reconnect with the same id and token gets OPEN; frames, rates and
 * queues are bounded; a frame that is not JSON is dropped; ids are checked; plain ws: is for loopback only.
 */
import { type IncomingMessage, type Server, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { errorFrame } from './frames.ts';
import { answerHttp, parseTarget } from './http-endpoints.ts';
import { type BrokerLimits, DEFAULT_LIMITS, isPeerId } from './limits.ts';
import { Realm, refuse } from './realm.ts';

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
  /** Lets anyone list the registered ids. Off: ids are addresses, and whoever has one can dial it. */
  readonly allowDiscovery?: boolean;
  readonly limits?: Partial<BrokerLimits>;
}

export interface Broker {
  /** `ws://host:port/path` or `wss://…`: what clients take as broker URL. */
  readonly url: string;
  readonly port: number;
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

/** Starts a broker. Throws InsecureBrokerAddressError, or node's listen error (`EADDRINUSE`, …). */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { host = '127.0.0.1', port = 9_000, tls, isBehindTrustedProxy = false } = options;
  if (!isLoopback(host) && !tls && !isBehindTrustedProxy) throw new InsecureBrokerAddressError();
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const path = withSlashes(options.path ?? '/');
  const server = tls ? createTlsServer({ cert: tls.cert, key: tls.key }) : createServer();
  await listen(server, host, port);

  const realm = new Realm(limits);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
  });
  const http = { path, allowDiscovery: options.allowDiscovery ?? false, listIds: () => realm.ids };
  server.on('request', (request, response) => answerHttp(request, response, http));
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const { pathname, searchParams } = parseTarget(request);
    if (pathname !== `${path}peerjs`)
      return void stream.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    sockets.handleUpgrade(request, stream, head, socket => {
      socket.on('error', () => socket.terminate()); // An oversized or malformed frame; ws has sent its close.
      void admit(realm, socket, searchParams, options.key ?? 'peerjs');
    });
  });

  const bound = (server.address() as AddressInfo).port;
  let closing: Promise<void> | undefined;
  return {
    url: `${tls ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${bound}${path}`,
    port: bound,
    close: () => (closing ??= closeAll(server, sockets, realm)),
  };
}

async function admit(realm: Realm, socket: WebSocket, query: URLSearchParams, key: string): Promise<void> {
  const id = query.get('id');
  const token = query.get('token');
  const givenKey = query.get('key');
  if (!id || !token || !givenKey) {
    return refuse(socket, errorFrame('No id, token, or key supplied to websocket server'));
  }
  if (givenKey !== key) return refuse(socket, errorFrame('Invalid key provided'));
  if (!isPeerId(id) || token.length > 256) return refuse(socket, errorFrame('Invalid id or token'));
  await realm.register(socket, id, token);
}

async function closeAll(server: Server, sockets: WebSocketServer, realm: Realm): Promise<void> {
  realm.close();
  for (const socket of sockets.clients) socket.terminate();
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
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

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function withSlashes(path: string): string {
  return `/${path}/`.replace(/\/+/g, '/');
}
