/** Publishing and checking mirrors through the command line, with real servers, and rclone's for one target. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeManifest, parseManifest, type ReleaseRoot } from '@enk/release-manifest';
import { checkRelease, listReleaseFiles } from '../../tools/build/check-release.ts';
import { emitHashed, type EmittedFile } from '../../tools/build/emit.ts';
import { writeRelease } from '../../tools/build/write-release.ts';
import { findOnPath } from '../../tools/find-browser.mjs';
import { makeManifest } from '../../tools/release/make-manifest.ts';
import { generateSecretKey, publicKeyOf, signMessage } from '../../tools/release/secret-key.ts';
import { root as repository } from '../../vite.config.ts';
import { isImmutable, typeOf } from './mirror-headers.ts';

const folder = mkdtempSync(join(tmpdir(), 'enk-cdn-'));
const at = (...names: string[]) => join(folder, ...names);
const keys = [generateSecretKey(), generateSecretKey()];
const root: ReleaseRoot = {
  keys: keys.map((key, i) => ({ name: `signer ${i}`, publicKey: publicKeyOf(key) })),
  threshold: 2,
};

/** A whole release of a few small modules: the order of things is what is tested here, not their content. */
function writeSmallRelease(target: string, version: string, previous: { seq: number; hash: string } | null) {
  const module = (name: string) => emitHashed(name, 'js', `export const name = '${name} ${version}';\n`);
  const modules = ['enk-chat', 'enk-shell', 'lit', 'peerjs', 'idb', 'qr'].map(module);
  const [boot, worker, shims] = ['enk-boot', 'enk-worker', 'es-module-shims'].map(module) as [
    EmittedFile,
    EmittedFile,
    EmittedFile,
  ];
  const styles = emitHashed('enk-page', 'css', `p { color: black }\n`);
  const map = emitHashed('enk-chat', 'js.map', '{"version":3}\n');
  const serviceWorker = emitHashed('service-worker', 'js', `/* ${version} */\n`, '');
  const stable = (path: string, text: string): EmittedFile => {
    const bytes = Buffer.from(text);
    return { path, bytes, integrity: `sha384-${createHash('sha384').update(bytes).digest('base64')}` };
  };
  const icons = [{ src: './icons/icon.svg', sizes: 'any', type: 'image/svg+xml' }];
  const beside = [
    stable('index.html', `<p>${version}`),
    stable('compat.html', `<p>${version}`),
    stable('page-headers.json', '{}\n'),
    stable('manifest.webmanifest', JSON.stringify({ icons })),
    stable('icons/icon.svg', '<svg/>'),
  ];
  const files = [...modules, boot, worker, shims, styles, map, serviceWorker, ...beside];
  writeRelease(
    {
      files,
      importMap: { imports: Object.fromEntries(modules.map(({ path }, i) => [`module-${i}`, `./${path}`])) },
      integrity: Object.fromEntries(files.map(file => [`./${file.path}`, file.integrity])),
      page: {
        boot: boot.path,
        shims: shims.path,
        styles: styles.path,
        loader: boot.path,
        map: boot.path,
        standalone: boot.path,
        worker: worker.path,
        workers: [worker.path],
        serviceWorker: serviceWorker.path,
        locales: { en: modules[1]?.path ?? '' },
      },
    },
    target,
  );
  const facts = { version, changes: [version], expires: '2099-01-01T00:00:00Z', root, previous };
  const manifest = makeManifest(target, facts);
  writeFileSync(join(target, 'release.json'), manifest);
  writeFileSync(
    join(target, 'release.json.minisig'),
    keys.map(key => signMessage(key, manifest, version)).join(''),
  );
  return {
    seq: (previous?.seq ?? 0) + 1,
    hash: `sha384-${createHash('sha384').update(manifest).digest('base64')}`,
  };
}

/** Takes a path out of every list of a folder, and signs that: what somebody could do who holds the keys and errs. */
function signWithout(copy: string, path: string): void {
  const hash = (name: string) =>
    `sha384-${createHash('sha384')
      .update(readFileSync(join(copy, name)))
      .digest('base64')}`;
  const integrityFile = join(copy, 'integrity.json');
  const { [`./${path}`]: _, ...integrity } = JSON.parse(readFileSync(integrityFile, 'utf8')) as Record<
    string,
    string
  >;
  writeFileSync(integrityFile, JSON.stringify(integrity));
  const release = parseManifest(readFileSync(join(copy, 'release.json')));
  const { [path]: gone, ...files } = release.files;
  const manifest = encodeManifest({
    ...release,
    files: { ...files, 'integrity.json': hash('integrity.json') },
    serviceWorker: gone === release.serviceWorker ? null : release.serviceWorker,
  });
  writeFileSync(join(copy, 'release.json'), manifest);
  writeFileSync(
    join(copy, 'release.json.minisig'),
    keys.map(key => signMessage(key, manifest, release.version)).join(''),
  );
}

const cliArgs = (args: readonly string[], dir: string) => [
  '--import',
  'tsx',
  'deploy/cdn/main.ts',
  ...args,
  '--root',
  at('root.json'),
  '--dir',
  dir,
];

function cli(args: readonly string[], dir = at('new')): Promise<{ status: number; text: string }> {
  const child = spawn(process.execPath, cliArgs(args, dir), { cwd: repository });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += String(chunk)));
  return new Promise(resolve => child.on('close', code => resolve({ status: code ?? 1, text })));
}

/** Publishes, and kills the program outright after some files. */
async function publishAndKill(target: string, afterFiles: number): Promise<void> {
  const child = spawn(process.execPath, cliArgs(['publish', target], at('new')), { cwd: repository });
  await new Promise<void>(resolve => {
    let text = '';
    child.stdout.on('data', chunk => {
      text += String(chunk);
      if (text.includes(`  ${afterFiles}/`)) child.kill('SIGKILL');
    });
    child.on('close', () => resolve());
  });
  assert.equal(child.signalCode, 'SIGKILL');
}

interface Mirror {
  readonly url: string;
  close(): Promise<void>;
}

/** Changes one answer before it leaves. */
type Plant = (path: string, response: ServerResponse, bytes: Buffer) => Buffer | null;

async function serveMirror(directory: string, plant: Plant = (_, __, bytes) => bytes): Promise<Mirror> {
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    const file = join(directory, path);
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Content-Type', typeOf(path) ?? 'application/octet-stream');
    const caching = isImmutable(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
    response.setHeader('Cache-Control', caching);
    const bytes = plant(path, response, readFileSync(file));
    if (bytes === null) response.socket?.destroy();
    else response.end(bytes);
  });
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

before(() => {
  writeFileSync(at('root.json'), JSON.stringify(root));
  const first = writeSmallRelease(at('old'), '1.0.0', null);
  writeSmallRelease(at('new'), '1.1.0', first);
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run cdn -- publish', () => {
  let webdav: ChildProcess | undefined;
  let targets: readonly string[] = [];
  const withoutRclone = findOnPath('rclone') === null && 'needs rclone';

  before(async () => {
    if (withoutRclone) return;
    mkdirSync(at('three'));
    const args = ['serve', 'webdav', at('three'), '--addr', '127.0.0.1:0', '--config', at('rclone.conf')];
    const child = spawn('rclone', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    webdav = child;
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stderr.on('data', chunk => {
        text += String(chunk);
        const found = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(text);
        if (found) resolve(found[0]);
      });
      child.on('close', () => reject(new Error(text)));
    });
    targets = [`dir:${at('one')}`, `dir:${at('two')}`, `rclone::webdav,url="${url}":`];
  });
  after(() => void webdav?.kill());

  it(
    'killed in the middle, for each of three targets, and run again: complete',
    { skip: withoutRclone },
    async () => {
      for (const [i, target] of targets.entries()) {
        await publishAndKill(target, 3 + i);
        const directory = at(['one', 'two', 'three'][i] ?? '');
        assert.equal(existsSync(join(directory, 'release.json')), false, 'the manifest comes last');
        assert.ok(listReleaseFiles(directory).length >= 3);
      }
      const { status, text } = await cli(['publish', ...targets]);
      assert.equal(status, 0, text);
      assert.match(text, /there {2}modules/, 'what was there is not sent again');
      for (const name of ['one', 'two', 'three']) {
        assert.deepEqual(checkRelease(at(name)), []);
        assert.deepEqual(listReleaseFiles(at(name)).sort(), listReleaseFiles(at('new')).sort());
        const mirror = await serveMirror(at(name));
        try {
          const checked = await cli(['verify', mirror.url]);
          assert.equal(checked.status, 0, checked.text);
        } finally {
          await mirror.close();
        }
      }
    },
  );

  it('mends an altered file, and keeps the files of the release before', async () => {
    const target = `dir:${at('four')}`;
    assert.equal((await cli(['publish', target], at('old'))).status, 0);
    const before = listReleaseFiles(at('four')).filter(isImmutable);
    assert.equal((await cli(['publish', target])).status, 0);
    for (const path of before) assert.ok(existsSync(at('four', path)), path);
    const [first = ''] = listReleaseFiles(at('new')).filter(isImmutable);
    writeFileSync(at('four', first), 'x');
    assert.match((await cli(['publish', target])).text, /1 files sent/);
    assert.deepEqual(readFileSync(at('four', first)), readFileSync(at('new', first)));
  });

  it('refuses an incomplete set, an altered file, and a release that too few have signed', async () => {
    const [first = ''] = listReleaseFiles(at('new')).filter(isImmutable);
    const breaks: readonly (readonly [RegExp, (copy: string) => void])[] = [
      [/is missing/, copy => rmSync(join(copy, first))],
      [/is altered/, copy => writeFileSync(join(copy, first), 'x')],
      [/is missing/, copy => rmSync(join(copy, 'importmap.json'))],
      [/unsigned/, copy => rmSync(join(copy, 'release.json.minisig'))],
      [
        /under-signed/,
        copy => {
          const file = join(copy, 'release.json.minisig');
          writeFileSync(file, readFileSync(file, 'utf8').split('\n').slice(0, 4).join('\n'));
        },
      ],
    ];
    for (const [message, change] of breaks) {
      const copy = mkdtempSync(at('broken-'));
      cpSync(at('new'), copy, { recursive: true });
      change(copy);
      const { status, text } = await cli(['publish', `dir:${at('never')}`], copy);
      assert.equal(status, 1);
      assert.match(text, message);
    }
    assert.equal(existsSync(at('never')), false);
  });

  it('refuses a set that is signed but lacks its service worker, a locale, an icon or a page', async () => {
    const parts = [
      'service-worker.',
      'modules/enk-shell.',
      'icons/icon.svg',
      'compat.html',
      'manifest.webmanifest',
    ];
    for (const part of parts) {
      const copy = mkdtempSync(at('lacking-'));
      cpSync(at('new'), copy, { recursive: true });
      const path = listReleaseFiles(copy).find(name => name.startsWith(part)) ?? '';
      rmSync(join(copy, path));
      signWithout(copy, path);
      const { status, text } = await cli(['publish', `dir:${at('never')}`], copy);
      assert.equal(status, 1, part);
      assert.ok(text.includes(path) && /incomplete/.test(text), text);
    }
    assert.equal(existsSync(at('never')), false);
  });

  it('says what a target is, without what its configuration holds', () => {
    const run = spawnSync(process.execPath, cliArgs(['publish', 'ftp://x'], at('new')), {
      cwd: repository,
      encoding: 'utf8',
    });
    assert.match(run.stderr, /dir:PATH or rclone:REMOTE:PATH/);
  });
});

describe('npm run cdn -- verify', () => {
  const chosen = () =>
    listReleaseFiles(at('new')).find(path => path.includes('enk-chat') && path.endsWith('.js')) ?? '';
  const header =
    (name: string, value: string | null): Plant =>
    (path, response, bytes) => {
      if (path === chosen() && value === null) response.removeHeader(name);
      else if (path === chosen() && value !== null) response.setHeader(name, value);
      return bytes;
    };
  const body =
    (change: (bytes: Buffer, response: ServerResponse) => Buffer | null): Plant =>
    (path, response, bytes) =>
      path === chosen() ? change(bytes, response) : bytes;
  const status = (code: number): Plant =>
    body((bytes, response) => {
      response.statusCode = code;
      if (code === 302) response.setHeader('Location', '/elsewhere');
      return bytes;
    });
  const stale =
    (file: string): Plant =>
    (path, _, bytes) =>
      path === file ? readFileSync(at('old', file)) : bytes;

  /** Twelve faults, each alone on a mirror that is right otherwise. */
  const planted: readonly (readonly [name: string, path: () => string, plant: Plant])[] = [
    [
      'altered',
      chosen,
      body(bytes => Buffer.concat([bytes.subarray(0, 5), Buffer.from('!'), bytes.subarray(6)])),
    ],
    ['truncated', chosen, body(bytes => bytes.subarray(0, -1))],
    ['missing', chosen, status(404)],
    ['redirected', chosen, status(302)],
    ['unreachable', chosen, body(() => null)],
    ['cors', chosen, header('Access-Control-Allow-Origin', null)],
    ['corp', chosen, header('Cross-Origin-Resource-Policy', 'same-origin')],
    ['cache', chosen, header('Cache-Control', 'no-cache')],
    ['type', chosen, header('Content-Type', 'text/plain')],
    ['nosniff', chosen, header('X-Content-Type-Options', null)],
    ['old-release', () => 'release.json', stale('release.json')],
    ['signatures', () => 'release.json.minisig', stale('release.json.minisig')],
  ];

  it('finds each of twelve planted faults, and names it, its file and its mirror; status says the same', async () => {
    const good = await serveMirror(at('new'));
    const bad = await Promise.all(planted.map(([, , plant]) => serveMirror(at('new'), plant)));
    const urls = [good, ...bad].map(({ url }) => url);
    try {
      const table = await cli(['verify', ...urls]);
      assert.equal(table.status, 1);
      assert.match(table.text, new RegExp(`✓ ${good.url}`));
      const { status: code, text } = await cli(['status', ...urls]);
      assert.equal(code, 1);
      const { mirrors, release } = JSON.parse(text) as {
        release: { seq: number };
        mirrors: { url: string; isHealthy: boolean; seq: number; faults: { kind: string; path: string }[] }[];
      };
      assert.equal(release.seq, 2);
      assert.deepEqual(
        mirrors.map(({ url, isHealthy }) => [url, isHealthy]),
        urls.map(url => [url, url === good.url]),
      );
      for (const [i, [kind, path]] of planted.entries()) {
        const faults = mirrors[i + 1]?.faults.map(fault => [fault.kind, fault.path]);
        assert.deepEqual(faults, [[kind, path()]], kind);
        assert.match(table.text, new RegExp(`${kind} +${path()}`));
      }
    } finally {
      await Promise.all([good, ...bad].map(mirror => mirror.close()));
    }
  });

  it('exits with zero when every mirror is right', async () => {
    const good = await serveMirror(at('new'));
    try {
      assert.equal((await cli(['verify', good.url])).status, 0);
    } finally {
      await good.close();
    }
  });

  it('tells a mirror that is whole but serves the release before', async () => {
    const old = await serveMirror(at('old'));
    try {
      const { status: code, text } = await cli(['verify', old.url]);
      assert.equal(code, 1);
      assert.match(text, /old-release +release\.json +release 1/);
    } finally {
      await old.close();
    }
  });
});
