import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { walkCrashes } from './crash-walk.ts';

/** `ENK_SIM_ALL=1` walks every place; else a sample that differs for each walk. */
const isWhole = process.env['ENK_SIM_ALL'] === '1';

describe('crash walk', () => {
  const walks = [
    { script: 'first-contact', victim: 0, stride: 5 },
    { script: 'first-contact', victim: 1, stride: 6 },
    { script: 'reconnect', victim: 0, stride: 7 },
    { script: 'reconnect', victim: 1, stride: 8 },
  ] as const;
  for (const { script, victim, stride } of walks) {
    const who = victim === 0 ? 'inviter' : 'invitee';
    it(`P2P-DEL-01, P2P-SES-12: ${script}: the ${who} dies after any commit or frame, and nothing is lost or doubled`, async () => {
      const { places, walked } = await walkCrashes({ seed: 7, script, victim, stride: isWhole ? 1 : stride });
      assert.ok(places > 15 && walked > 1, `${walked} of ${places}`);
      console.log(`${script}, the ${who} dies: ${walked} of ${places} places`);
    });
  }
});
