/**
 * The loader on a page of somebody else, with three real servers as mirrors that are down, slow, dying or lying: the
 * chat works from another mirror and the event names the bad one, or the page says why not. No wrong byte runs.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  controlIntegrity,
  importMapText,
  wrongIntegrity,
  type ReleaseMap,
} from '../../elements/loader/index.ts';
import { findFirefox } from '../../tools/find-browser.mjs';
import { launchChromium, launchFirefox, type LaunchedBrowser } from './support/browsers.ts';
import { chat, html, integrity, LoaderHost, LoaderVisit, page as files } from './support/loader-page.ts';
import { Mirror } from './support/mirror.ts';
import { expectReports } from './support/policy-reports.ts';

const engines = [
  { engine: 'Chromium', launch: launchChromium, missing: false },
  { engine: 'Firefox', launch: launchFirefox, missing: !findFirefox() && 'needs Firefox' },
] as const;

const trojan = Buffer.from('\n;globalThis.__trojan = 1;\n');
/** Bytes with a trojan behind them, for files whose name begins so. */
const poison =
  (...names: string[]) =>
  (file: string, bytes: Buffer | null) =>
    bytes && names.some(name => file.startsWith(name)) ? Buffer.concat([bytes, trojan]) : bytes;

const flipped = (name: string) => (file: string, bytes: Buffer | null) => {
  if (!bytes || !file.startsWith(name)) return bytes;
  const copy = Buffer.from(bytes);
  copy[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
  return copy;
};

/** Every module, and no classic script. */
const modules = ['enk-map.', 'enk-chat.', 'enk-internal.', 'enk-worker.', 'lit.', 'peerjs.'];

for (const { engine, launch, missing } of engines) {
  describe(`the loader in ${engine}`, { skip: missing }, () => {
    let browser: LaunchedBrowser;
    let host: LoaderHost;
    let mirrors: [Mirror, Mirror, Mirror];
    let visit: LoaderVisit | undefined;

    before(async () => {
      [browser, host] = await Promise.all([launch(), LoaderHost.start()]);
      mirrors = await Promise.all([Mirror.start(), Mirror.start(), Mirror.start()]);
    });
    afterEach(async () => {
      if (visit) assert.equal(await visit.hasTrojan(), false, 'a trojan ran');
      await visit?.close();
      visit = undefined;
      await Promise.all(mirrors.map(mirror => mirror.reset()));
    });
    after(async () => {
      await browser.close();
      await host.close();
      await Promise.all(mirrors.map(mirror => mirror.die()));
    });

    /** Opens the page; what is served stays for this visit. */
    async function open(content = html(host.tag(mirrors)), policy = ''): Promise<LoaderVisit> {
      host.html = content;
      host.policy = policy;
      visit = await LoaderVisit.open(browser.browser, host.url);
      return visit;
    }

    /** A chat that works, with one Lit; returns what was said of mirrors. */
    async function expectChat(opened: LoaderVisit): Promise<readonly string[]> {
      await opened.waitForUsableChat();
      await opened.waitFor('enk:ready');
      assert.equal(await opened.litCopies(), 1);
      const events = await opened.events();
      assert.deepEqual(
        events.filter(({ type }) => type === 'enk:error'),
        [],
      );
      return events
        .filter(({ type }) => type === 'enk:mirror-fail')
        .map(
          ({ detail }) =>
            `${mirrors.findIndex(({ folder }) => folder === detail.mirror) + 1} ${detail.reason}`,
        );
    }

    it('runs natively from the first mirror when all are well, and asks the others nothing', async () => {
      const opened = await open();
      assert.deepEqual(await expectChat(opened), []);
      assert.equal((await opened.waitFor('enk:ready')).detail.mode, 'native');
      assert.ok(mirrors[0].requests.includes(files.worker));
      assert.deepEqual([...mirrors[1].requests, ...mirrors[2].requests], []);
    });

    it('loads an element that comes later on its first use, into the same Lit', async () => {
      const opened = await open();
      await expectChat(opened);
      const isDiagnostics = (path: string) => path.includes('enk-diagnostics');
      assert.ok(!mirrors[0].requests.some(isDiagnostics));
      await addDiagnostics(opened);
      assert.ok(mirrors[0].requests.some(isDiagnostics));
      assert.equal(await opened.litCopies(), 1);
    });

    async function addDiagnostics(opened: LoaderVisit): Promise<void> {
      await opened.page.evaluate(() =>
        document.querySelector('enk-provider')?.append(document.createElement('enk-diagnostics')),
      );
      await opened.page.waitForFunction(() => customElements.get('enk-diagnostics') !== undefined, {
        timeout: 90_000,
      });
    }

    it('goes to the second mirror when the first is down at start', async () => {
      await mirrors[0].die();
      assert.deepEqual(await expectChat(await open()), ['1 unreachable']);
    });

    it('starts the second mirror beside a first one that is slow', async () => {
      mirrors[0].isSlow = true;
      const opened = await open(html(host.tag(mirrors, 'data-hedge="200"')));
      assert.ok((await expectChat(opened)).includes('1 slow'));
      assert.ok(mirrors[1].requests.includes(files.worker));
    });

    it('gets an element that comes later from another mirror when the first has died, into the same Lit', async () => {
      const opened = await open();
      await expectChat(opened);
      await mirrors[0].die();
      await addDiagnostics(opened);
      await opened.waitFor('enk:mirror-fail', { mirror: mirrors[0].folder, reason: 'unreachable' });
      assert.equal(await opened.litCopies(), 1);
    });

    for (const name of modules)
      it(`does not run ${name}js with a flipped byte, and takes it from another mirror`, async () => {
        mirrors[0].falsify = flipped(name);
        assert.deepEqual(await expectChat(await open()), ['1 altered']);
        assert.equal((await visit?.waitFor('enk:mirror-fail'))?.detail.file?.startsWith(name), true);
      });

    it('puts a release together from mirrors that each lie about another module', async () => {
      mirrors[0].falsify = poison('lit.', 'enk-worker.');
      mirrors[1].falsify = poison('enk-chat.');
      mirrors[2].falsify = poison('enk-services.', 'qr.');
      const said = await expectChat(await open());
      assert.ok(said.includes('1 altered'), said.join());
    });

    it('passes over a mirror with an old release that is consistent in itself', async () => {
      mirrors[0].falsify = () => null; // its files have other names
      assert.deepEqual(await expectChat(await open()), ['1 missing']);
    });

    it('passes over a mirror that serves old bytes under new names, and one that mixes releases', async () => {
      mirrors[0].falsify = poison('');
      mirrors[1].falsify = (file, bytes) =>
        file.startsWith('enk-p2p') ? null : poison('enk-internal.')(file, bytes);
      const said = await expectChat(await open());
      assert.ok(said.includes('1 altered') && said.some(text => text.startsWith('2 ')), said.join());
    });

    it('passes over a mirror without CORS headers', async () => {
      mirrors[0].hasCors = false;
      assert.deepEqual(await expectChat(await open()), ['1 unreachable']);
    });

    it('says why not in the place of the chat when all are down', async () => {
      await Promise.all(mirrors.map(mirror => mirror.die()));
      const opened = await open();
      assert.equal((await opened.waitFor('enk:error')).detail.code, 'module-unreachable');
      assert.match(await opened.fallback(), /could not be loaded/);
    });

    for (const name of ['enk-map.', 'lit.'])
      it(`says why not when every mirror has altered ${name}js`, async () => {
        for (const mirror of mirrors) mirror.falsify = poison(name);
        const opened = await open();
        assert.equal((await opened.waitFor('enk:error')).detail.code, 'module-altered');
        assert.match(await opened.fallback(), /is not the one that was published/);
      });

    it('says in the chat that the worker was not run when every mirror has altered it', async () => {
      for (const mirror of mirrors) mirror.falsify = poison('enk-worker.');
      const opened = await open();
      await opened.waitForDeep('[data-testid="profile-state"]');
      await opened.page.waitForFunction(
        `(() => { const text = root => [...root.querySelectorAll('*')].map(node => node.matches('[data-testid="profile-state"]') ? node.textContent : node.shadowRoot ? text(node.shadowRoot) : '').join(''); return /changed on its way/.test(text(document)); })()`,
        { timeout: 90_000, polling: 100 },
      );
    });

    it('runs verified bytes through es-module-shims where nothing runs natively', async () => {
      mirrors[0].falsify = poison('enk-chat.', 'es-module-shims.');
      const opened = await open(html(host.tag(mirrors, 'data-loader="shims" data-hedge="2000"')));
      await expectChat(opened);
      assert.equal((await opened.waitFor('enk:ready')).detail.mode, 'shims');
    });

    describe('under a policy', () => {
      const trustedTypes =
        "require-trusted-types-for 'script'; trusted-types enk-boot enk-loader enk-worker lit-html enk-shims es-module-shims";
      const rest = (scripts: string) =>
        `default-src 'none'; script-src ${scripts}; connect-src http://localhost:* ws://localhost:9; worker-src blob:; img-src data: blob:; ${trustedTypes}`;
      const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

      it("of hashes without 'strict-dynamic': the loader, the map of each mirror, every module", async () => {
        const map = JSON.parse(mirrors[0].files.get(files.map)?.toString() ?? '') as ReleaseMap;
        const texts = mirrors.map(({ folder }) => hashOf(importMapText(map, folder)));
        const hashes = Object.values(map.files).map(hash => `'${hash}'`);
        const probes = `'${controlIntegrity}' '${wrongIntegrity}'`;
        const own = `'${integrity[`./${files.loader}`]}'`;
        const policy = rest([own, ...texts, ...hashes, probes].join(' '));
        const opened = await open(html(host.tag(mirrors)), policy);
        assert.deepEqual(await expectChat(opened), []);
        assert.equal((await opened.waitFor('enk:ready')).detail.mode, 'native');
      });

      it("of the loader's hash alone, with 'strict-dynamic'", async () => {
        const opened = await open(
          html(host.tag(mirrors)),
          rest(`'strict-dynamic' '${integrity[`./${files.loader}`]}'`),
        );
        assert.deepEqual(await expectChat(opened), []);
        assert.equal((await opened.waitFor('enk:ready')).detail.mode, 'native');
      });

      it('of a nonce', async () => {
        await mirrors[0].die();
        const opened = await open(
          html(host.tag(mirrors, 'nonce="bm9uY2U" data-hedge="2000"')),
          rest("'strict-dynamic' 'nonce-bm9uY2U'"),
        );
        await expectChat(opened);
        assert.equal((await opened.waitFor('enk:ready')).detail.mode, 'native');
      });

      it('that admits nothing inline: through shims where blob: is admitted', async () => {
        expectReports(/^script-src-elem (?:inline|data)? /); // the loader asks what the browser and the page allow
        const policy = rest(`'self' blob: ${mirrors.map(({ folder }) => folder).join(' ')}`);
        const opened = await open(html(host.tag(mirrors)), policy);
        await expectChat(opened);
        assert.equal((await opened.waitFor('enk:ready')).detail.mode, 'shims');
      });

      it('that admits nothing inline and no other origin: the standalone file', async () => {
        host.scripts.set(files.worker, mirrors[0].files.get(files.worker) ?? '');
        const hash = integrity[`./${files.standalone}`];
        const tag = `<script type="module" src="/${files.standalone}" integrity="${hash}" crossorigin></script>`;
        const alone = await open(
          html(tag),
          "default-src 'none'; script-src 'self'; connect-src 'self' ws://localhost:9; worker-src blob:; img-src data: blob:",
        );
        await alone.waitForUsableChat();
      });
    });

    it('leaves the import map of a page alone, and what the page imports by the same names', async () => {
      host.scripts.set('own.js', 'import { mine } from "lit"; globalThis.__own = mine;');
      host.scripts.set('own-lit.js', 'export const mine = "the page\'s own";');
      const own = `<script type="importmap">{"imports":{"lit":"/own-lit.js"}}</script><script type="module" src="/own.js"></script>`;
      const opened = await open(html(own + host.tag(mirrors)));
      await expectChat(opened);
      await opened.page.waitForFunction(() => '__own' in globalThis, { timeout: 90_000 });
      assert.equal(
        await opened.page.evaluate(() => (globalThis as { __own?: string }).__own),
        "the page's own",
      );
    });

    it('stands twice on a page, and works once', async () => {
      const opened = await open(html(host.tag(mirrors) + host.tag([...mirrors].reverse())));
      assert.deepEqual(await expectChat(opened), []);
      assert.equal((await opened.events()).filter(({ type }) => type === 'enk:ready').length, 1);
    });

    describe('one release or none', () => {
      it('leaves a page alone that defines elements of ours by itself, and says so', async () => {
        host.scripts.set('other.js', 'customElements.define("enk-provider", class extends HTMLElement {});');
        const opened = await open(html(`<script src="/other.js"></script>${host.tag(mirrors)}`));
        assert.equal((await opened.waitFor('enk:error')).detail.code, 'module-mixed');
        assert.match(await opened.fallback(), /another release/);
        assert.equal(await opened.litCopies(), 0);
      });

      it('leaves a page alone that runs another release, and says which', async () => {
        host.scripts.set('other.js', 'globalThis[Symbol.for("@enk/release")] = "0123456789abcdef";');
        const opened = await open(html(`<script src="/other.js"></script>${host.tag(mirrors)}`));
        assert.equal(
          (await opened.waitFor('enk:error', { module: '0123456789abcdef' })).detail.code,
          'module-mixed',
        );
        assert.match(await opened.fallback(), /another release of it already \(0123456789abcdef\)/);
      });

      it('lets no module of a second release run beside the first', async () => {
        const opened = await open(html(host.tag(mirrors), chat));
        await expectChat(opened);
        const module = mirrors[0].files.get(files.standalone)?.toString() ?? '';
        const release = /"([0-9a-f]{16})"/.exec(module)?.[1] ?? '';
        host.scripts.set('second.js', module.replaceAll(release, 'fedcba9876543210'));
        const code = await opened.page.evaluate(() =>
          import('/second.js' as string).then(
            () => 'ran',
            (error: unknown) => (error as { code?: string }).code,
          ),
        );
        assert.equal(code, 'release-mixed');
        assert.equal(await opened.litCopies(), 1);
      });
    });
  });
}
