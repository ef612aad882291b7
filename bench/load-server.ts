/** Two origins of a page that embeds a chat: the page's own, and one for everything else, compressed as hosts do. */
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundle } from '../tools/build/bundle.ts';
import { emitScript, type EmittedFile } from '../tools/build/emit.ts';
import { makeCertificate } from '../tools/certificate.ts';
import { listenOnFreePort } from '../tools/listen.ts';
import { readRelease } from '../tools/build/write-release.ts';
import { root } from '../vite.config.ts';

/** What answering takes of either kind of server. */
interface Answer {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body?: Buffer): unknown;
}

export interface LoadServer {
  /** Pages: with the loader, and with one bundled script. */
  readonly loader: string;
  readonly bundled: string;
  /** Bytes of bodies sent since the last call. */
  takeBytes(): number;
  close(): Promise<void>;
}

const dist = join(root, 'dist');

/** Chat and provider in one module, as somebody with a bundler would ship them. The worker stays a file of its own. */
async function bundleChat(worker: string, integrity: string): Promise<EmittedFile> {
  const built = await bundle({
    entry: { source: "import '@enk/provider';import '@enk/chat';" },
    define: {
      __ENK_WORKER_FILE__: JSON.stringify(worker.replace('modules/', '')),
      __ENK_WORKER_SHA384__: JSON.stringify(integrity),
    },
  });
  if (built.imports.length > 0) throw new Error('The bundle imports something.');
  return emitScript('bundle', built).script;
}

const pageOf = (tag: string): Buffer =>
  Buffer.from(
    `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>load</title>${tag}` +
      '<enk-provider broker="ws://localhost:9/" profile="load"><enk-chat></enk-chat></enk-provider>',
  );

/** HTTP/1.1 in the clear, of which a browser opens six connections, or HTTP/2 with a certificate of no authority. */
export type HttpVersion = 1 | 2;

const certificate = makeCertificate(['localhost'], Date.now());

/** Makes Chromium take it for one that is in order: what comes under a broken one it does not keep in its cache. */
export const certificateFlag = `--ignore-certificate-errors-spki-list=${createHash('sha256')
  .update(new X509Certificate(certificate.cert).publicKey.export({ type: 'spki', format: 'der' }))
  .digest('base64')}`;

interface Host {
  readonly url: string;
  close(): Promise<void>;
}

async function serve(
  files: Map<string, Buffer>,
  { type, version, onBytes }: { type: string; version: HttpVersion; onBytes: (bytes: number) => void },
): Promise<Host> {
  const answer = (request: { url?: string | undefined }, response: Answer): void => {
    const body = files.get(request.url ?? '');
    onBytes(body?.length ?? 0);
    response.writeHead(body ? 200 : 404, {
      'Content-Type': request.url?.endsWith('.json') ? 'application/json' : type,
      'Content-Encoding': 'gzip',
      'Access-Control-Allow-Origin': '*',
      'Cache-Control': 'public, max-age=31536000, immutable',
    });
    response.end(body);
  };
  const server = version === 1 ? createServer(answer) : createSecureServer(certificate, answer as never);
  const sockets = new Set<Socket>();
  server.on('connection', socket => sockets.add(socket));
  const port = await listenOnFreePort(server, '127.0.0.1', 0);
  return {
    url: `${version === 1 ? 'http' : 'https'}://localhost:${port}/`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

export async function startLoadServer(version: HttpVersion): Promise<LoadServer> {
  const { page, integrity } = readRelease(dist);
  const hashOf = (path: string) => integrity[`./${path}`] ?? '';
  const single = await bundleChat(page.worker, hashOf(page.worker));
  const zip = (bytes: Buffer) => gzipSync(bytes, { level: 9 });
  const scripts = new Map(
    Object.keys(integrity).map(path => [path.slice(1), zip(readFileSync(join(dist, path)))]),
  );
  scripts.set(`/${single.path}`, zip(single.bytes));
  let sent = 0;
  const count = (bytes: number): void => void (sent += bytes);
  const modules = await serve(scripts, { type: 'text/javascript', version, onBytes: count });
  const attributes = (path: string, hash: string) =>
    `src="${modules.url}${path}" integrity="${hash}" crossorigin`;
  const pages = new Map([
    [
      '/loader',
      zip(
        pageOf(
          `<script ${attributes(page.loader, hashOf(page.loader))} data-mirrors="${modules.url}"></script>`,
        ),
      ),
    ],
    ['/bundled', zip(pageOf(`<script type="module" ${attributes(single.path, single.integrity)}></script>`))],
  ]);
  const host = await serve(pages, { type: 'text/html', version, onBytes: count });
  return {
    loader: `${host.url}loader`,
    bundled: `${host.url}bundled`,
    takeBytes: () => {
      const taken = sent;
      sent = 0;
      return taken;
    },
    close: async () => {
      for (const server of [modules, host]) await server.close();
    },
  };
}
