/**
 * Mozilla's HTTP Observatory, its own scanner, before the shell with its generated headers: offline, in a network
 * namespace or wherever ports 80 and 443 of loopback are free. Prints the grade and each test; fails below A+.
 *
 *   npm install --no-save --ignore-scripts --prefix .cache/observatory @mdn/mdn-http-observatory@1.4.8
 *   node --import tsx deploy/site/observatory.ts
 *
 * Not a dependency of the repository: the package (MPL-2.0) brings 200 others, a database's and a web server's among them.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readRelease } from '../../tools/build/write-release.ts';
import { makeCertificate } from '../../tools/certificate.ts';
import { root } from '../../vite.config.ts';
import { headerRules } from './header-rules.ts';
import { renderPages } from './write-site.ts';

interface ScanResult {
  readonly scan: { readonly grade: string; readonly score: number };
  readonly tests: Readonly<Record<string, { readonly pass: boolean; readonly result: string }>>;
}

const folder = join(root, '.cache/observatory');
const scanner = join(folder, 'node_modules/@mdn/mdn-http-observatory');
const caFile = join(folder, 'ca.pem');

const listen = (server: Server, port: number): Promise<AddressInfo> =>
  new Promise(resolve => server.listen(port, '127.0.0.1', () => resolve(server.address() as AddressInfo)));

/** The shell over TLS, and a redirect to it, as the generated configurations serve them. */
async function serve(): Promise<void> {
  const certificate = makeCertificate(['localhost'], Date.now());
  writeFileSync(caFile, certificate.cert);
  const settings = { broker: 'wss://broker.example.org/', iceServers: [] };
  const dist = join(root, 'dist');
  const pages = renderPages(dist, settings);
  const [rule] = headerRules(pages, readRelease(dist), settings);
  const site = createHttpsServer(certificate, ({ url, method }, response) => {
    const isPage = url === '/' && method === 'GET';
    const headers = isPage ? { ...rule?.headers, 'Content-Type': 'text/html; charset=utf-8' } : {};
    response.writeHead(isPage ? 200 : 404, headers).end(isPage ? pages['/']?.html : '');
  });
  await listen(site, 443);
  const redirect = createHttpServer((request, response) => {
    response.writeHead(301, { Location: `https://localhost${request.url ?? '/'}` }).end();
  });
  await listen(redirect, 80);
}

/** In a process of its own: Node reads the certificates that it trusts when it starts. */
async function scan(): Promise<void> {
  const { scan: run } = (await import(pathToFileURL(join(scanner, 'src/scanner/index.js')).href)) as {
    scan(host: string): Promise<ScanResult>;
  };
  const { scan: total, tests } = await run('localhost');
  for (const [name, { pass, result }] of Object.entries(tests))
    console.log(`${pass ? '✓' : '✗'} ${name}: ${result}`);
  console.log(`${total.grade} (${total.score})`);
  process.exit(total.grade === 'A+' ? 0 : 1);
}

if (process.argv[2] === 'scan') {
  await scan();
} else {
  if (!existsSync(scanner)) throw new Error('The scanner is not installed: see the head of this file.');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(scanner, 'conf/hsts-preload.json'), '{}'); // the list of preloaded hosts, which localhost is not on
  await serve();
  const args = ['--import', 'tsx', import.meta.filename, 'scan'];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: caFile };
  spawn(process.execPath, args, { stdio: 'inherit', env }).once('exit', code => process.exit(code ?? 1));
}
