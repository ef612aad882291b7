/**
 * STUN and TURN servers as a person types them, one a line:
 *
 *     stun:stun.example.org
 *     turns:turn.example.org:5349 username credential
 */
import type { IceServer } from '@enk/context';

export type IceTextResult =
  | { readonly kind: 'valid'; readonly servers: readonly IceServer[] }
  /** 1-based number of the first line that is not understood. */
  | { readonly kind: 'invalid'; readonly line: number };

const URL_FORM = /^(stuns?|turns?):[^\s/?#]+(\?transport=(udp|tcp))?$/;

export function parseIceText(text: string): IceTextResult {
  const servers: IceServer[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const server = parseLine(line.trim());
    if (server === null) return { kind: 'invalid', line: index + 1 };
    servers.push(server);
  }
  return { kind: 'valid', servers };
}

export function formatIceText(servers: readonly IceServer[]): string {
  return servers.flatMap(formatServer).join('\n');
}

function parseLine(line: string): IceServer | null {
  const [urls, username, credential, ...rest] = line.split(/\s+/);
  if (urls === undefined || !URL_FORM.test(urls) || rest.length > 0) return null;
  const isTurn = urls.startsWith('turn');
  if (!isTurn) return username === undefined ? { urls } : null;
  return username === undefined || credential === undefined ? null : { urls, username, credential };
}

function formatServer(server: IceServer): string[] {
  const urls = typeof server.urls === 'string' ? [server.urls] : server.urls;
  return urls.map(url =>
    [url, server.username, server.credential].filter(part => part !== undefined).join(' '),
  );
}
