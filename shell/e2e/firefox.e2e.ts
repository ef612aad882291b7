/**
 * Chromium with Firefox, the whole client at both ends: handshake, lines both ways, and again after Firefox was
 * killed and started anew with its profile. (That their connections open, whoever dials, is transport.e2e.ts.)
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBroker } from '@enk/broker';
import { findFirefox } from '../../tools/find-browser.mjs';
import { hasNetwork } from './support/browsers.ts';
import { introduce, LabPerson } from './support/lab-person.ts';
import { servePage } from './support/page-server.ts';

const missing = !(findFirefox() && hasNetwork());

describe('Chromium with Firefox', { skip: missing && 'needs Firefox and a network interface' }, () => {
  it('exchanges messages both ways, and again after Firefox was killed', async () => {
    const server = await servePage(new URL('./support/lab-page.ts', import.meta.url), { withWorker: true });
    const broker = await startBroker({ port: 0 });
    const network = { brokerUrl: broker.url, iceServers: [], relayOnly: false };
    const options = { pageUrl: server.url, network };
    const ana = new LabPerson({ ...options, name: 'ana' });
    const ben = new LabPerson({ ...options, name: 'ben', engine: 'firefox' });
    try {
      await Promise.all([ana.start(), ben.start()]);
      await introduce(ana, ben);
      await exchange(ana, ben, 0);
      await ben.kill();
      await ben.start();
      await exchange(ana, ben, 1);
      const lines = await Promise.all(
        [ana, ben].map(({ page }) => page.evaluate(() => window.lab.transcript())),
      );
      for (const own of lines) assert.equal(own.length, 4);
    } finally {
      await Promise.all([ana.close(), ben.close()]);
      await server.close();
      await broker.close();
    }
  });
});

/** Each sends one line; resolves when each has the other's. */
async function exchange(ana: LabPerson, ben: LabPerson, index: number): Promise<void> {
  const now = Date.now();
  for (const { page, name } of [ana, ben])
    await page.evaluate(text => window.lab.send(text), `${name} ${index} ${now}`);
  for (const { page } of [ana, ben]) await page.evaluate(since => window.lab.untilArrival(since), now);
}
