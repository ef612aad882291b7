import { expect } from '@esm-bundle/chai';
import { CHUNK_BUFFER_HIGH_WATER_BYTES, CHUNK_BUFFER_MS, MAX_CHUNK_BUFFER_BYTES } from '../limits.ts';
import { ChannelQueue } from './channel-queue.ts';

const FRAME = 64 * 1024;

/** A path of so many bytes a millisecond, fed whenever there is room, and reporting `reportMs` late. */
class Path {
  nowMs = 0;
  readonly queue = new ChannelQueue(() => this.nowMs);
  #sent = 0;
  #taken = 0;
  #reports: { readonly atMs: number; readonly taken: number; readonly isDry: boolean }[] = [];

  constructor(private readonly rate: number) {}

  run(ms: number, reportMs: number, isFed = true): void {
    for (const end = this.nowMs + ms; this.nowMs < end; this.nowMs++) {
      while (isFed && this.queue.hasChunkRoom) {
        this.queue.sent(FRAME);
        this.#sent += FRAME;
      }
      this.#taken = Math.min(this.#sent, this.#taken + this.rate);
      if (this.nowMs % 5 === 0) {
        const isDry = this.#taken === this.#sent;
        this.#reports.push({ atMs: this.nowMs + reportMs, taken: this.#taken, isDry });
      }
      for (
        let [next] = this.#reports;
        next !== undefined && next.atMs <= this.nowMs;
        [next] = this.#reports
      ) {
        this.#reports.shift();
        this.queue.taken(next.taken, next.isDry);
      }
    }
  }

  get taken(): number {
    return this.#taken;
  }

  get highestBytes(): number {
    return this.queue.bytes;
  }
}

describe('channel queue', () => {
  it('P2P-CHK-02: on a slow path chunks wait at the low mark, so that a chat line does not', () => {
    const path = new Path(125); // 1 Mbit/s
    path.run(20_000, 5);
    expect(path.highestBytes).to.be.at.most(CHUNK_BUFFER_HIGH_WATER_BYTES + FRAME);
  });

  it('P2P-CHK-02: on a fast path the queue holds what it carries in CHUNK_BUFFER_MS, and never runs dry', () => {
    const rate = 20_000;
    const path = new Path(rate);
    path.run(2_000, 10);
    const before = path.taken;
    path.run(2_000, 10);
    expect(path.taken - before).to.be.at.least(rate * 2_000 * 0.99);
    expect(path.queue.bytes).to.be.at.most(rate * (CHUNK_BUFFER_MS + 15) + FRAME);
  });

  it('P2P-CHK-02: when reports come so late that the queue runs dry it grows, up to its bound', () => {
    const path = new Path(20_000);
    path.run(4_000, 90);
    const before = path.taken;
    path.run(1_000, 90);
    expect(path.taken - before).to.be.above(20_000 * 1_000 * 0.75);
    expect(path.queue.bytes).to.be.at.most(MAX_CHUNK_BUFFER_BYTES + FRAME);
  });

  it('P2P-CHK-02: what the channel has not been given yet counts as queued', () => {
    const queue = new ChannelQueue(() => 0);
    queue.sent(1_000);
    queue.sent(500);
    queue.taken(1_000, false);
    expect(queue.bytes).to.equal(500);
  });
});
