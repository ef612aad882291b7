import { expect } from '@esm-bundle/chai';
import { REDIAL_BASE_MS, REDIAL_JITTER, REDIAL_MAX_MS, STRIKE_BUCKET } from '../limits.ts';
import { redialDelayMs } from './backoff.ts';
import { isDecider, sessionToKeep } from './displacement.ts';
import { LinkChannel } from './link-channel.ts';
import { Strikes } from './strikes.ts';
import { KeyedTokenBuckets, TokenBucket } from './token-bucket.ts';

describe('session limits', () => {
  it('P2P-LIM-04: a token bucket allows its capacity at once and then its rate', () => {
    const bucket = new TokenBucket({ capacity: 3, refillPerSecond: 2 }, 0);
    expect([1, 2, 3, 4].map(() => bucket.take(0))).to.deep.equal([true, true, true, false]);
    expect([bucket.take(499), bucket.take(500), bucket.take(500)]).to.deep.equal([false, true, false]);
    expect(bucket.take(-10_000), 'a clock set back refills nothing').to.equal(false);
  });

  it('P2P-LIM-07: strikes are a contact’s own, run out, and come back with time', () => {
    const strikes = new Strikes();
    for (let fault = 1; fault <= STRIKE_BUCKET.capacity; fault++) {
      expect(strikes.isOut('mallory', 0), `after ${fault - 1}`).to.equal(false);
      strikes.strike('mallory', 0);
    }
    expect([strikes.isOut('mallory', 0), strikes.isOut('bob', 0)]).to.deep.equal([true, false]);
    const oneMs = 1_000 / STRIKE_BUCKET.refillPerSecond;
    expect([strikes.isOut('mallory', oneMs - 1_000), strikes.isOut('mallory', oneMs)]).to.deep.equal([
      true,
      false,
    ]);
    strikes.strike('mallory', oneMs);
    expect(strikes.isOut('mallory', oneMs)).to.equal(true);
  });

  it('P2P-LIM-04: buckets per address are bounded', () => {
    const buckets = new KeyedTokenBuckets({ capacity: 1, refillPerSecond: 0 }, 2);
    expect(['a', 'a', 'b', 'c', 'a'].map(key => buckets.take(key, 0))).to.deep.equal([
      true,
      false,
      true,
      true,
      true,
    ]);
  });

  it('P2P-SES-06: back-off doubles, is bounded, and its jitter only shortens', () => {
    expect(redialDelayMs(0, 0)).to.equal(REDIAL_BASE_MS);
    expect(redialDelayMs(1_000, 0)).to.equal(REDIAL_MAX_MS);
    expect(redialDelayMs(2, 1)).to.equal(4 * REDIAL_BASE_MS * (1 - REDIAL_JITTER));
  });

  it('P2P-LIM-03: a link queues up to its bound, in order, and refuses more', async () => {
    const channel = new LinkChannel({ frames: 2, bytes: 10 });
    expect(channel.push(new Uint8Array([1]))).to.equal(true);
    expect(channel.push(new Uint8Array(10)), 'bytes').to.equal(false);
    expect(channel.push(new Uint8Array([2]))).to.equal(true);
    expect(channel.push(new Uint8Array([3])), 'frames').to.equal(false);
    expect([...(await channel.receive()), ...(await channel.receive())]).to.deep.equal([1, 2]);
    const waiting = channel.receive().catch((error: unknown) => error);
    channel.close();
    expect(await waiting).to.have.property('code', 'aborted');
    expect(await channel.receive().catch((error: unknown) => error)).to.have.property('code', 'aborted');
  });

  it('P2P-SES-21: exactly one side decides between two Ready sessions', () => {
    expect([isDecider('b', 'a'), isDecider('a', 'b')]).to.deep.equal([true, false]);
  });

  it('P2P-SES-21: overlapping handshakes keep the decider’s own dial, else the newer one stays', () => {
    const session = (startedAtMs: number, readyAtMs: number, isOurs: boolean) => ({
      startedAtMs,
      readyAtMs,
      isOurs,
    });
    expect(sessionToKeep(session(0, 10, true), session(5, 12, false))).to.equal('older');
    expect(sessionToKeep(session(0, 10, false), session(5, 12, true))).to.equal('newer');
    expect(sessionToKeep(session(0, 10, true), session(500, 520, false))).to.equal('newer');
  });
});
