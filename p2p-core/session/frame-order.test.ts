/** The one order of frames that come by several connections, and what breaks it. */
import { expect } from '@esm-bundle/chai';
import { MAX_OPEN_QUEUE_BYTES, MAX_UNORDERED_FRAMES } from '../limits.ts';
import { FrameOrder, numberFrame } from './frame-order.ts';

const frame = (value: number): Uint8Array => Uint8Array.of(1, 2, value);
const numbered = (number: number): Uint8Array => numberFrame(number, frame(number));

/** What comes out, by the last byte of each frame; null: refused. */
function accept(order: FrameOrder, bytes: Uint8Array, isOfLink = false): number[] | null {
  return order.accept(bytes, isOfLink)?.map(found => found[2] ?? -1) ?? null;
}

describe('FrameOrder', () => {
  let order: FrameOrder;

  beforeEach(() => {
    order = new FrameOrder();
  });

  it('P2P-STR-01: frames without a number pass as they come, until the first number', () => {
    expect(accept(order, frame(7), true)).to.deep.equal([7]);
    expect(accept(order, frame(8), true)).to.deep.equal([8]);
    expect(accept(order, numbered(0), true)).to.deep.equal([0]);
    expect(accept(order, frame(9), true)).to.equal(null);
  });

  it('P2P-STR-01: in whatever order numbers come, frames come out in theirs, behind all that had none', () => {
    expect(accept(order, numbered(2))).to.deep.equal([]);
    expect(accept(order, frame(9), true)).to.deep.equal([9]);
    expect(accept(order, numbered(1))).to.deep.equal([]);
    expect(accept(order, numbered(0), true)).to.deep.equal([0, 1, 2]);
    expect(accept(order, numbered(4), true)).to.deep.equal([]);
    expect(accept(order, numbered(3))).to.deep.equal([3, 4]);
  });

  it('P2P-STR-01: a number a second time, one that was, and one too far ahead are refused', () => {
    const started = (): FrameOrder => {
      const fresh = new FrameOrder();
      fresh.accept(numbered(0), true);
      fresh.accept(numbered(2), false);
      return fresh;
    };
    expect(accept(started(), numbered(2))).to.equal(null);
    expect(accept(started(), numbered(0), true)).to.equal(null);
    expect(accept(started(), numbered(1 + MAX_UNORDERED_FRAMES))).to.equal(null);
    expect(accept(started(), numbered(MAX_UNORDERED_FRAMES))).to.deep.equal([]);
  });

  it('P2P-STR-01: the first number, and a frame without one, come by the link alone', () => {
    expect(accept(order, numbered(0))).to.equal(null);
    expect(accept(new FrameOrder(), frame(1))).to.equal(null);
  });

  it('P2P-STR-01: no more waits than the queue of a session may hold', () => {
    const big = new Uint8Array(MAX_OPEN_QUEUE_BYTES / 8);
    for (let number = 1; number < 8; number++) {
      expect(order.accept(numberFrame(number, big), false)).to.deep.equal([]);
    }
    expect(order.accept(numberFrame(8, big), false)).to.equal(null);
  });

  it('P2P-STR-01: nothing behind a number, half a number, and a number beyond 2^53 are refused', () => {
    const tooLarge = numbered(1);
    tooLarge.fill(0xff, 1, 9);
    for (const bytes of [numbered(0).subarray(0, 9), numbered(0).subarray(0, 5), tooLarge]) {
      expect(order.accept(bytes, true)).to.equal(null);
    }
  });
});
