/**
 * A session between two real pages whose path dies for good while the broker is there: ICE is restarted through it,
 * sealed, and the same connection carries on. Then what browsers do to pages: freezing, and the back/forward cache.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Broker, startBroker } from '@enk/broker';
import type { BrowserContext, Page } from 'puppeteer-core';
import { type LaunchedBrowser, launchChromium, openPerson } from './support/browsers.ts';
import type {} from './support/lab-page.ts';
import { closeUdpPorts, isOwnNamespace } from './support/network.ts';
import { type PageServer, servePage } from './support/page-server.ts';

const WAIT_MS = 180_000;
const EVERY_MS = 250;

describe('a session outlives its path', { skip: !isOwnNamespace() && 'needs nft' }, () => {
  let server: PageServer;
  let broker: Broker;
  let chromium: LaunchedBrowser;
  const contexts: BrowserContext[] = [];
  before(async () => {
    server = await servePage(new URL('./support/lab-page.ts', import.meta.url), { withWorker: true });
    broker = await startBroker({ port: 0 });
    chromium = await launchChromium();
  });
  afterEach(() => Promise.all(contexts.splice(0).map(context => context.close())));
  after(async () => {
    await chromium?.close();
    await broker?.close();
    await server?.close();
  });

  async function person(name: string): Promise<Page> {
    const { page, context } = await openPerson(chromium.browser, server.url, prepare);
    contexts.push(context);
    page.setDefaultTimeout(WAIT_MS);
    const network = { brokerUrl: broker.url, iceServers: [], relayOnly: false };
    await page.evaluate((own, settings) => window.lab.open(own, settings), name, network);
    return page;
  }

  async function pair(): Promise<[Page, Page]> {
    const [ana, ben] = await Promise.all([person('ana'), person('ben')]);
    const token = await ana.evaluate(() => window.lab.invite());
    await ben.evaluate(given => window.lab.accept(given), token);
    await Promise.all([ana, ben].map(page => page.evaluate(() => window.lab.untilReady())));
    return [ana, ben];
  }

  /** Both write while `disturbance` runs and until it is over for both; everything arrives once, in order. */
  async function disturb(
    [ana, ben]: [Page, Page],
    disturbance: () => Promise<void>,
  ): Promise<{ recoveryMs: number }> {
    await ana.evaluate(everyMs => window.lab.stream('ana', 0, everyMs), EVERY_MS);
    await ben.evaluate(everyMs => window.lab.stream('ben', 0, everyMs), EVERY_MS);
    await Promise.all([ana, ben].map(page => page.evaluate(() => window.lab.untilArrival(0))));
    const sinceMs = Date.now();
    await disturbance();
    const overMs = Date.now();
    const first = (page: Page) => page.evaluate(since => window.lab.untilArrival(since), overMs);
    const arrivals = await Promise.all([ana, ben].map(first));
    const recoveryMs = Math.max(...arrivals.map(({ arrivedAtMs }) => arrivedAtMs)) - sinceMs;
    await Promise.all([ana, ben].map(page => page.evaluate(() => window.lab.stopStream())));
    await assertSame(ana, ben, 'ana');
    await assertSame(ben, ana, 'ben');
    return { recoveryMs };
  }

  /** What `author` wrote stands at `reader` once, in order. */
  async function assertSame(author: Page, reader: Page, name: string): Promise<void> {
    await author.waitForFunction(async () => (await window.lab.countUndelivered()) === 0, { polling: 500 });
    const [mine, theirs] = await Promise.all([author, reader].map(page => page.evaluate(readTranscript)));
    const textsOf = (all: typeof mine, isMine: boolean): string[] =>
      (all ?? []).filter(message => message.isMine === isMine).map(({ text }) => text);
    const written = textsOf(mine, true);
    assert.deepEqual(textsOf(theirs, false), written);
    assert.deepEqual(
      written.map(text => Number(text.split(' ')[1])),
      written.map((_, index) => index),
      name,
    );
  }

  it('P2P-SES-27: over a new path through the broker, when the old one is gone for good', async t => {
    const [ana, ben] = await pair();
    const before = await Promise.all([ana, ben].map(readConnections));
    let open = (): void => undefined;
    const { recoveryMs } = await disturb([ana, ben], async () => {
      open = closeUdpPorts();
    });
    open();
    t.diagnostic(`carried again after ${recoveryMs} ms`);
    const afterwards = await Promise.all([ana, ben].map(readConnections));
    for (const [index, { states }] of afterwards.entries()) {
      const carrying = before[index]?.states.indexOf('connected') ?? -1;
      assert.equal(states[carrying], 'connected', 'the same connection carries');
    }
  });

  it('P2P-SES-26: when a page was frozen in the middle', async t => {
    const [ana, ben] = await pair();
    const devTools = await ben.createCDPSession();
    const { recoveryMs } = await disturb([ana, ben], async () => {
      await devTools.send('Page.setWebLifecycleState', { state: 'frozen' });
      const frozenAtMs = Date.now();
      await ana.waitForFunction(since => Date.now() - since > 3_000, { polling: 250 }, frozenAtMs);
      await devTools.send('Page.setWebLifecycleState', { state: 'active' });
    });
    t.diagnostic(`carried again after ${recoveryMs} ms, 3 s of them frozen`);
  });

  it('P2P-SES-26: when a page went into the back/forward cache and came back', async t => {
    const [ana, ben] = await pair();
    const { recoveryMs } = await disturb([ana, ben], async () => {
      // The events themselves: a browser that is driven by DevTools keeps no page in that cache.
      await ben.evaluate(() => {
        dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
      });
      await ana.waitForFunction(() => !window.lab.isReady());
      await ben.evaluate(() => {
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      });
    });
    t.diagnostic(`carried again after ${recoveryMs} ms`);
  });
});

function readTranscript(): Promise<{ text: string; isMine: boolean; state: string }[]> {
  return window.lab.transcript();
}

/** Keeps every connection that the page makes, before any script of its own runs. */
async function prepare(page: Page): Promise<void> {
  await page.evaluateOnNewDocument(() => {
    const all: RTCPeerConnection[] = [];
    const Real = RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        all.push(this);
      }
    };
    Object.assign(window, { madeConnections: all });
  });
}

/** States of all connections that the page made, oldest first. */
function readConnections(page: Page): Promise<{ states: string[] }> {
  return page.evaluate(() => {
    const { madeConnections } = window as unknown as { madeConnections: RTCPeerConnection[] };
    return { states: madeConnections.map(({ connectionState }) => connectionState) };
  });
}
