/**
 * A stream of ten lines a second each way between two sites behind NATs, while one line loses 20 % and delays by
 * 300 ms, each way, and while one side's addresses change: every line arrives exactly once, in order. ENK_LONG=1:
 * five minutes of it, and 30 s of the bad line a time.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hasPython } from '../../tools/netlab/line.ts';
import { canMakeLab } from '../../tools/netlab/netlab.ts';
import { describeRecoveries, isLong } from './support/long-run.ts';
import { TwoWayStream } from './support/two-way-stream.ts';
import { hasTurnServer } from './support/turn-server.ts';

const LONG_MS = 300_000;
const BAD_LINE_MS = isLong ? 30_000 : 5_000;
const missing = !canMakeLab() || !hasTurnServer || !hasPython();
const skip = missing && 'needs coturn, python3 and a network namespace of our own';

describe('a direct stream', { skip }, () => {
  it('survives 20 % loss with 300 ms delay, another address of the host and another public address', async () => {
    const stream = await TwoWayStream.start({ nat: 'port-restricted', relayOnly: false });
    const [anaSite, benSite] = stream.sites;
    try {
      do {
        await stream.disturb('after 20 % loss and 300 ms delay', async () => {
          await anaSite.setLine({ delayMs: 300, lossPercent: 20 });
          await delay(BAD_LINE_MS); // The time that it lasts is the condition itself.
          await anaSite.setLine(null);
          return Date.now();
        });
        await stream.disturb('another address of the host', () => {
          benSite.changeHostAddress();
          return Promise.resolve(Date.now());
        });
        await stream.disturb('another public address', () => {
          anaSite.changePublicAddress();
          return Promise.resolve(Date.now());
        });
      } while (isLong && stream.elapsedMs < LONG_MS);
      const lines = await stream.finish();
      console.log(`${lines} lines in ${stream.elapsedMs} ms; ${describeRecoveries(stream.recoveriesMs)}`);
      assert(lines > 0);
    } finally {
      await stream.close();
    }
  });
});
