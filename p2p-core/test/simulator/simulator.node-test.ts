import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { enkSignalEngine } from '@enk/crypto-core';
import { loadLibsignal } from './libsignal.ts';
import { runSeed } from './run-seed.ts';

/** Long runs: npm run sim. */
const STEPS = 250;

describe('simulator', () => {
  for (const seed of [1_000, 1_001, 1_002]) {
    it(`P2P-DEL-01, P2P-DEL-02: seed ${seed}: exactly once and in order, whatever dies, is cut or goes back`, async () => {
      const result = await runSeed({ seed, steps: STEPS, peers: 2 });
      assert.ok(result.messages > 20 && result.crashes > 0, JSON.stringify(result));
    });
  }

  it('P2P-DEL-01: the same with the second Signal engine', async () => {
    const signalEngine = await loadLibsignal();
    const result = await runSeed({ seed: 1_003, steps: 120, peers: 2, signalEngine });
    assert.ok(result.messages > 5, JSON.stringify(result));
  });

  it('P2P-DEL-01: three people, each with two conversations', async () => {
    const result = await runSeed({ seed: 1_004, steps: 150, peers: 3 });
    assert.ok(result.messages > 5, JSON.stringify(result));
  });

  it('a seed gives the same bytes on the wire again, and through WebCrypto as through OpenSSL', async () => {
    const options = { seed: 1_005, steps: 60, peers: 2, signalEngine: enkSignalEngine };
    const [first, again] = [await runSeed(options), await runSeed({ ...options, webCrypto: true })];
    assert.equal(again.digest, first.digest);
    assert.equal(again.encryptions, first.encryptions);
  });
});
