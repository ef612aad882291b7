/**
 * A site of an earlier release that was kept (tools/build/kept-release.ts), with the page that releases had before
 * pages became part of them: the import map inline, the broker in a meta element.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { importMapText } from '../../../tools/build/page.ts';
import { readRelease, type ReleaseIndex } from '../../../tools/build/write-release.ts';
import { listenOnFreePort } from '../../../tools/listen.ts';

export interface KeptSite {
  readonly url: string;
  readonly release: ReleaseIndex;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
};

function pageOf(release: ReleaseIndex, broker: string): string {
  const { boot, styles } = release.page;
  const tag = (path: string): string =>
    `integrity="${release.integrity[`./${path}`]}" crossorigin="anonymous"`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="enk-broker" content="${broker}" />
    <meta name="enk-ice-servers" content="[]" />
    <title>Enkrypted</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="./${styles}" ${tag(styles)} />
    <script type="importmap">${importMapText(release, './')}</script>
    <script src="./${boot}" ${tag(boot)} data-shell data-compat="compat.html"></script>
  </head>
  <body>
    <enk-shell></enk-shell>
  </body>
</html>`;
}

/** Serves the folder that `unpackRelease` wrote, and nothing that its integrity.json does not list. */
export async function serveKept(folder: string, broker: string): Promise<KeptSite> {
  const release = readRelease(folder);
  const page = pageOf(release, broker);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/') return response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page);
    if (release.integrity[`.${path}`] === undefined) return response.writeHead(404).end();
    const type = TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    return response.setHeader('Content-Type', type).end(readFileSync(join(folder, path)));
  });
  const port = await listenOnFreePort(server, '127.0.0.1', 0);
  return {
    url: `http://localhost:${port}/`,
    release,
    close: () => new Promise(resolve => (server.close(() => resolve()), server.closeAllConnections())),
  };
}
