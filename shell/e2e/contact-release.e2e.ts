/**
 * Do the two of us run the same program? Asked through the encrypted session, between people of two signed sites of the
 * same makers: the same release, an older one, one that nobody here has signed yet, and the same one once it is offered.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startBroker, type Broker } from '@enk/broker';
import { fingerprintWords } from '@enk/release-manifest';
import { serveSite, type Site } from '../../tools/serve.ts';
import { launchChromium, openPerson, type LaunchedBrowser } from './support/browsers.ts';
import { Person } from './support/person.ts';
import { makeSigners, SignedReleases, type SignedRelease } from './support/signed-releases.ts';

describe('the release of a contact', () => {
  const releases = new SignedReleases();
  const { root, keys } = makeSigners('ana', 'ben', 'cem');
  const signWith = keys.slice(0, 2);
  let browser: LaunchedBrowser;
  let broker: Broker;
  let first: SignedRelease;
  let second: SignedRelease;
  let site: Site;
  let newerSite: Site;

  const serve = (folder: string, port = 0): Promise<Site> =>
    serveSite({ folder, root, port, broker: broker.url });

  before(async () => {
    first = releases.make({ version: '1.0.0', root, signWith });
    second = releases.make({ version: '1.1.0', root, signWith, previous: first });
    [browser, broker] = await Promise.all([launchChromium(), startBroker({ port: 0 })]);
    [site, newerSite] = [await serve(first.folder), await serve(second.folder)];
  });
  after(async () => {
    await browser.close();
    await Promise.all([site.close(), newerSite.close()]);
    await broker.close();
    releases.remove();
  });

  /** Somebody new at a site, whose release is pinned. */
  async function personAt({ url }: Site, name: string): Promise<Person> {
    const { page } = await openPerson(browser.browser, url);
    const person = new Person(page, name);
    await person.finishFirstRun();
    await person.click('open-settings');
    await person.find('release-pinned');
    await person.closeSettings();
    return person;
  }

  /** They have exchanged a line each way, and look at each other's details. */
  async function meet(inviter: Person, invitee: Person): Promise<void> {
    const link = await inviter.createInvite();
    await invitee.acceptInvite(link.replace(/^[^#]*\//, new URL('/', invitee.page.url()).href), inviter.name);
    for (const person of [invitee, inviter]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    await invitee.send('hello');
    await inviter.waitForMessages(1);
    await inviter.send('and you');
    await invitee.waitForMessages(2);
    for (const person of [invitee, inviter]) await person.click('contact-details');
  }

  it('P2P-REL-01: is the same for people of one site; older, unknown, and newer once it is offered for two', async () => {
    const [ana, ben] = await Promise.all([personAt(site, 'Ana'), personAt(newerSite, 'Ben')]);
    await meet(ana, ben);
    for (const person of [ana, ben]) await person.click('contact-release-ask');
    await ben.waitForText('contact-release-verdict', /version 1\.0\.0, release 1\. It is signed, and older/);
    await ana.waitForText('contact-release-verdict', /version 1\.1\.0, release 2, and .* nobody it trusts/);
    const words = (await ana.read('contact-release-words')).split(/\s+/);
    assert.deepEqual(words, fingerprintWords(second.hash));

    await site.close();
    site = await serve(second.folder, site.port);
    await ana.click('contact-release-ask');
    await ana.waitForText('contact-release-verdict', /It is signed, and newer than yours/);

    const [cem, dora] = await Promise.all([personAt(newerSite, 'Cem'), personAt(newerSite, 'Dora')]);
    await meet(cem, dora);
    for (const person of [cem, dora]) {
      await person.click('contact-release-ask');
      await person.waitForText('contact-release-verdict', /exactly what you run: version 1\.1\.0, release 2/);
    }
  });
});
