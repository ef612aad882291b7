import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emitHashed, emitScript, integrityOf, nameMatches } from './emit.ts';
import { computedImport, importsOf } from './imports.ts';
import { hasKey, packageOf, vendorGroupOf } from './module-table.ts';
import { parseSiteConfig } from '../../shell/site-config.ts';
import { buildIcons } from './icons.ts';
import { configText, importMapText, renderEmbed, renderShell } from './page.ts';
import type { ReleaseIndex } from './write-release.ts';

const index: ReleaseIndex = {
  importMap: { imports: { '@enk/chat': './modules/enk-chat.0.js', lit: './modules/lit.0.js' } },
  integrity: {
    './modules/enk-chat.0.js': 'sha384-chat',
    './modules/lit.0.js': 'sha384-lit',
    './modules/boot.js': 'sha384-boot',
    './modules/shims.js': 'sha384-shims',
    './modules/page.css': 'sha384-styles',
    './modules/loader.js': 'sha384-loader',
    './modules/worker.js': 'sha384-worker',
    './modules/frame.js': 'sha384-frame',
  },
  page: {
    boot: 'modules/boot.js',
    shims: 'modules/shims.js',
    styles: 'modules/page.css',
    loader: 'modules/loader.js',
    map: 'modules/map.json',
    standalone: 'modules/standalone.js',
    worker: 'modules/worker.js',
    workers: ['modules/worker.js'],
    frame: 'modules/frame.js',
    serviceWorker: 'service-worker.0.js',
    locales: { en: 'modules/enk-internal.0.js' },
  },
};
const template =
  '<link href="{{icon}}" /><link href="{{styles}}" integrity="{{stylesIntegrity}}" />' +
  '<script type="importmap">{{importMap}}</script><script src="{{boot}}" integrity="{{bootIntegrity}}" {{bootAttributes}}></script>';
const settings = { broker: 'wss://broker.example/path"<', iceServers: [{ urls: 'turn:a"b' }] };

describe('emitted files', () => {
  it('are named by their bytes, and a changed byte no longer fits the name', () => {
    const file = emitHashed('lit', 'js', 'export {};');
    assert.ok(nameMatches(file.path, file.bytes));
    assert.ok(!nameMatches(file.path, Buffer.from('export {}; ')));
    assert.equal(file.integrity, integrityOf('export {};'));
  });

  it('name the source map that belongs to them', () => {
    const { script, map } = emitScript('lit', { code: 'export {};', map: '{}' });
    assert.ok(script.bytes.toString().endsWith(`//# sourceMappingURL=${map.path.replace('modules/', '')}\n`));
  });
});

describe('imports of a built module', () => {
  it('are found in every syntax that can import', () => {
    const code =
      "import 'a';import{x}from'b';export*from'c';export{y}from'd';import('e');import(`f`);import(x);";
    assert.deepEqual(importsOf(code), [computedImport, 'a', 'b', 'c', 'd', 'e', 'f']);
  });
});

describe('the module table', () => {
  it('tells packages from paths, and groups from packages', () => {
    assert.equal(packageOf('@noble/hashes/sha2.js'), '@noble/hashes');
    assert.equal(packageOf('lit/decorators.js'), 'lit');
    assert.equal(packageOf('./x.ts'), null);
    assert.equal(packageOf('/x.ts'), null);
    assert.equal(vendorGroupOf('lit-html/directive.js'), 'lit');
    assert.equal(hasKey('@enk/chat'), true);
    assert.equal(hasKey('left-pad'), false);
  });
});

describe('pages', () => {
  it('carry one map whose every module has integrity', () => {
    const map = JSON.parse(importMapText(index, 'https://m.example/')) as {
      imports: Record<string, string>;
      integrity: Record<string, string>;
    };
    for (const url of Object.values(map.imports)) assert.match(map.integrity[url] ?? '', /^sha384-/);
    assert.equal(map.imports['lit'], 'https://m.example/modules/lit.0.js');
  });

  it('are the same for every operator; what they decide is data, and their policy admits only their hosts', () => {
    const other = { broker: 'wss://other.example/', iceServers: [], mirrors: ['https://m.example/enk/'] };
    const pages = [settings, other].map(one =>
      renderShell(template, index, { settings: one, loading: 'strict' }),
    );
    assert.equal(pages[0]?.html, pages[1]?.html);
    const connect = pages.map(
      ({ headers }) => /connect-src ([^;]*)/.exec(headers['Content-Security-Policy'] ?? '')?.[1],
    );
    assert.deepEqual(connect, ["'self' wss:", "'self' wss: https://m.example"]);
    const config = parseSiteConfig(configText(other));
    assert.deepEqual([config.brokerUrl, config.mirrors, config.root], [other.broker, other.mirrors, null]);
  });

  it('have icons from one drawing, the maskable ones with their mark in the safe zone', async () => {
    const icons = await buildIcons();
    const names = icons.map(({ path }) => path);
    assert.equal(new Set(names).size, names.length);
    for (const { path, bytes, manifest } of icons.filter(icon => icon.path.endsWith('.png'))) {
      assert.deepEqual([...bytes.subarray(1, 4)], [...Buffer.from('PNG')], path);
      const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
      assert.equal(width, height, path);
      if (manifest) assert.equal(manifest.sizes, `${width}x${height}`);
    }
    assert.ok(icons.some(({ manifest }) => manifest?.purpose === 'maskable' && manifest.sizes === '512x512'));
    const again = await buildIcons();
    assert.ok(icons.every(({ bytes }, i) => bytes.equals(again[i]?.bytes ?? Buffer.alloc(0))));
  });

  it('open nothing unsafe, and leave the shims’ needs to the compat page', () => {
    const csp = (loading: 'strict' | 'compat') =>
      renderShell(template, index, { settings, loading }).headers['Content-Security-Policy'] ?? '';
    assert.doesNotMatch(csp('strict'), /unsafe|es-module-shims|script-src[^;]*blob:|\*/);
    assert.match(csp('strict'), /worker-src 'self' blob:/);
    assert.match(csp('strict'), /^default-src 'none';.*require-trusted-types-for 'script'/);
    assert.match(csp('compat'), /es-module-shims/);
    for (const loading of ['strict', 'compat'] as const)
      assert.match(csp(loading), /'sha384-frame'.*; frame-src blob:;/);
  });

  it('refuse a broker that is not a WebSocket address', () => {
    const wrong = { ...settings, broker: 'https://broker.example/' };
    assert.throws(() => renderShell(template, index, { settings: wrong, loading: 'strict' }));
  });

  it('embed in at most 15 lines', async () => {
    const { embedTemplate } = await import('./embed-page.ts');
    const html = renderEmbed(embedTemplate(), index, {
      mirrors: ['https://m.example/', 'https://n.example/'],
      broker: 'wss://b.example/',
    });
    assert.ok(html.trimEnd().split('\n').length <= 15);
    assert.match(html, /default-src 'none'; script-src 'strict-dynamic' 'sha384-loader' 'sha384-frame';/);
    assert.match(html, /data-mirrors="https:\/\/m.example\/ https:\/\/n.example\/"/);
  });
});
