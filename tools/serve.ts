/**
 * The static server of the built app, used by `npm start`, the end-to-end tests, screenshots and benches.
 * Serves the shell with its headers, the modules for any origin, and nothing that is not listed in
 * integrity.json. Not responsible for building.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ReleaseRoot } from '@enk/release-manifest';
import { root } from '../vite.config.ts';
import { embedTemplate } from './build/embed-page.ts';
import {
  configText,
  renderEmbed,
  serviceWorkerHeaders,
  shellHeaders,
  type IceServer,
  type PageSettings,
} from './build/page.ts';
import { pageLoading, SITE_CONFIG } from './build/site-paths.ts';
import { readRelease, type ReleaseIndex } from './build/write-release.ts';
import { listenOnFreePort } from './listen.ts';
import { MANIFEST, SIGNATURES } from './release/make-manifest.ts';

/** Changes the bytes of a file on their way out; returns them unchanged where it does not want to. */
export type Tamper = (path: string, bytes: Buffer, request: IncomingMessage) => Buffer;

export interface SiteOptions {
  /** A folder made by the build; dist/ unless given. */
  readonly folder?: string;
  /** Address to bind; loopback unless given. */
  readonly host?: string;
  /** First port to try; 0 or absent: any free one. A taken port moves to the next free one. */
  readonly port?: number;
  /** Name in the printed URL: `localhost` unless given. */
  readonly hostname?: string;
  /** Broker that the page is told and its policy admits; by function when it depends on the port. */
  readonly broker: string | ((origin: string) => string);
  readonly iceServers?: readonly IceServer[];
  readonly mirrors?: readonly string[];
  /** Keys of the signed release that the folder holds: pages pin it. Absent: an unsigned development build. */
  readonly root?: ReleaseRoot;
  /** Folder with `N.json` and `N.json.minisig` of earlier releases, served below releases/. */
  readonly history?: string;
  /** PEM key and certificate: serves https. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Passes WebSocket upgrades of this server to a broker on loopback. */
  readonly brokerPort?: number;
  readonly tamper?: Tamper;
}

export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** A running server. */
export interface Site {
  /** Where to go, with a slash at the end. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  readonly requests: readonly ServedRequest[];
  /** What is served. */
  readonly release: ReleaseIndex;
  /** From now on; null ends it. */
  setTamper(tamper: Tamper | null): void;
  close(): Promise<void>;
}

type Responder = (path: string, origin: string, request: IncomingMessage) => FileAnswer | null;

interface FileAnswer {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.json': 'application/json',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

const moduleHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
} as const;

const listHeaders = { ...moduleHeaders, 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' };

/** Serves the shell and the modules of one build. */
export async function serveSite(options: SiteOptions): Promise<Site> {
  const folder = options.folder ?? join(root, 'dist');
  const index = readRelease(folder);
  const files = new Map([...readFiles(folder, index), ...readHistory(options.history)]);
  let tamper = options.tamper ?? null;
  const settingsAt = (origin: string): PageSettings => ({
    broker: typeof options.broker === 'string' ? options.broker : options.broker(origin),
    iceServers: options.iceServers ?? [],
    ...(options.mirrors && { mirrors: options.mirrors }),
    ...(options.root && { root: options.root }),
  });
  const respond = (path: string, origin: string): FileAnswer | null =>
    siteAnswer(path, index, settingsAt(origin), files);
  const site = await startServer(options, (path, origin, request) => {
    const answer = respond(path, origin);
    return answer && tamper ? { ...answer, body: tamper(path, answer.body, request) } : answer;
  });
  return { ...site, release: index, setTamper: next => void (tamper = next) };
}

/** Serves the example of a foreign page from an origin of its own, with the modules of another site. */
export async function serveEmbed(
  options: Pick<SiteOptions, 'host' | 'port' | 'hostname'> & { modules: Site; broker: string },
): Promise<Site> {
  const { release, url } = options.modules;
  const html = renderEmbed(embedTemplate(), release, { mirrors: [url], broker: options.broker });
  const page: FileAnswer = {
    body: Buffer.from(html),
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' },
  };
  const site = await startServer(options, path => (path === '/' || path === '/index.html' ? page : null));
  return { ...site, release, setTamper: () => undefined };
}

/** Pages and what they are served with, the operator's choices, and the files of the release. */
function siteAnswer(
  path: string,
  index: ReleaseIndex,
  settings: PageSettings,
  files: ReadonlyMap<string, FileAnswer>,
): FileAnswer | null {
  const name = path === '/' ? 'index.html' : path.slice(1);
  if (name === SITE_CONFIG) return { body: Buffer.from(configText(settings)), headers: listHeaders };
  const file = files.get(`/${name}`) ?? null;
  if (!file) return null;
  if (name === index.page.serviceWorker) return { ...file, headers: serviceWorkerHeaders(settings) };
  return name in pageLoading ? pageAnswer(file, index, name as keyof typeof pageLoading, settings) : file;
}

function pageAnswer(
  { body }: FileAnswer,
  index: ReleaseIndex,
  name: keyof typeof pageLoading,
  settings: PageSettings,
): FileAnswer {
  return { body, headers: shellHeaders(index, { settings, loading: pageLoading[name] }) };
}

/** Read once, so that a build in the meantime cannot mix two releases; only what integrity.json lists. */
function readFiles(folder: string, index: ReleaseIndex): ReadonlyMap<string, FileAnswer> {
  const lists = ['importmap.json', 'integrity.json'];
  const signed = [MANIFEST, SIGNATURES].filter(name => existsSync(join(folder, name)));
  const paths = [...lists, ...signed, ...Object.keys(index.integrity).map(url => url.slice(2))];
  return new Map(paths.map(path => [`/${path}`, fileAnswer(folder, path)]));
}

function readHistory(folder: string | undefined): (readonly [string, FileAnswer])[] {
  const names = folder === undefined ? [] : readdirSync(folder);
  return names.map(name => [`/releases/${name}`, fileAnswer(folder ?? '', name)] as const);
}

function fileAnswer(folder: string, path: string): FileAnswer {
  const type = types[path.slice(path.lastIndexOf('.'))] ?? 'application/octet-stream';
  const caching = path.startsWith('modules/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  return {
    body: readFileSync(join(folder, path)),
    headers: { ...moduleHeaders, 'Content-Type': type, 'Cache-Control': caching },
  };
}

type RunningServer = Omit<Site, 'setTamper' | 'release'>;

async function startServer(options: Omit<SiteOptions, 'broker'>, respond: Responder): Promise<RunningServer> {
  const requests: ServedRequest[] = [];
  let origin = '';
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const status = answer(request, response, path => respond(path, origin, request));
    requests.push({ method: request.method ?? '', path: request.url ?? '', status });
  };
  const server: Server = options.tls ? createHttpsServer(options.tls, listener) : createHttpServer(listener);
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => void sockets.add(socket.once('close', () => sockets.delete(socket)));
  server.on('connection', track);
  if (options.brokerPort !== undefined) passUpgrades(server, options.brokerPort, track);
  const port = await listenOnFreePort(server, options.host ?? '127.0.0.1', options.port ?? 0);
  origin = `${options.tls ? 'https' : 'http'}://${options.hostname ?? 'localhost'}:${port}`;
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { url: `${origin}/`, origin, port, requests, close };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  respond: (path: string) => ReturnType<Responder>,
) {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const found = request.method === 'GET' || request.method === 'HEAD' ? respond(path) : null;
  if (!found) {
    response
      .writeHead(404, { 'Content-Type': 'text/plain', 'X-Content-Type-Options': 'nosniff' })
      .end('Not found\n');
    return 404;
  }
  const { body } = found;
  response.writeHead(200, { ...found.headers, 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
  return 200;
}

/** The broker behind the same origin: one certificate to accept, one port to open. */
function passUpgrades(server: Server, brokerPort: number, track: (socket: Socket) => void): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const upstream = connect(brokerPort, '127.0.0.1', () => {
      const lines = request.rawHeaders.flatMap((name, i, all) =>
        i % 2 ? [] : [`${name}: ${all[i + 1] ?? ''}`],
      );
      upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    track(upstream);
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
}
