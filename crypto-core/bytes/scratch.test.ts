import { expect } from '@esm-bundle/chai';
import { isAllZero } from './equal.ts';
import { randomBytes } from './random.ts';
import { borrow, concatBorrowed, giveBack } from './scratch.ts';

const LARGE_BYTES = 20_000;

describe('scratch buffers', () => {
  it('lends zeros of exactly the size, again after they were used', () => {
    for (const size of [0, 1, 8_191, 8_192, LARGE_BYTES, 65_536, 300_000, 600_000]) {
      for (let i = 0; i < 3; i++) {
        const bytes = borrow(size);
        expect(bytes.length).to.equal(size);
        expect(isAllZero(bytes), `${size}`).to.equal(true);
        bytes.fill(0xff);
        giveBack(bytes);
      }
    }
  });

  it('never lends one buffer twice at once', () => {
    const borrowed = Array.from({ length: 20 }, () => borrow(LARGE_BYTES));
    expect(new Set(borrowed.map(({ buffer }) => buffer)).size).to.equal(20);
    borrowed.forEach(giveBack);
    const again = Array.from({ length: 20 }, () => borrow(LARGE_BYTES));
    expect(new Set(again.map(({ buffer }) => buffer)).size).to.equal(20);
  });

  it('wipes what is given back', () => {
    const bytes = borrow(LARGE_BYTES).fill(7);
    giveBack(bytes);
    expect(isAllZero(bytes)).to.equal(true);
  });

  it('takes no buffer from its next borrower when something is given back twice', () => {
    const bytes = borrow(LARGE_BYTES);
    giveBack(bytes);
    const borrowed = Array.from({ length: 10 }, () => borrow(LARGE_BYTES).fill(9));
    expect(borrowed.some(({ buffer }) => buffer === bytes.buffer)).to.equal(true);
    giveBack(bytes);
    for (const other of borrowed) giveBack(other.subarray(1));
    for (const other of borrowed) expect(other.every(byte => byte === 9)).to.equal(true);
    const more = Array.from({ length: 10 }, () => borrow(LARGE_BYTES).buffer);
    expect(borrowed.filter(({ buffer }) => more.includes(buffer)).length).to.equal(0);
  });

  it('leaves bytes alone that it did not lend', () => {
    const own = randomBytes(LARGE_BYTES);
    const copy = own.slice();
    giveBack(own);
    giveBack(own.subarray(3));
    expect(own).to.deep.equal(copy);
  });

  it('joins parts', () => {
    const parts = [randomBytes(3), randomBytes(9_000), new Uint8Array(0), randomBytes(9_000)];
    expect(concatBorrowed(...parts)).to.deep.equal(new Uint8Array(parts.flatMap(part => [...part])));
  });
});
