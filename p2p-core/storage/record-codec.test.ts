import { expect } from '@esm-bundle/chai';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';

describe('record codec', () => {
  it('P2P-STO-06: round-trips text of every kind and byte strings', () => {
    const record = {
      text: 'a\u0000\ud800 "$bytes" 日本 \u202e',
      bytes: new Uint8Array([0, 255, 128]),
      list: [{ inner: new Uint8Array(0) }],
      nothing: null,
    };
    expect(decodeRecord(encodeRecord(record))).to.deep.equal(record);
  });

  it('P2P-STO-06: round-trips a record that is one byte string', () => {
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array([0]),
      crypto.getRandomValues(new Uint8Array(999)),
    ]) {
      expect(encodeRecord(bytes).length).to.equal(bytes.length + 1);
      expect(decodeRecord(encodeRecord(bytes))).to.deep.equal(bytes);
    }
  });

  it('P2P-STO-06: refuses what it did not write', () => {
    for (const text of [
      '',
      '{',
      '{"a":{"$bytes":5}}',
      '{"a":{"$bytes":"AA","b":1}}',
      '{"a":{"$bytes":"A"}}',
    ]) {
      expect(() => decodeRecord(new TextEncoder().encode(text)), text).to.throw();
    }
    expect(() => decodeRecord(new Uint8Array([0xff, 0xfe]))).to.throw();
  });

  it('P2P-STO-06: base64url has one spelling per byte string', () => {
    const bytes = crypto.getRandomValues(new Uint8Array(33));
    expect(decodeBase64Url(encodeBase64Url(bytes))).to.deep.equal(bytes);
    for (const text of ['A', 'AB', 'AA==', 'A+', 'A/', 'AAA B']) {
      expect(() => decodeBase64Url(text), text).to.throw(SyntaxError);
    }
  });
});
