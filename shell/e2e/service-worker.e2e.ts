/**
 * The service worker of a signed site in a real browser: an origin that turned hostile, releases that must be refused,
 * an update that waits, a server that is gone, and a worker script that somebody replaced.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fingerprintWords } from '@enk/release-manifest';
import type { Site, SiteOptions, Tamper } from '../../tools/serve.ts';
import { SIGNATURES } from '../../tools/release/make-manifest.ts';
import { launchChromium, openPerson, type LaunchedBrowser } from './support/browsers.ts';
import { serveMirror } from './support/mirror-server.ts';
import { Origin } from './support/origin.ts';
import { Person } from './support/person.ts';
import { makeSigners, SignedReleases, type SignedRelease } from './support/signed-releases.ts';
import { VaultPerson } from './support/vault-person.ts';

/** Nobody answers there: these tests need no broker. */
const BROKER = 'wss://localhost:1/';
const TROJAN = '\n;globalThis.__trojan = 1;\n';

describe('a signed site', () => {
  const releases = new SignedReleases();
  const signers = makeSigners('ana', 'ben', 'cem');
  const { root, keys } = signers;
  const [a] = keys;
  const twoKeys = keys.slice(0, 2);
  const origin = new Origin();
  let browser: LaunchedBrowser;
  let first: SignedRelease;
  let second: SignedRelease;
  const opened: { close(): Promise<void> }[] = [];

  before(async () => {
    first = releases.make({ version: '1.0.0', root, signWith: twoKeys });
    second = releases.make({
      version: '1.1.0',
      root,
      signWith: twoKeys,
      previous: first,
      changes: ['Faster search', 'Fewer bugs'],
    });
    browser = await launchChromium();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(context => context.close()));
    await origin.stop();
  });
  after(async () => {
    await browser.close();
    releases.remove();
  });

  const serve = (release: SignedRelease, options: Partial<SiteOptions> = {}): Promise<Site> =>
    origin.serve(release.folder, { root, broker: BROKER, ...options });

  async function visit(): Promise<Person> {
    const { page, context } = await openPerson(browser.browser, origin.url);
    opened.push(context);
    return new Person(page, 'Ana');
  }

  /** Somebody who has used the site before, with the first release pinned, looking at the settings. */
  async function settled(options: Partial<SiteOptions> = {}): Promise<{ ana: Person; site: Site }> {
    const site = await serve(first, options);
    const ana = await visit();
    await ana.finishFirstRun();
    await ana.click('open-settings');
    await ana.find('release-pinned');
    return { ana, site };
  }

  async function reopen(ana: Person): Promise<void> {
    await ana.page.reload();
    await ana.find('release-pinned');
  }

  /** The page loads anew once the release is pinned. */
  async function accept(ana: Person): Promise<void> {
    await Promise.all([ana.page.waitForNavigation({ timeout: 90_000 }), ana.click('release-accept')]);
  }

  const describedBy = (ana: Person): Promise<string> =>
    ana.page.evaluate(() => document.querySelector<HTMLMetaElement>('meta[name=description]')?.content ?? '');

  async function expectRuns(ana: Person, version: string): Promise<void> {
    await ana.waitForText('release-version', new RegExp(`^\\s*Version ${version.replaceAll('.', '\\.')} `));
    assert.match(await describedBy(ana), new RegExp(`^${version}: `));
    assert.equal(await ana.page.evaluate(() => '__trojan' in globalThis), false);
  }

  it('is pinned by the first visit, and says who signed what runs', async () => {
    const { ana } = await settled();
    await expectRuns(ana, '1.0.0');
    const card = await ana.read('release-pinned');
    assert.match(card, /Signed by 2 of 3 keys; 2 must agree/);
    assert.match(card, /ana, ben/);
    const words = (await ana.read('release-fingerprint')).split(/\s+/);
    assert.deepEqual(words, fingerprintWords(first.hash));
    const controlled = await ana.page.evaluate(() => navigator.serviceWorker.controller?.scriptURL ?? '');
    assert.equal(controlled, `${origin.url}${first.workerPath}`);
  });

  it('keeps running the pinned release when the origin serves trojans, from its first byte on', async () => {
    const { ana, site } = await settled();
    const trojan: Tamper = (path, bytes) => {
      if (path === '/' || path.endsWith('.html'))
        return Buffer.from(`<script>globalThis.__trojan = 1</script>`);
      const isCode = path.endsWith('.js') && path !== `/${first.workerPath}`;
      return isCode ? Buffer.concat([bytes, Buffer.from(TROJAN)]) : bytes;
    };
    site.setTamper(trojan);
    await reopen(ana);
    await expectRuns(ana, '1.0.0');
    const stray = await ana.page.evaluate(async () => (await fetch('./stray.js')).status);
    assert.equal(stray, 403, 'what is in no release is not answered');
  });

  it('restores an altered file of its cache from the origin, and never serves it altered', async () => {
    const { ana } = await settled();
    await ana.page.evaluate(async () => {
      const cache = await caches.open('enk-files-1');
      for (const key of await cache.keys()) await cache.put(key, new Response('globalThis.__trojan = 1'));
    });
    await reopen(ana);
    await expectRuns(ana, '1.0.0');
  });

  it('starts without its server', async () => {
    const { ana } = await settled();
    await origin.stop();
    await reopen(ana);
    await expectRuns(ana, '1.0.0');
    const tab = new Person(await ana.page.browserContext().newPage(), 'Ana');
    await tab.page.goto(origin.url);
    await tab.find('new-chat');
  });

  describe('refuses', () => {
    const refusals: readonly (readonly [string, RegExp, () => SignedRelease])[] = [
      [
        'an unsigned release',
        /that nobody signed/,
        () => {
          const release = releases.make({ version: '1.1.0', root, signWith: [], previous: first });
          writeFileSync(join(release.folder, SIGNATURES), '');
          return release;
        },
      ],
      [
        'one that strangers signed',
        /that nobody signed/,
        () =>
          releases.make({
            version: '1.1.0',
            root,
            signWith: makeSigners('x', 'y', 'z').keys,
            previous: first,
          }),
      ],
      [
        'an under-signed release',
        /too few keys/,
        () => releases.make({ version: '1.1.0', root, signWith: keys.slice(0, 1), previous: first }),
      ],
      [
        'one signed twice by one key',
        /too few keys/,
        () => releases.make({ version: '1.1.0', root, signWith: a ? [a, a] : [], previous: first }),
      ],
      [
        'an expired release',
        /has expired/,
        () =>
          releases.make({
            version: '1.1.0',
            root,
            signWith: twoKeys,
            previous: first,
            expires: '2020-01-01T00:00:00Z',
          }),
      ],
      [
        'another release of the pinned number',
        /another release of the same history/,
        () => releases.make({ version: '1.0.1', root, signWith: twoKeys }),
      ],
    ];
    for (const [name, words, make] of refusals) {
      it(`${name}, and runs on`, async () => {
        const { ana } = await settled();
        await serve(make());
        await reopen(ana);
        await ana.click('release-check');
        await ana.waitForText('release-refusal', words);
        assert.equal(await ana.sees('release-offer'), false);
        await expectRuns(ana, '1.0.0');
      });
    }

    it('an older release than the one that was accepted', async () => {
      const { ana } = await settled();
      await serve(second);
      await ana.click('release-check');
      await accept(ana);
      await ana.waitForText('release-version', /Version 1\.1\.0/);
      await serve(first);
      await reopen(ana);
      await ana.click('release-check');
      await ana.waitForText('release-refusal', /an older release/);
      await expectRuns(ana, '1.1.0');
    });

    it('to start where the first release is signed by too few', async () => {
      const release = releases.make({ version: '1.0.0', root, signWith: keys.slice(0, 1) });
      await serve(release);
      const ana = await visit();
      await ana.waitForText('release-refused', /Too few of the keys/);
      assert.equal(await ana.sees('name-input'), false);
      const registered = await ana.page.evaluate(
        async () => (await navigator.serviceWorker.getRegistrations()).length,
      );
      assert.equal(registered, 0);
    });
  });

  it('offers an update with what changed and who signed, and runs it only once it is accepted', async () => {
    const { ana } = await settled();
    await serve(second);
    await ana.click('release-check');
    const offer = await ana.read('release-offer');
    for (const text of ['Version 1.1.0 is ready', 'Faster search', 'Fewer bugs', 'ana, ben'])
      assert.ok(offer.includes(text), `${text} in ${offer}`);
    assert.deepEqual((await ana.read('offer-fingerprint')).split(/\s+/), fingerprintWords(second.hash));
    await reopen(ana);
    await expectRuns(ana, '1.0.0');
    await ana.click('release-later');
    await ana.find('release-postponed');
    await ana.click('release-reconsider');
    await accept(ana);
    await expectRuns(ana, '1.1.0');
    assert.equal(await ana.sees('release-offer'), false);
  });

  it('changes over to the worker of an accepted release without an alarm', async () => {
    const { ana } = await settled();
    const own = releases.make({
      version: '1.2.0',
      root,
      signWith: twoKeys,
      previous: first,
      hasOwnWorker: true,
    });
    await serve(own);
    await ana.click('release-check');
    await accept(ana);
    await expectRuns(ana, '1.2.0');
    await ana.page.waitForFunction(
      path => navigator.serviceWorker.controller?.scriptURL.endsWith(path) ?? false,
      {},
      own.workerPath,
    );
    await reopen(ana);
    assert.equal(await ana.sees('release-alarm'), false);
  });

  it('takes an update from a mirror where the origin serves wrong bytes, and offers none that is whole nowhere', async () => {
    const mirror = await serveMirror(second.folder);
    try {
      const spoil = (path: string, bytes: Buffer): Buffer =>
        path === '/index.html' ? Buffer.from('<p>no') : bytes;
      mirror.setTamper(spoil);
      const { ana } = await settled({ mirrors: [mirror.url] });
      const site = await serve(second, { mirrors: [mirror.url] });
      site.setTamper(spoil);
      await ana.click('release-check');
      await ana.waitForText('release-refusal', /missing or altered everywhere/);
      assert.equal(await ana.sees('release-offer'), false);
      mirror.setTamper(null);
      await ana.click('release-check');
      await accept(ana);
      await expectRuns(ana, '1.1.0');
      await ana.waitForText('release-pinned', /Loaded from\s+localhost:\d+ \(1\)/);
    } finally {
      await mirror.close();
    }
  });

  it('follows a change of keys through the releases between', async () => {
    const next = makeSigners('dag', 'eva', 'fox');
    const rotation = releases.make({
      version: '1.1.0',
      root: next.root,
      signWith: [...twoKeys, ...next.keys.slice(0, 2)],
      previous: first,
    });
    const third = releases.make({
      version: '1.2.0',
      root: next.root,
      signWith: next.keys.slice(0, 2),
      previous: rotation,
    });
    const { ana } = await settled();
    await serve(third);
    await ana.click('release-check');
    await ana.waitForText('release-refusal', /that nobody signed/);
    await serve(third, { history: releases.history(first, rotation) });
    await ana.click('release-check');
    await accept(ana);
    await expectRuns(ana, '1.2.0');
    assert.match(await ana.read('release-pinned'), /dag, eva/);
  });

  describe('whose worker script was replaced', () => {
    const PASSCODE = { kind: 'passcode', text: '864209' } as const;

    /** Another script for the browser's own update check; our own question still gets the right one. */
    const replaceFor =
      (code: string): Tamper =>
      (path, bytes, request) =>
        path === `/${first.workerPath}` && request.headers['service-worker'] === 'script'
          ? Buffer.concat([bytes, Buffer.from(code)])
          : bytes;

    async function locked(): Promise<{ ana: Person; site: Site; vault: VaultPerson }> {
      const { ana, site } = await settled();
      const vault = new VaultPerson(ana);
      await vault.setSecret('passcode', PASSCODE.text);
      return { ana, site, vault };
    }

    async function expectAlarm(ana: Person): Promise<void> {
      await ana.waitForText('release-alarm', /was replaced, outside of any signed release/);
      for (const testId of ['vault-settings', 'new-chat', 'unlock'])
        assert.equal(await ana.sees(testId), false, testId);
    }

    it('raises the alarm and locks the vault, though the new script waits', async () => {
      const { ana, site } = await locked();
      site.setTamper(replaceFor('\n// changed\n'));
      await ana.page.evaluate(async () => void (await navigator.serviceWorker.getRegistration())?.update());
      await expectAlarm(ana);
      await ana.page.reload();
      await expectAlarm(ana);
      await ana.click('alarm-again');
      await expectAlarm(ana);
    });

    it('raises it on a plain reload, when the browser itself looks for an update', async () => {
      const { ana, site } = await locked();
      site.setTamper(replaceFor('\n// changed\n'));
      await ana.page.reload();
      await expectAlarm(ana);
    });

    it('raises it when the new script takes over at once', async () => {
      const { ana, site } = await locked();
      const greedy =
        'self.addEventListener("install", () => self.skipWaiting());self.addEventListener("activate", e => e.waitUntil(self.clients.claim()));';
      site.setTamper(replaceFor(`\n${greedy}\n`));
      await ana.page.evaluate(async () => void (await navigator.serviceWorker.getRegistration())?.update());
      await expectAlarm(ana);
    });

    it('raises it when only our own question finds the change, in every window, and opens again to who insists', async () => {
      const { ana, site } = await locked();
      const tab = new Person(await ana.page.browserContext().newPage(), 'Ana');
      await tab.page.goto(origin.url);
      await tab.find('open-settings');
      site.setTamper((path, bytes, request) =>
        path === `/${first.workerPath}` && request.headers['service-worker'] !== 'script'
          ? Buffer.concat([bytes, Buffer.from(TROJAN)])
          : bytes,
      );
      await ana.click('release-check');
      await expectAlarm(tab);
      await ana.page.bringToFront();
      await expectAlarm(ana);
      site.setTamper(null);
      await ana.click('alarm-go-on');
      await ana.click('alarm-understood');
      await Promise.all([ana.page.waitForNavigation(), ana.click('alarm-open-anyway')]);
      await ana.find('unlock');
    });

    it('is no alarm when a later release has another worker and the old script is gone', async () => {
      const { ana } = await locked();
      await serve(
        releases.make({ version: '1.2.0', root, signWith: twoKeys, previous: first, hasOwnWorker: true }),
      );
      await ana.page.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        await registration?.update().catch(() => undefined); // 404
      });
      await ana.click('release-check');
      await ana.find('release-offer');
      assert.equal(await ana.sees('release-alarm'), false);
    });
  });
});

describe('an unsigned development build', () => {
  it('says so, and pins nothing', async () => {
    const origin = new Origin();
    const browser = await launchChromium();
    try {
      await origin.serve(join(import.meta.dirname, '../../dist'), { broker: BROKER });
      const { page } = await openPerson(browser.browser, origin.url);
      const ana = new Person(page, 'Ana');
      await ana.finishFirstRun();
      await ana.click('open-settings');
      await ana.waitForText('release-development', /Unsigned development build/);
      const registered = await page.evaluate(
        async () => (await navigator.serviceWorker.getRegistrations()).length,
      );
      assert.equal(registered, 0);
    } finally {
      await browser.close();
      await origin.stop();
    }
  });
});
