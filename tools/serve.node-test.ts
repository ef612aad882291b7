import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { makeCertificate } from './certificate.ts';
import { listenOnFreePort } from './listen.ts';
import { serveSite, type Site } from './serve.ts';

describe('the static server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'enk-serve-'));
  let site: Site;

  before(async () => {
    const modules = ['boot.js', 'shims.js', 'page.css', 'worker.js'].map(name => `modules/${name}`);
    const files = [...modules, 'index.html', 'compat.html'];
    mkdirSync(join(folder, 'modules'));
    for (const path of files) writeFileSync(join(folder, path), path.replace('modules/', ''));
    const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
    write('importmap.json', { imports: {} });
    write('integrity.json', Object.fromEntries(files.map(path => [`./${path}`, 'sha384-x'])));
    write('page.json', {
      boot: 'modules/boot.js',
      shims: 'modules/shims.js',
      styles: 'modules/page.css',
      worker: 'modules/worker.js',
    });
    site = await serveSite({ folder, broker: 'ws://localhost:9' });
  });
  after(async () => {
    await site.close();
    rmSync(folder, { recursive: true });
  });

  const get = (path: string) => fetch(new URL(path, site.url));

  it('serves listed modules to any origin, for ever', async () => {
    const response = await get('modules/boot.js');
    assert.equal(await response.text(), 'boot.js');
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    assert.match(response.headers.get('cache-control') ?? '', /immutable/);
    assert.match(response.headers.get('content-type') ?? '', /^text\/javascript/);
  });

  it('serves nothing that integrity.json does not list', async () => {
    for (const path of [
      'page.json',
      'modules/',
      'modules/other.js',
      '..%2fpackage.json',
      '__proto__',
      'toString',
    ]) {
      assert.equal((await get(path)).status, 404, path);
    }
  });

  it('gives the shell its security headers', async () => {
    const { headers } = await get('');
    for (const name of ['content-security-policy', 'cross-origin-opener-policy', 'permissions-policy']) {
      assert.ok(headers.get(name), name);
    }
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
  });

  it('changes a module’s bytes when a test asks for it, and stops', async () => {
    site.setTamper((_, bytes) => Buffer.concat([bytes, Buffer.from('!')]));
    assert.equal(await (await get('modules/boot.js')).text(), 'boot.js!');
    site.setTamper(null);
    assert.equal(await (await get('modules/boot.js')).text(), 'boot.js');
  });

  it('moves to the next free port when one is taken', async () => {
    const other = createServer();
    const port = await listenOnFreePort(other, '127.0.0.1', site.port);
    assert.ok(port > site.port);
    other.close();
  });
});

describe('the certificate for the local network', () => {
  it('is valid for its addresses and serves TLS', async () => {
    const made = makeCertificate(['127.0.0.1', 'localhost'], Date.now());
    const parsed = new X509Certificate(made.cert);
    assert.equal(parsed.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(parsed.checkHost('localhost'), 'localhost');
    assert.ok(parsed.verify(parsed.publicKey));
    const { createServer: createTlsServer } = await import('node:tls');
    const server = createTlsServer({ ...made }, socket => socket.end('hello'));
    const port = await listenOnFreePort(server, '127.0.0.1', 0);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', ca: made.cert, servername: 'localhost' });
      socket.on('data', chunk => resolve(chunk.toString())).on('error', reject);
    });
    server.close();
    assert.equal(text, 'hello');
  });
});
