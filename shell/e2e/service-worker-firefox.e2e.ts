/**
 * The service worker of a signed site in Firefox: pinned, kept when the origin turned hostile or is gone, and updated only
 * when the person accepts. (All of its stories, in Chromium: service-worker.e2e.ts.)
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findFirefox } from '../../tools/find-browser.mjs';
import { launchFirefox, openPerson, type LaunchedBrowser } from './support/browsers.ts';
import { Origin } from './support/origin.ts';
import { Person } from './support/person.ts';
import { makeSigners, SignedReleases, type SignedRelease } from './support/signed-releases.ts';

describe('a signed site in Firefox', { skip: !findFirefox() && 'needs Firefox' }, () => {
  const releases = new SignedReleases();
  const { root, keys } = makeSigners('ana', 'ben', 'cem');
  const origin = new Origin();
  const options = { root, broker: 'wss://localhost:1/' };
  let browser: LaunchedBrowser;
  let first: SignedRelease;
  let second: SignedRelease;
  let ana: Person;

  before(async () => {
    const signWith = keys.slice(0, 2);
    first = releases.make({ version: '1.0.0', root, signWith });
    second = releases.make({ version: '1.1.0', root, signWith, previous: first });
    browser = await launchFirefox();
    await origin.serve(first.folder, options);
    const { page } = await openPerson(browser.browser, origin.url);
    ana = new Person(page, 'Ana');
    await ana.finishFirstRun();
    await ana.click('open-settings');
  });
  after(async () => {
    await browser.close();
    await origin.stop();
    releases.remove();
  });

  async function expectRuns(version: string): Promise<void> {
    await ana.find('release-pinned');
    await ana.waitForText('release-version', new RegExp(`^\\s*Version ${version.replaceAll('.', '\\.')} `));
    assert.equal(await ana.page.evaluate(() => '__trojan' in globalThis), false, 'a trojan ran');
  }

  it('is pinned by the first visit', () => expectRuns('1.0.0'));

  it('keeps running the pinned release when the origin serves trojans', async () => {
    const site = await origin.serve(first.folder, options);
    site.setTamper((path, bytes) => {
      if (path === `/${first.workerPath}`) return bytes;
      const isPage = path === '/' || path.endsWith('.html');
      if (isPage) return Buffer.from('<script>globalThis.__trojan = 1</script>');
      return path.endsWith('.js')
        ? Buffer.concat([bytes, Buffer.from('\n;globalThis.__trojan = 1;')])
        : bytes;
    });
    await ana.page.reload();
    await expectRuns('1.0.0');
  });

  it('starts without its server', async () => {
    await origin.stop();
    await ana.page.reload();
    await expectRuns('1.0.0');
  });

  it('refuses a release that too few have signed, and runs the next one only once it is accepted', async () => {
    const weak = releases.make({ version: '1.0.9', root, signWith: keys.slice(0, 1), previous: first });
    await origin.serve(weak.folder, options);
    await ana.click('release-check');
    await ana.waitForText('release-refusal', /too few keys/);
    await origin.serve(second.folder, options);
    await ana.click('release-check');
    await ana.waitForText('release-offer', /Version 1\.1\.0 is ready/);
    await ana.page.reload();
    await expectRuns('1.0.0');
    await Promise.all([ana.page.waitForNavigation({ timeout: 90_000 }), ana.click('release-accept')]);
    await expectRuns('1.1.0');
  });
});
