/** What every limit must be, whatever its value. */
import { expect } from '@esm-bundle/chai';
import * as limits from './limits.ts';

describe('the limits', () => {
  it('P2P-LIM-01: each is a positive number with its unit in the name, or a bucket that fills', () => {
    expect(Object.keys(limits).length).to.be.greaterThan(20);
    for (const [name, limit] of Object.entries(limits) as [string, unknown][]) {
      if (typeof limit === 'number') {
        expect(limit > 0, name).to.equal(true);
        if (name.endsWith('_JITTER')) continue; // a share of a delay
        expect(Number.isSafeInteger(limit), name).to.equal(true);
        expect(name, 'a unit, or what it counts').to.match(
          /_(BYTES|MS|FRAMES|CHARS|VERSION)$|^MAX_[A-Z_]+S|^MAX_SEQ$|_(RECORDS|TRIES|CHARACTERS|CHUNKS|MESSAGES|SEGMENTS|BLOCKS|NUMBERS)(_AT_ONCE|_PER_[A-Z]+)?$/,
        );
      } else if (typeof limit === 'object') {
        const { capacity, refillPerSecond } = limit as limits.TokenBucketLimit;
        expect(capacity > 0 && refillPerSecond > 0, name).to.equal(true);
      } else expect.fail(`${name} is neither`);
    }
  });

  it('P2P-LIM-01: a limit that depends on another fits it', () => {
    expect(limits.MAX_MESSAGE_TEXT_BYTES).to.be.below(limits.MAX_MESSAGE_PDU_BYTES);
    expect(limits.MAX_MESSAGE_PDU_BYTES).to.be.below(limits.MAX_FRAME_BYTES);
    expect(limits.MAX_FRAME_BYTES).to.be.below(limits.MAX_OPEN_QUEUE_BYTES);
    expect(limits.MAX_IN_FLIGHT_FRAMES).to.be.below(limits.MAX_OPEN_QUEUE_FRAMES);
    expect(limits.HANDSHAKE_TIMEOUT_MS).to.be.below(limits.CONSENT_TIMEOUT_MS);
  });
});
