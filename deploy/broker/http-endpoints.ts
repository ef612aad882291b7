/**
 * PeerJS's HTTP side: the root document, a fresh id, and the list of peers where the operator allows it. The CORS
 * origin is echoed, since nothing here is private to an origin and no cookie is read.
 *
 * Ours beside it: /healthz (the process runs), /readyz (send me newcomers) and /metrics (for the operator's own
 * addresses only).
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

export interface HttpSettings {
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly allowDiscovery: boolean;
  readonly listIds: () => readonly string[];
  readonly isReady: () => boolean;
  readonly isOwn: (request: IncomingMessage) => boolean;
  readonly metrics: Registry;
}

const ROOT = JSON.stringify({
  name: 'PeerJS Server',
  description: 'A server side element to broker connections between PeerJS clients.',
  website: 'https://peerjs.com/',
});

export function answerHttp(request: IncomingMessage, response: ServerResponse, settings: HttpSettings): void {
  const { pathname } = parseTarget(request);
  writeSharedHeaders(request, response);
  if (request.method === 'OPTIONS') return answerPreflight(request, response);
  if (request.method === 'GET' && answerOperator(pathname, request, response, settings)) return;
  const rest = pathname.startsWith(settings.path) ? pathname.slice(settings.path.length) : null;
  if (request.method === 'GET' && rest === '') return answer(response, 200, 'application/json', ROOT);
  const endpoint = /^[^/]+\/(id|peers)$/.exec(rest ?? '')?.[1];
  if (request.method === 'GET' && endpoint === 'id') return answer(response, 200, 'text/html', randomUUID());
  if (request.method === 'GET' && endpoint === 'peers') return answerPeers(response, settings);
  const text = escapeHtml(`Cannot ${request.method ?? ''} ${pathname}`);
  answer(response, 404, 'text/html', notFoundPage(text));
}

/** What load balancers and monitoring ask. False when the path is none of theirs. */
function answerOperator(
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
  { isReady, isOwn, metrics }: HttpSettings,
): boolean {
  if (pathname === '/healthz') answer(response, 200, 'text/plain', 'ok\n');
  else if (pathname === '/readyz')
    answer(response, isReady() ? 200 : 503, 'text/plain', isReady() ? 'ready\n' : 'not ready\n');
  else if (pathname === '/metrics' && isOwn(request)) {
    void metrics.metrics().then(text => answer(response, 200, 'text/plain', text));
  } else return false;
  return true;
}

/** The request's path and query. Never throws, whatever a client sends as its target (`//`, `http://[`, …). */
export function parseTarget(request: IncomingMessage): URL {
  const target = request.url?.startsWith('/') ? `http://broker.invalid${request.url}` : '';
  return new URL(URL.canParse(target) ? target : 'http://broker.invalid/');
}

function answerPeers(response: ServerResponse, settings: HttpSettings): void {
  if (!settings.allowDiscovery) return answer(response, 401, 'text/plain', 'Unauthorized');
  answer(response, 200, 'application/json', JSON.stringify(settings.listIds()));
}

function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Vary', 'Origin, Access-Control-Request-Headers');
  response.setHeader('Access-Control-Allow-Methods', 'GET');
  const asked = request.headers['access-control-request-headers'];
  if (asked !== undefined) response.setHeader('Access-Control-Allow-Headers', asked);
  response.writeHead(204, { 'Content-Length': '0' }).end();
}

function writeSharedHeaders(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Vary', 'Origin');
  if (request.headers.origin !== undefined) {
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin);
  }
  response.setHeader('Content-Security-Policy', "default-src 'none'");
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-store');
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8` }).end(body);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

function notFoundPage(text: string): string {
  const head = '<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>';
  return `<!DOCTYPE html>\n<html lang="en">\n${head}\n<body>\n<pre>${text}</pre>\n</body>\n</html>\n`;
}
