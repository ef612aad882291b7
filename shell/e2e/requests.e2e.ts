/**
 * Whom a whole session talks to: every request of page, workers and sockets, and every packet that leaves. Only the
 * origin of the modules and the configured broker may appear (no ICE server is configured here).
 */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { eventually } from './support/eventually.ts';
import {
  isOwnNamespace,
  watchNames,
  watchPackets,
  type NameWatch,
  type PacketWatch,
} from './support/network.ts';
import { watchTrouble, type PageTrouble } from './support/page-trouble.ts';
import type { Person } from './support/person.ts';
import { expectReports } from './support/policy-reports.ts';
import { Product } from './support/product.ts';
import { recordRequests, type RequestRecording } from './support/record-requests.ts';

interface Watched {
  readonly person: Person;
  readonly requests: RequestRecording;
  readonly trouble: PageTrouble;
}

/** Chromium's own resolution of `.local` candidates: multicast that no router forwards (RFC 6762 §11). */
const MDNS = '224.0.0.251 udp 5353';
/** Chromium itself looks for updates, extensions and form hints, whatever page is open. */
const BROWSER_SERVICES = /(?:^|\.)(?:google|googleapis|gstatic)\.com$/;
/** An address of this network that nobody has: a packet for it must be seen. */
const CANARY = { address: '10.77.0.99', port: 9 };

describe('a whole session, from first run to reload', () => {
  const isWatchable = isOwnNamespace();
  const skip = isWatchable ? false : 'needs a network namespace';
  let product: Product;
  let packets: PacketWatch | undefined;
  let names: NameWatch | undefined;
  let ana: Watched;
  let ben: Watched;

  before(async () => {
    if (isWatchable) [packets, names] = [watchPackets(), await watchNames()];
    product = await Product.start();
    [ana, ben] = await Promise.all([openWatched('Ana'), openWatched('Ben')]);
    await ben.person.acceptInvite(await ana.person.createInvite(), 'Ana');
    for (const { person } of [ben, ana]) {
      await person.openConversation();
      await person.waitForConnected();
    }
    await ana.person.send('https://link.example/preview.png is not fetched');
    await ben.person.waitForMessages(1);
    await ben.person.send('<img src="https://image.example/x.png">');
    await ana.person.waitForMessages(2);
    await visitSettings(ana.person);
    await ben.person.page.reload();
    await ben.person.openConversation();
    await ben.person.waitForConnected();
    await ben.person.send('after the reload');
    await ana.person.waitForMessages(3);
  });
  after(async () => {
    await product.close();
    packets?.stop();
    names?.stop();
  });

  async function openWatched(name: string): Promise<Watched> {
    const found: { requests?: RequestRecording; trouble?: PageTrouble } = {};
    const person = await product.person(name, async page => {
      found.requests = await recordRequests(page);
      found.trouble = await watchTrouble(page);
    });
    const { requests, trouble } = found;
    if (!requests || !trouble) throw new Error('nothing is watched');
    return { person, requests, trouble };
  }

  /** Opens the settings, saves a name, shows an invite and the safety number. */
  async function visitSettings(person: Person): Promise<void> {
    await person.click('open-settings');
    await person.find('diagnostics');
    await person.fill('settings-name', 'Ana Maria');
    await person.click('settings-name-save');
    await person.closeSettings();
    await person.click('safety-number');
    await person.find('safety-digits');
    await person.closeDialog();
  }

  it('asks only the origin of the modules and the configured broker', () => {
    const allowed = [product.site.origin, new URL(product.brokerUrl).origin].sort();
    for (const { requests } of [ana, ben]) assert.deepEqual([...requests.origins()].sort(), allowed);
  });

  it('the recording holds workers and sockets, and nothing of another scheme', () => {
    for (const { requests } of [ana, ben]) {
      assert.ok(requests.urls.some(url => /\/enk-worker\.[0-9a-f]{16}\.js$/.test(url)));
      assert.ok(requests.urls.some(url => url.startsWith(product.brokerUrl)));
      const schemes = new Set(requests.urls.map(url => new URL(url).protocol));
      assert.deepEqual(
        [...schemes].filter(scheme => !['http:', 'ws:', 'data:', 'blob:'].includes(scheme)),
        [],
      );
    }
  });

  it('no packet leaves for anybody else', { skip }, async () => {
    const own = Object.values(networkInterfaces()).flatMap(list =>
      (list ?? []).map(({ address }) => address),
    );
    const isForeign = (destination: string): boolean =>
      destination !== MDNS && !own.includes(destination.split(' ')[0] ?? '');
    assert.deepEqual((packets?.destinations() ?? []).filter(isForeign), []);
    await sendCanary();
    const canary = `${CANARY.address} udp ${CANARY.port}`;
    assert.deepEqual(
      (packets?.destinations() ?? []).filter(isForeign),
      [canary],
      'a packet that leaves is seen',
    );
  });

  it('no name is looked up but those of the browser’s own services', { skip }, async () => {
    const isForeign = (name: string): boolean => !BROWSER_SERVICES.test(name);
    assert.deepEqual((names?.names() ?? []).filter(isForeign), []);
    await ana.person.page.evaluate(async () => {
      // WebRTC's own look-ups are in no recording of requests.
      const connection = new RTCPeerConnection({ iceServers: [{ urls: 'stun:stun.canary.example' }] });
      connection.createDataChannel('canary');
      await connection.setLocalDescription();
      window.setTimeout(() => connection.close(), 10_000);
    });
    await eventually('the canary’s name', () => (names?.names() ?? []).includes('stun.canary.example'));
  });

  it('reports no violation of its policy, no error on the console, no uncaught error', async () => {
    for (const { trouble } of [ana, ben])
      assert.deepEqual(trouble, { violations: [], console: [], uncaught: [] });
    expectReports(/connect-src https:\/\/canary\.example/);
    await ben.person.page.evaluate(() => fetch('https://canary.example/').catch(() => undefined));
    await eventually('the policy to stop a canary', () => ben.trouble.violations.length > 0);
    assert.match(ben.trouble.violations[0] ?? '', /^connect-src https:\/\/canary\.example/);
  });

  it('the recording sees what a page, its workers and its sockets ask of others', async () => {
    const page = await ana.person.page.browserContext().newPage();
    const { origins } = await recordRequests(page);
    await page.evaluate('globalThis.__name = value => value'); // the compiler's mark on inner functions
    await page.evaluate(async () => {
      const failed = (target: EventTarget, type: string): Promise<unknown> =>
        new Promise(resolve => target.addEventListener(type, resolve, { once: true }));
      const script = "fetch('http://127.0.0.1:65502').catch(() => postMessage(0))";
      const worker = new Worker(URL.createObjectURL(new Blob([script])));
      await Promise.all([
        fetch('http://127.0.0.1:65501').catch(() => undefined),
        failed(worker, 'message'),
        failed(new WebSocket('ws://127.0.0.1:65503'), 'error'),
      ]);
    });
    const planted = ['http://127.0.0.1:65501', 'http://127.0.0.1:65502', 'ws://127.0.0.1:65503'];
    await eventually('three canaries', () => planted.every(origin => origins().includes(origin)));
    await page.close();
  });
});

function sendCanary(): Promise<void> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.send('canary', CANARY.port, CANARY.address, error => {
      socket.close();
      if (error) reject(error);
      else resolve();
    });
  });
}
