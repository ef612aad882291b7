import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { enkSignalEngine } from '@enk/crypto-core';
import { loadLibsignal } from './libsignal.ts';
import { peersOfSeed, runSeed } from './run-seed.ts';

/** Long runs, 2,000 steps a seed: npm run sim. */
const STEPS = 120;

describe('simulator', () => {
  for (let seed = 1_000; seed < 1_010; seed++) {
    const peers = peersOfSeed(seed);
    it(`P2P-DEL-01, P2P-DEL-02: seed ${seed}, ${peers} people: exactly once and in order, whatever dies, is cut or goes back`, async () => {
      const result = await runSeed({ seed, steps: STEPS });
      assert.equal(result.peers, peers);
      assert.ok(result.messages > 10 && result.frames > 100, JSON.stringify(result));
    });
  }

  it('P2P-DEL-01: two people, for longer', async () => {
    const result = await runSeed({ seed: 1_010, steps: 3 * STEPS, peers: 2 });
    assert.ok(result.messages > 20 && result.crashes > 0, JSON.stringify(result));
  });

  it('P2P-SES-12: a hello that whole handshakes and a jump of the clock overtook finds its pair secret', async () => {
    const result = await runSeed({ seed: 58, steps: 250, peers: 2 });
    assert.equal(result.strangers, 0);
  });

  it('P2P-DEL-01: the same with the second Signal engine', async () => {
    const signalEngine = await loadLibsignal();
    const result = await runSeed({ seed: 1_003, steps: 120, peers: 2, signalEngine });
    assert.ok(result.messages > 5, JSON.stringify(result));
  });

  it('a seed gives the same bytes on the wire again, and through WebCrypto as through OpenSSL', async () => {
    const options = { seed: 1_005, steps: 60, peers: 2, signalEngine: enkSignalEngine };
    const [first, again] = [await runSeed(options), await runSeed({ ...options, webCrypto: true })];
    assert.equal(again.digest, first.digest);
    assert.equal(again.encryptions, first.encryptions);
  });
});
