/**
 * The loader alone in WebKit, with three real servers as mirrors: an engine that enforces the integrity of import maps
 * and has no WebRTC. What loads is one whole release from a mirror that is right, or nothing; no wrong byte runs.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { findWebKit } from '../../tools/find-browser.mjs';
import { html, LoaderHost, type LoaderEvent } from './support/loader-page.ts';
import { Mirror } from './support/mirror.ts';
import { WebKitWindow } from './support/webkit.ts';

const trojan = Buffer.from('\n;globalThis.__trojan = 1;\n');
const poison = (name: string) => (file: string, bytes: Buffer | null) =>
  bytes && file.startsWith(name) ? Buffer.concat([bytes, trojan]) : bytes;

/** Keeps what the loader says, from the first script of the page on. */
const recorder = `<script>globalThis.__events = [];
for (const type of ['enk:mirror-fail', 'enk:ready', 'enk:error'])
  document.addEventListener(type, event => __events.push({ type, detail: event.detail }));</script>`;

describe('the loader in WebKit', { skip: !findWebKit() && 'needs webkit2gtk-driver and xvfb' }, () => {
  let browser: WebKitWindow;
  let host: LoaderHost;
  let mirrors: [Mirror, Mirror, Mirror];

  before(async () => {
    [browser, host] = await Promise.all([WebKitWindow.open(), LoaderHost.start()]);
    mirrors = await Promise.all([Mirror.start(), Mirror.start(), Mirror.start()]);
  });
  afterEach(async () => {
    assert.equal(await browser.evaluate("return '__trojan' in globalThis"), false, 'a trojan ran');
    await Promise.all(mirrors.map(mirror => mirror.reset()));
  });
  after(async () => {
    await browser.close();
    await host.close();
    await Promise.all(mirrors.map(mirror => mirror.die()));
  });

  /** Opens the page; resolves with what the loader said until it was ready or gave up. */
  async function visit(attributes?: string): Promise<readonly LoaderEvent[]> {
    host.html = html(recorder + host.tag(mirrors, attributes));
    await browser.goTo(host.url);
    const isOver = `return __events.some(({ type }) => type !== 'enk:mirror-fail')`;
    await browser.until('the loader to end', isOver);
    return JSON.parse(await browser.evaluate<string>('return JSON.stringify(__events)')) as LoaderEvent[];
  }

  /** The elements are there, of one Lit; returns what was said of mirrors. */
  async function expectReady(events: readonly LoaderEvent[]): Promise<readonly string[]> {
    assert.equal(events.at(-1)?.type, 'enk:ready', JSON.stringify(events));
    assert.equal(await browser.evaluate('return litElementVersions.length'), 1);
    assert.equal(await browser.evaluate("return customElements.get('enk-chat') !== undefined"), true);
    const failed = events.filter(({ type }) => type === 'enk:mirror-fail');
    return failed.map(
      ({ detail }) => `${mirrors.findIndex(({ folder }) => folder === detail.mirror) + 1} ${detail.reason}`,
    );
  }

  it('runs from the first mirror when all are well', async () => {
    assert.deepEqual(await expectReady(await visit()), []);
    assert.deepEqual([...mirrors[1].requests, ...mirrors[2].requests], []);
  });

  it('goes to the second mirror when the first is down', async () => {
    await mirrors[0].die();
    assert.deepEqual(await expectReady(await visit()), ['1 unreachable']);
  });

  it('starts the second mirror beside a first one that is slow', async () => {
    mirrors[0].isSlow = true;
    assert.ok((await expectReady(await visit('data-hedge="200"'))).includes('1 slow'));
  });

  for (const name of ['lit.', 'enk-chat.', 'enk-internal.'])
    it(`does not run an altered ${name}js, and takes it from another mirror`, async () => {
      mirrors[0].falsify = poison(name);
      assert.deepEqual(await expectReady(await visit()), ['1 altered']);
    });

  it('passes over a mirror with an old release, and over one without CORS', async () => {
    mirrors[0].falsify = () => null;
    mirrors[1].hasCors = false;
    const said = await expectReady(await visit());
    assert.deepEqual([...said].sort(), ['1 missing', '2 unreachable']);
  });

  it('says why not when every mirror has altered a module, or all are down', async () => {
    for (const mirror of mirrors) mirror.falsify = poison('lit.');
    assert.equal((await visit()).at(-1)?.detail.code, 'module-altered');
    assert.equal(await browser.evaluate('return globalThis.litElementVersions === undefined'), true);
    await Promise.all(mirrors.map(mirror => mirror.die()));
    assert.equal((await visit()).at(-1)?.detail.code, 'module-unreachable');
    const fallback = "return document.querySelector('enk-chat > [role=alert]').textContent";
    assert.match(await browser.evaluate<string>(fallback), /could not be loaded/);
  });

  it('runs verified bytes through es-module-shims as well', async () => {
    const events = await visit('data-loader="shims" data-hedge="2000"');
    await expectReady(events);
    assert.equal(events.at(-1)?.detail.mode, 'shims');
  });
});
