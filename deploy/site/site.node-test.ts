/** The static site, served by real servers with the generated headers; its policy before Google's evaluator. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { CspEvaluator } from 'csp_evaluator/dist/evaluator.js';
import { CspParser } from 'csp_evaluator/dist/parser.js';
import { buildRelease } from '../../tools/build/release.ts';
import { readRelease, writeRelease } from '../../tools/build/write-release.ts';
import { findOnPath } from '../../tools/find-browser.mjs';
import { root } from '../../vite.config.ts';
import { headerFaults } from '../cdn/mirror-headers.ts';
import { headerRules, type Pages } from './header-rules.ts';
import { renderPages, writeSite } from './write-site.ts';

const nginx = findOnPath('nginx') ?? (existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : null);
const caddy = findOnPath('caddy');
const folder = mkdtempSync(join(tmpdir(), 'enk-site-'));
const at = (...names: string[]) => join(folder, ...names);
const ORIGIN = 'https://chat.example.org';
const settings = { broker: 'wss://broker.example.org/', iceServers: [] };
let pages: Pages;

before(async () => {
  writeRelease(await buildRelease(), at('dist'));
  pages = renderPages(at('dist'), settings);
  const args = ['--import', 'tsx', 'deploy/site/main.ts', '--broker', settings.broker, '--origin', ORIGIN];
  const run = spawnSync(process.execPath, [...args, '--dist', at('dist'), '--out', at('site')], {
    cwd: root,
  });
  assert.equal(run.status, 0, String(run.stderr));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const policyOf = (path: string) => pages[path]?.headers['Content-Security-Policy'] ?? '';

describe('the policy of the shell', () => {
  it('is found without fault by csp_evaluator, which does find one in a weak policy', () => {
    const findings = (csp: string) => new CspEvaluator(new CspParser(csp).csp).evaluate();
    assert.deepEqual(
      findings(policyOf('/')).map(({ directive, description }) => [directive, description]),
      [],
    );
    assert.ok(findings("script-src 'unsafe-inline' https:").length > 0);
  });

  it('has neither unsafe-inline nor unsafe-eval, and demands Trusted Types, on both pages', () => {
    for (const path of Object.keys(pages)) {
      assert.doesNotMatch(policyOf(path), /unsafe-inline|'unsafe-eval'/);
      assert.match(policyOf(path), /require-trusted-types-for 'script'/);
      assert.match(policyOf(path), /default-src 'none'/);
    }
  });

  it('holds the hash of the inline import map of its page, and of every module', () => {
    const { importMap, integrity } = JSON.parse(
      JSON.stringify({
        importMap: JSON.parse(readFileSync(at('dist/importmap.json'), 'utf8')),
        integrity: JSON.parse(readFileSync(at('dist/integrity.json'), 'utf8')),
      }),
    ) as { importMap: { imports: Record<string, string> }; integrity: Record<string, string> };
    const map = /<script type="importmap">([^<]*)</.exec(pages['/']?.html ?? '')?.[1] ?? '';
    const hash = createHash('sha256').update(map).digest('base64');
    assert.ok(policyOf('/').includes(`'sha256-${hash}'`));
    for (const url of Object.values(importMap.imports))
      assert.ok(policyOf('/').includes(`'${integrity[url]}'`), url);
  });
});

describe('the experimental manifests of a site from one origin', () => {
  const wellKnown = 'site/public/.well-known/waict/v1/manifest';
  const read = (...names: string[]) => JSON.parse(readFileSync(at(...names), 'utf8')) as Manifests;
  interface Manifests {
    readonly hashes: Readonly<Record<string, string>>;
    readonly files: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  }
  const served = (path: string) => readFileSync(at('site/public', path === '/' ? 'index.html' : path));
  const listed = () => Object.keys(readRelease(at('dist')).integrity).map(url => url.slice(1));

  it('has one for WAICT, named after its hash, with the hash of every file as it is served', () => {
    const [name = '', ...others] = readdirSync(at(wellKnown));
    assert.deepEqual(others, []);
    const bytes = readFileSync(at(wellKnown, name));
    assert.equal(name, createHash('sha256').update(bytes).digest('base64url'));
    const { hashes } = read(wellKnown, name);
    assert.deepEqual(Object.keys(hashes).sort(), [...listed(), '/'].sort());
    for (const [path, hash] of Object.entries(hashes))
      assert.equal(hash, `sha384-${createHash('sha384').update(served(path)).digest('base64')}`, path);
    const header = readFileSync(at('site/experimental/waict-header.txt'), 'utf8');
    assert.match(
      header,
      /^Integrity-Policy-Report-Only: blocked-destinations=\(script\), sources=\("inline" /,
    );
    assert.ok(header.includes(`"waict-manifest-v1-${name}"`));
  });

  it('has one for WEBCAT, to be signed with its program, with the hash of every file as it is served', () => {
    const { files, ...manifest } = read('site/experimental/webcat.json');
    assert.deepEqual(Object.keys(files).sort(), listed().sort());
    for (const [path, hash] of Object.entries(files))
      assert.equal(hash, createHash('sha256').update(served(path)).digest('base64url'), path);
    assert.equal(manifest['app'], ORIGIN);
    for (const page of ['default_index', 'default_fallback']) assert.ok(String(manifest[page]) in files);
  });

  it('gives WEBCAT a policy by its rules for scripts: one origin and hashes, the inline map among them', () => {
    const policy = String(read('site/experimental/webcat.json')['default_csp']);
    const [, scripts = ''] = /script-src ([^;]*)/.exec(policy) ?? [];
    assert.doesNotMatch(policy, /,/, 'one policy');
    for (const source of scripts.split(' '))
      assert.match(source, /^'(?:self|sha(?:256|384)-[A-Za-z0-9+/]+=*)'$/);
    const map = /<script type="importmap">([^<]*)</.exec(pages['/']?.html ?? '')?.[1] ?? '';
    assert.ok(scripts.includes(`'sha256-${createHash('sha256').update(map).digest('base64')}'`));
    assert.match(policy, /^default-src 'none'/);
  });

  it('has none where there are mirrors', async () => {
    await writeSite(at('dist'), at('mirrored'), { ...settings, mirrors: ['https://mirror.example/enk/'] });
    assert.equal(existsSync(at('mirrored/experimental')), false);
    assert.equal(existsSync(at('mirrored/public/.well-known')), false);
  });
});

describe('the static site', () => {
  let child: ChildProcess | undefined;
  afterEach(async () => {
    if (!child || child.exitCode !== null) return;
    const ended = new Promise(resolve => child?.once('exit', resolve));
    child.kill();
    await ended;
  });

  async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise(resolve => server.close(resolve));
    return port;
  }

  /** Asks until the server is up; fails when it has ended. */
  async function get(url: string): Promise<Response> {
    for (;;) {
      try {
        return await fetch(url);
      } catch (error) {
        if (child?.exitCode !== null) throw error;
      }
    }
  }

  /** Every page and every file: right bytes, and each header of its rule. */
  async function expectServed(origin: string): Promise<void> {
    for (const rule of headerRules(pages, readRelease(at('dist')), settings)) {
      const { paths } = rule;
      if ('under' in paths) continue;
      for (const path of paths.filter(name => name === '/' || existsSync(at('site/public', name)))) {
        const response = await get(origin + path);
        assert.equal(response.status, 200, path);
        for (const [name, value] of Object.entries(rule.headers))
          assert.equal(response.headers.get(name), value, `${path} ${name}`);
      }
    }
    for (const [path, { html }] of Object.entries(pages)) {
      const response = await get(origin + path);
      assert.equal(await response.text(), html);
      assert.match(response.headers.get('Content-Type') ?? '', /^text\/html; charset=utf-8$/i);
    }
    const integrity = JSON.parse(readFileSync(at('dist/integrity.json'), 'utf8')) as Record<string, string>;
    for (const [url, hash] of Object.entries(integrity)) {
      const response = await get(`${origin}/${url.slice(2)}`);
      if (!url.endsWith('.html')) assert.deepEqual(headerFaults(url.slice(2), response.headers), [], url);
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.equal(`sha384-${createHash('sha384').update(bytes).digest('base64')}`, hash, url);
    }
    assert.equal((await get(`${origin}/page.json`)).status, 404);
  }

  it('is served right by nginx', { skip: !nginx && 'needs nginx' }, async () => {
    const port = await freePort();
    mkdirSync(at('nginx'));
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      name => `${name}_temp_path ${at('nginx', name)};`,
    );
    writeFileSync(
      at('nginx.conf'),
      `user root; daemon off; pid ${at('nginx/pid')}; error_log stderr crit; events {}
       http { access_log off; ${paths.join(' ')}
         server { listen 127.0.0.1:${port}; root ${at('site/public')}; include ${at('site/headers/nginx.conf')}; } }`,
    );
    const test = spawnSync(nginx ?? '', ['-t', '-c', at('nginx.conf')], { encoding: 'utf8' });
    assert.equal(test.status, 0, test.stderr);
    child = spawn(nginx ?? '', ['-c', at('nginx.conf')], { stdio: 'inherit' });
    await expectServed(`http://127.0.0.1:${port}`);
  });

  it('is served right by Caddy', { skip: !caddy && 'needs caddy' }, async () => {
    const port = await freePort();
    writeFileSync(
      at('Caddyfile'),
      `{
         admin off
         auto_https off
       }
       http://127.0.0.1:${port} {
         root * ${at('site/public')}
         import ${at('site/headers/Caddyfile')}
         file_server
       }`,
    );
    child = spawn(caddy ?? '', ['run', '--config', at('Caddyfile'), '--adapter', 'caddyfile'], {
      stdio: 'ignore',
      env: { ...process.env, XDG_DATA_HOME: at('caddy'), XDG_CONFIG_HOME: at('caddy') },
    });
    await expectServed(`http://127.0.0.1:${port}`);
  });

  it('has the same headers for static hosts', () => {
    const text = readFileSync(at('site/public/_headers'), 'utf8');
    for (const { headers, paths } of headerRules(pages, readRelease(at('dist')), settings)) {
      const block = Object.entries(headers)
        .map(([name, value]) => `  ${name}: ${value}`)
        .join('\n');
      for (const path of 'under' in paths ? [`${paths.under}*`] : paths)
        assert.ok(text.includes(`\n${path}\n${block}\n`), path);
    }
  });
});
