/** The SFrame header's forms, and what is none of them. */
import { expect } from '@esm-bundle/chai';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { expectCode } from '../test/support/rejections.ts';
import { decodeSFrameHeader, encodeSFrameHeader } from './header.ts';
import { decodeKid, encodeKid } from './kid.ts';

describe('SFrame header', () => {
  it('CC-SFR-01: takes one byte up to 7, then the shortest form of each length', () => {
    for (let bits = 0; bits <= 64; bits++) {
      for (const value of [1n << BigInt(bits), (1n << BigInt(bits)) - 1n]) {
        if (value >= 1n << 64n) continue;
        for (const header of [
          { kid: value, ctr: 0n },
          { kid: 3n, ctr: value },
          { kid: value, ctr: value },
        ]) {
          const encoded = encodeSFrameHeader(header);
          expect(decodeSFrameHeader(encoded)).to.deep.equal({ ...header, sizeBytes: encoded.length });
        }
      }
    }
    expect(encodeHex(encodeSFrameHeader({ kid: 7n, ctr: 7n }))).to.equal('77');
    expect(encodeSFrameHeader({ kid: 2n ** 64n - 1n, ctr: 2n ** 64n - 1n })).to.have.length(17);
  });

  it('CC-SFR-01: refuses what is truncated or not the shortest form', async () => {
    const bad = [
      '', // nothing
      '80', // KID of one byte, missing
      '08', // CTR of one byte, missing
      '9f0123456789', // KID of two bytes, CTR of eight, four missing
      '8007', // KID 7 fits into the config byte
      '0807', // and so does CTR 7
      '8000',
      '900008', // KID 8 in two bytes
      '09000f', // CTR 15 in two bytes
      'f000ffffffffffffff',
      '0f00ffffffffffffff',
    ];
    for (const hex of bad) await expectCode('protocol-error', () => decodeSFrameHeader(decodeHex(hex)));
  });

  it('CC-SFR-01: two different byte strings never decode to one header', () => {
    const seen = new Set<string>();
    for (let config = 0; config < 256; config++) {
      for (const fill of [0x00, 0x01, 0x07, 0x08, 0x80, 0xff]) {
        const bytes = new Uint8Array(17).fill(fill);
        bytes[0] = config;
        try {
          const { kid, ctr, sizeBytes } = decodeSFrameHeader(bytes);
          const encoded = encodeHex(encodeSFrameHeader({ kid, ctr }));
          expect(encoded).to.equal(encodeHex(bytes.subarray(0, sizeBytes)));
          seen.add(encoded);
        } catch (error) {
          expect(error).to.have.property('code', 'protocol-error');
        }
      }
    }
    expect(seen.size).to.be.greaterThan(300);
  });

  it('CC-SFR-01: refuses to encode what is no u64', async () => {
    for (const value of [-1n, 1n << 64n]) {
      await expectCode('invalid-argument', () => encodeSFrameHeader({ kid: value, ctr: 0n }));
      await expectCode('invalid-argument', () => encodeSFrameHeader({ kid: 0n, ctr: value }));
    }
  });

  it('CC-SFR-11: a KID is epoch modulo 2^16, leaf and track slot, and nothing else is one', async () => {
    expect(encodeKid({ epoch: 0x1_2345n, leaf: 0x6789, slot: 15 })).to.equal(0x23_4567_890fn);
    expect(decodeKid(0x23_4567_890fn)).to.deep.equal({ epoch: 0x2345n, leaf: 0x6789, slot: 15 });
    for (const kid of [16n, 0xffn, 1n << 40n, 2n ** 64n - 1n]) expect(decodeKid(kid)).to.equal(null);
    for (const bad of [
      { epoch: -1n, leaf: 0, slot: 0 },
      { epoch: 0n, leaf: 0x1_0000, slot: 0 },
      { epoch: 0n, leaf: 0, slot: 16 },
      { epoch: 0n, leaf: 0.5, slot: 0 },
    ]) {
      await expectCode('invalid-argument', () => encodeKid(bad));
    }
  });
});
