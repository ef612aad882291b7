/**
 * A stream of ten lines a second each way, in relay mode, while the broker, the relay and one browser are killed with
 * SIGKILL and started again: every line arrives exactly once, in order. ENK_LONG=1: five minutes of it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canMakeLab } from '../../tools/netlab/netlab.ts';
import { describeRecoveries, isLong } from './support/long-run.ts';
import { TwoWayStream } from './support/two-way-stream.ts';
import { hasTurnServer } from './support/turn-server.ts';

const LONG_MS = 300_000;
const missing = !canMakeLab() || !hasTurnServer;
const skip = missing && 'needs coturn and a network namespace of our own';

describe('a stream through the relay', { skip }, () => {
  it('survives kill -9 of the broker, of coturn and of a browser', async () => {
    const stream = await TwoWayStream.start({ nat: 'none', relayOnly: true });
    const [ana, ben] = stream.people;
    const registrations = (): Promise<number> => ana.page.evaluate(() => window.lab.registeredAtMs().length);
    try {
      do {
        const before = await registrations();
        await stream.disturb('kill -9 of the broker', () => stream.killBroker());
        await ana.page.waitForFunction(count => window.lab.registeredAtMs().length > count, {}, before);
        await stream.disturb('kill -9 of coturn', () => stream.killTurn());
        await stream.disturb('kill -9 of a browser', () => stream.killBrowser(ben));
      } while (isLong && stream.elapsedMs < LONG_MS);
      const lines = await stream.finish();
      console.log(`${lines} lines in ${stream.elapsedMs} ms; ${describeRecoveries(stream.recoveriesMs)}`);
      assert(lines > 0);
    } finally {
      await stream.close();
    }
  });
});
