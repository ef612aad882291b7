/** Small-order and non-canonical public keys. */
import { expect } from '@esm-bundle/chai';
import { ed25519 } from '@noble/curves/ed25519.js';
import { decodeHex } from '../bytes/hex.ts';
import { isAcceptableEd25519Key, isAcceptableX25519Key } from './public-key-check.ts';

/** p = 2^255 − 19 plus a small number, little-endian; `top` is or-ed into the last byte. */
function fieldPrimePlus(offset: number, top = 0): Uint8Array {
  const bytes = new Uint8Array(32).fill(0xff);
  bytes[0] = 0xed + offset;
  bytes[31] = 0x7f | top;
  return bytes;
}

function small(value: number, top = 0): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[0] = value;
  bytes[31] = top;
  return bytes;
}

describe('public key check', () => {
  it('CC-ID-03: refuses all eight points of small order of Ed25519, as another library computes them', () => {
    const { Point } = ed25519;
    let found = 0;
    for (const hex of [
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    ]) {
      const generator = Point.fromHex(hex);
      let point = generator;
      for (let i = 0; i < 8; i++) {
        expect(point.isSmallOrder()).to.equal(true);
        expect(isAcceptableEd25519Key(point.toBytes()), point.toHex()).to.equal(false);
        found++;
        point = point.add(generator);
      }
    }
    expect(found).to.equal(16);
    expect(isAcceptableEd25519Key(Point.BASE.toBytes())).to.equal(true);
  });

  it('CC-ID-03: refuses encodings of Ed25519 keys that are not canonical', () => {
    for (let offset = 0; offset < 19; offset++) {
      expect(isAcceptableEd25519Key(fieldPrimePlus(offset))).to.equal(false);
      expect(isAcceptableEd25519Key(fieldPrimePlus(offset, 0x80))).to.equal(false);
    }
    for (const value of [0, 1]) expect(isAcceptableEd25519Key(small(value, 0x80))).to.equal(false);
    expect(isAcceptableEd25519Key(small(9).slice(1))).to.equal(false);
  });

  it('CC-ID-03: refuses X25519 keys of small order, on the curve and on its twist, in every encoding', () => {
    const hostile = [
      small(0),
      small(1),
      decodeHex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'),
      decodeHex('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'),
      ...Array.from({ length: 20 }, (_, i) => fieldPrimePlus(i - 1)),
    ];
    for (const key of hostile) {
      expect(isAcceptableX25519Key(key)).to.equal(false);
      const masked = key.map((byte, i) => (i === 31 ? byte | 0x80 : byte));
      expect(isAcceptableX25519Key(masked)).to.equal(false);
    }
    expect(isAcceptableX25519Key(small(9))).to.equal(true);
    expect(isAcceptableX25519Key(small(9, 0x80))).to.equal(false);
  });
});
