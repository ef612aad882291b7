/** Relay mode with a real coturn, whose credentials the person's broker mints. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Broker, startBroker } from '@enk/broker';
import type { BrowserContext, Page } from 'puppeteer-core';
import { type LaunchedBrowser, launchChromium, openPerson } from './support/browsers.ts';
import { isOwnNamespace, watchPackets } from './support/network.ts';
import { type PageServer, servePage } from './support/page-server.ts';
import { hasTurnServer, startTurnServer, type TurnServer } from './support/turn-server.ts';

const PORT = 3_478;
const missing = !isOwnNamespace() || !hasTurnServer;

interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
}

describe('relay mode', { skip: missing && 'needs coturn and a network namespace of our own' }, () => {
  let chromium: LaunchedBrowser;
  let server: PageServer;
  let turn: TurnServer;
  let broker: Broker;
  const contexts: BrowserContext[] = [];

  before(async () => {
    server = await servePage(new URL('./support/transport-page.ts', import.meta.url));
    chromium = await launchChromium();
    turn = await startTurnServer(PORT);
    broker = await startBroker({ port: 0, turn: { secret: turn.secret, urls: [turn.url] } });
  });
  afterEach(() => Promise.all(contexts.splice(0).map(context => context.close())));
  after(async () => {
    await chromium?.close();
    await server?.close();
    await broker?.close();
    await turn?.kill();
  });

  async function join(id: string, brokerUrl = broker.url): Promise<Person> {
    const person = await openPerson(chromium.browser, server.url, keepDescriptions);
    contexts.push(person.context);
    await person.page.evaluate((own, url) => window.harness.register(own, url, [], true), id, brokerUrl);
    await person.page.evaluate(() => window.harness.untilSignaling('registered'));
    return person;
  }

  const descriptions = ({ page }: Person): Promise<string[]> =>
    page.evaluate(() => (window as unknown as { said: string[] }).said);

  it('opens through the relay, and nothing but relay candidates leaves the browser', async () => {
    const watch = watchPackets();
    const [alice, bob] = [await join('alice'), await join('bob')];
    await alice.page.evaluate(() => window.harness.dial('over-relay', 'bob'));
    const opened = await Promise.all(
      [alice, bob].map(({ page }) => page.evaluate(() => window.harness.untilOpen())),
    );
    const [a, b] = opened.map(({ linkId }) => linkId);
    await alice.page.evaluate(id => window.harness.send(id, 'through the relay'), a as string);
    await bob.page.evaluate(id => window.harness.untilText(id, 'through the relay'), b as string);
    for (const person of [alice, bob]) {
      const said = (await descriptions(person)).join('\n');
      const types = [...said.matchAll(/ typ (\w+)/g)].map(match => match[1]);
      assert(types.length > 0, 'no candidate was seen at all');
      assert.deepEqual([...new Set(types)], ['relay']);
      assert.match(said, /raddr 0\.0\.0\.0/); // The relay's own address stands alone: none of the person's behind it.
    }
    const elsewhere = watch.destinations().filter(to => !to.startsWith(turn.address));
    watch.stop();
    // Names that are looked up are another test's (requests); multicast DNS stays on the link.
    assert.deepEqual(
      elsewhere.filter(to => !/ udp (53|5353)$/.test(to)),
      [],
    );
  });

  it('does not connect when the credentials are wrong: there is no way around the relay', async () => {
    const lying = await startBroker({ port: 0, turn: { secret: 'another secret', urls: [turn.url] } });
    const [alice, bob] = [await join('alice', lying.url), await join('bob', lying.url)];
    await alice.page.evaluate(() => window.harness.dial('nowhere', 'bob'));
    await bob.page.waitForFunction(() => (window as unknown as { said: string[] }).said.length > 0);
    const gathered = 'window.gathered > 0';
    await Promise.all([alice.page.waitForFunction(gathered), bob.page.waitForFunction(gathered)]);
    for (const person of [alice, bob]) assert(!/ typ /.test((await descriptions(person)).join('\n')));
    assert.deepEqual(await alice.page.evaluate(() => window.harness.openLinks()), []);
    await lying.close();
  });
});

/** Keeps every description and candidate that the page hands to the broker, and counts ended gatherings. */
async function keepDescriptions(page: Page): Promise<void> {
  await page.evaluateOnNewDocument(() => {
    const said: string[] = [];
    Object.assign(window, { said, gathered: 0 });
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
      said.push(JSON.stringify(data));
      send.call(this, data);
    };
    const Real = RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        this.addEventListener('icegatheringstatechange', () => {
          if (this.iceGatheringState === 'complete')
            (window as unknown as { gathered: number }).gathered += 1;
        });
      }
    };
  });
}
