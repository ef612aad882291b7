/**
 * The example of a foreign page: a plain file of a few lines, on another origin than the modules, with a policy that
 * opens only what one tag needs. Somebody there talks to somebody in the shell.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { embedFile } from '../../tools/build/embed-page.ts';
import { serveEmbed, type Site } from '../../tools/serve.ts';
import { openPerson } from './support/browsers.ts';
import { eventually } from './support/eventually.ts';
import { watchTrouble, type PageTrouble } from './support/page-trouble.ts';
import { Person } from './support/person.ts';
import { expectReports } from './support/policy-reports.ts';
import { Product } from './support/product.ts';
import { recordRequests, type RequestRecording } from './support/record-requests.ts';

const MAX_LINES = 15;

describe('a foreign page with one tag', () => {
  let product: Product;
  let embed: Site;
  let html: string;
  let guest: Person;
  let trouble: PageTrouble;
  let requests: RequestRecording;
  let ben: Person;

  before(async () => {
    product = await Product.start();
    embed = await serveEmbed({ modules: product.site, broker: product.brokerUrl });
    html = await (await fetch(embed.url)).text();
    const { browser } = await product.launch();
    const { page } = await openPerson(browser, embed.url, async fresh => {
      requests = await recordRequests(fresh);
      trouble = await watchTrouble(fresh);
    });
    guest = new Person(page, 'Gast');
    ben = await product.person('Ben');
  });
  after(async () => {
    await product.close();
    await embed.close();
  });

  it(`has at most ${MAX_LINES} lines, as committed and as served`, () => {
    for (const text of [readFileSync(embedFile, 'utf8'), html])
      assert.ok(text.trimEnd().split('\n').length <= MAX_LINES);
  });

  it('stands on another origin than the modules, and serves nothing but itself', async () => {
    assert.notEqual(embed.origin, product.site.origin);
    const path = Object.values(product.site.release.importMap.imports)[0] ?? '';
    assert.equal((await fetch(new URL(path, embed.url))).status, 404);
    assert.equal((await fetch(new URL(path, product.site.url))).status, 200);
  });

  it("closes everything with default-src 'none' and opens only what the tag needs", () => {
    const policy = readPolicy(html);
    assert.deepEqual(policy.get('default-src'), ["'none'"]);
    assert.deepEqual(policy.get('connect-src'), [product.site.origin, new URL(product.brokerUrl).origin]);
    assert.deepEqual(policy.get('worker-src'), ['blob:']);
    assert.deepEqual(policy.get('require-trusted-types-for'), ["'script'"]);
    const scripts = policy.get('script-src') ?? [];
    assert.ok(scripts.every(source => /^'(?:strict-dynamic|sha(?:256|384)-[A-Za-z0-9+/=]+)'$/.test(source)));
    const known = [
      'default-src',
      'script-src',
      'connect-src',
      'worker-src',
      'img-src',
      'media-src',
      'frame-src',
      'require-trusted-types-for',
      'trusted-types',
    ];
    assert.deepEqual([...policy.keys()].sort(), known.sort());
  });

  it('lets somebody give a name, invite, and talk with somebody in the shell', async () => {
    await guest.finishFirstRun();
    const link = await guest.createInvite();
    await ben.acceptInvite(link, 'Guest');
    for (const person of [ben, guest]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    await guest.send('from a foreign page');
    await ben.waitForMessages(1);
    await ben.send('to a foreign page');
    await guest.waitForMessages(2);
    assert.deepEqual(
      (await guest.messages()).map(({ text }) => text),
      ['from a foreign page', 'to a foreign page'],
    );
  });

  it('goes on after a reload of the foreign page', async () => {
    await guest.page.reload();
    await guest.openConversation();
    await guest.waitForConnected();
    await ben.send('still here');
    await guest.waitForMessages(3);
  });

  it('asks its own origin, that of the modules and the broker, and nobody else', () => {
    const allowed = [embed.origin, product.site.origin, new URL(product.brokerUrl).origin].sort();
    assert.deepEqual([...requests.origins()].sort(), allowed);
  });

  it('reports no violation of its policy, no error on the console, no uncaught error', async () => {
    assert.deepEqual(trouble, { violations: [], console: [], uncaught: [] });
    await guest.page.evaluate(() => void (document.body.style.color = 'red'));
    assert.deepEqual(trouble.violations, [], 'script may style');
    expectReports(/style-src-attr/);
    await guest.page.evaluate(() => document.body.setAttribute('style', 'color: blue'));
    await eventually('the policy to stop a canary', () => trouble.violations.length > 0);
    assert.match(trouble.violations[0] ?? '', /^style-src-attr inline/);
  });
});

/** The policy of the page's own meta element: directive → sources. */
function readPolicy(html: string): ReadonlyMap<string, readonly string[]> {
  const content = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
  const directives = content.split(';').map(directive => directive.trim().split(/\s+/));
  return new Map(directives.map(([name = '', ...sources]) => [name, sources]));
}
