/** A long conversation over one connection, both sides talking at once while all keys move on. */
import { expect } from '@esm-bundle/chai';
import { encodeHex } from '../../bytes/hex.ts';
import { sha256 } from '../../bytes/kdf.ts';
import { u32 } from '../../bytes/integers.ts';
import { concat } from '../../bytes/concat.ts';
import { makeLink } from '../support/link.ts';

const MESSAGES_EACH = 300;

/** mulberry32: a reproducible schedule, not a secret. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeBody(side: number, index: number, random: () => number): Uint8Array {
  const size = Math.floor(random() * random() * 3_000);
  return concat(u32(side), u32(index), new Uint8Array(size).fill(index));
}

function digest(bodies: readonly Uint8Array[]): string {
  return encodeHex(sha256(...bodies));
}

describe('a conversation', () => {
  for (const seed of [1, 2]) {
    it(`CC-CAS-02: seed ${seed}: hundreds of messages both ways arrive once and in order`, async function () {
      this.timeout(60_000);
      const random = seededRandom(seed);
      const link = await makeLink({
        a: { rekeyAfterMessages: 17, rotateAfterFrames: 29, peerRotatesAfterFrames: 23 },
        b: { rekeyAfterMessages: 11, rotateAfterFrames: 23, peerRotatesAfterFrames: 29 },
      });
      const sent = { a: [] as Uint8Array[], b: [] as Uint8Array[] };
      while (sent.a.length + sent.b.length < 2 * MESSAGES_EACH) {
        const jobs: Promise<unknown>[] = [];
        for (const side of ['a', 'b'] as const) {
          const burst = Math.floor(random() * 4);
          for (let i = 0; i < burst && sent[side].length < MESSAGES_EACH; i++) {
            const body = makeBody(side === 'a' ? 0 : 1, sent[side].length, random);
            sent[side].push(body);
            jobs.push(link[side].session.seal(body));
          }
        }
        for (const end of [link.a, link.b]) {
          const deliveries = Math.floor(random() * 6);
          for (let i = 0; i < deliveries; i++) jobs.push(link.deliver(end));
        }
        await Promise.all(jobs);
      }
      await link.settle();
      expect(link.b.received.length).to.equal(sent.a.length);
      expect(link.a.received.length).to.equal(sent.b.length);
      expect(digest(link.b.received)).to.equal(digest(sent.a));
      expect(digest(link.a.received)).to.equal(digest(sent.b));
      const [a, b] = [link.a.session.stats, link.b.session.stats];
      expect(a.kemGeneration).to.equal(b.kemGeneration).and.to.be.greaterThan(10);
      expect(a.generation).to.equal(b.generation).and.to.be.greaterThan(5);
      expect(a.framesSent).to.equal(b.framesReceived);
    });
  }
});
