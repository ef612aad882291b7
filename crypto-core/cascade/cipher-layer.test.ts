import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import type { CipherLayer } from './cipher-layer.ts';
import { openThrough, sealThrough } from './cipher-layer.ts';

/** Appends its byte and counts: shows the order without any cryptography. */
function appendingLayer(byte: number): CipherLayer<unknown> {
  return {
    name: byte.toString(),
    async seal(state, plaintext) {
      const bytes = concat(plaintext, new Uint8Array([byte]));
      return { next: (state as number) + 1, bytes, consumed: [new Uint8Array([byte])] };
    },
    async open(state, bytes) {
      if (bytes.at(-1) !== byte) throw new Error('wrong layer');
      return { next: (state as number) - 1, bytes: bytes.slice(0, -1), consumed: [] };
    },
  };
}

const layers = [appendingLayer(0xa1), appendingLayer(0xa2), appendingLayer(0xa3)];

describe('pipeline', () => {
  it('CC-CAS-01: seals the first layer innermost and opens in reverse', async () => {
    const sealed = await sealThrough({ layers, states: [0, 10, 20] }, decodeHex('00'));
    expect(encodeHex(sealed.bytes)).to.equal('00a1a2a3');
    expect(sealed.next).to.deep.equal([1, 11, 21]);
    expect(sealed.consumed.map(encodeHex)).to.deep.equal(['a1', 'a2', 'a3']);
    const opened = await openThrough({ layers, states: sealed.next }, sealed.bytes);
    expect(encodeHex(opened.bytes)).to.equal('00');
    expect(opened.next).to.deep.equal([0, 10, 20]);
  });

  it('CC-CAS-02: a failing layer leaves the given states as they were', async () => {
    const states = [1, 2, 3];
    let failure: unknown;
    await openThrough({ layers, states }, decodeHex('00a1ffa3')).catch((error: unknown) => (failure = error));
    expect(failure).to.be.instanceOf(Error);
    expect(states).to.deep.equal([1, 2, 3]);
  });
});
