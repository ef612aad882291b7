import { expect } from '@esm-bundle/chai';
import { randomBytes } from '../bytes/random.ts';
import { expectCode, flip } from '../test/support/rejections.ts';
import {
  CONTENT_BULK,
  CONTENT_CONTROL,
  CONTENT_PDU,
  MAX_BODY_BYTES,
  pad,
  PADDING_HEADER_BYTES,
  paddingBucket,
  unpad,
} from './padding.ts';

describe('padding', () => {
  it('CC-PAD-02: gives every length up to the bucket the same size', () => {
    const sizes = new Set<number>();
    for (let length = 0; length <= 128; length++) sizes.add(pad(CONTENT_PDU, new Uint8Array(length)).length);
    expect([...sizes]).to.deep.equal([128 + PADDING_HEADER_BYTES]);
    expect(paddingBucket(129)).to.equal(256);
    expect(paddingBucket(65_536)).to.equal(65_536);
    expect(paddingBucket(65_537)).to.equal(131_072);
    expect(paddingBucket(MAX_BODY_BYTES)).to.equal(MAX_BODY_BYTES);
  });

  it('CC-PAD-02: pads control PDUs to the same buckets', () => {
    const body = randomBytes(1_000);
    expect(pad(CONTENT_CONTROL, body).length).to.equal(pad(CONTENT_PDU, body).length);
  });

  it('CC-PAD-02: round-trips bodies around every bucket', () => {
    for (const length of [0, 1, 127, 128, 129, 1_024, 1_025, 65_535, 65_536, 65_537, MAX_BODY_BYTES]) {
      const body = new Uint8Array(length).fill(7);
      const opened = unpad(pad(CONTENT_PDU, body));
      expect(opened.kind).to.equal(CONTENT_PDU);
      expect(opened.body.length).to.equal(length);
      expect(opened.body.every(byte => byte === 7)).to.equal(true);
    }
  });

  it('CC-PAD-04: gives bulk chunks their exact size', () => {
    expect(pad(CONTENT_BULK, new Uint8Array(65_521)).length).to.equal(65_521 + PADDING_HEADER_BYTES);
    expect(unpad(pad(CONTENT_BULK, new Uint8Array(77))).body.length).to.equal(77);
  });

  it('CC-PAD-03: refuses another kind, length, bucket, or padding that is not zero', async () => {
    const padded = pad(CONTENT_PDU, randomBytes(100));
    await expectCode('protocol-error', () => unpad(flip(padded, 0, 0x04)));
    for (let i = 1; i < 4; i++) await expectCode('protocol-error', () => unpad(flip(padded, i)));
    for (let i = PADDING_HEADER_BYTES + 100; i < padded.length; i++) {
      await expectCode('protocol-error', () => unpad(flip(padded, i)));
    }
    for (let length = 0; length < padded.length; length++) {
      await expectCode('protocol-error', () => unpad(padded.subarray(0, length)));
    }
    const inLargerBucket = new Uint8Array(PADDING_HEADER_BYTES + 256);
    inLargerBucket.set(padded);
    await expectCode('protocol-error', () => unpad(inLargerBucket));
  });

  it('CC-PAD-03: refuses a body above 192 KiB on both ends', async () => {
    await expectCode('invalid-argument', () => pad(CONTENT_PDU, new Uint8Array(MAX_BODY_BYTES + 1)));
    const claim = new Uint8Array(PADDING_HEADER_BYTES + 128).fill(0xff, 1, 5);
    await expectCode('protocol-error', () => unpad(claim));
  });
});
