import { expect } from '@esm-bundle/chai';
import { randomBytes } from '../bytes/random.ts';
import { decodeUtf8, utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import type { ControlPdu } from './control-pdu.ts';
import { decodeControlPdu, encodeControlPdu } from './control-pdu.ts';

const examples: readonly ControlPdu[] = [
  { type: 'mlkem-key-exchange', gen: 1, ek: randomBytes(1_184) },
  { type: 'mlkem-key-exchange-response', gen: 2, ct: randomBytes(1_088) },
  { type: 'rotation-timestamp-broadcast', gen: 3, timestamp: 1_795_370_000_000, x25519: randomBytes(32) },
];

describe('control PDUs', () => {
  it('CC-CAS-05: round-trip', () => {
    for (const pdu of examples) expect(decodeControlPdu(encodeControlPdu(pdu))).to.deep.equal(pdu);
  });

  it('CC-CAS-03: a refusal quotes nothing of what the peer sent', () => {
    for (const text of [
      '{"type":"mlkem-secret-of-the-peer',
      '"\\ud800"',
      '{"type":"mlkem-key-exchange","gen":1,"ek":"!"}',
    ]) {
      let refusal: unknown;
      try {
        decodeControlPdu(utf8(text));
      } catch (error) {
        refusal = error;
      }
      expect(refusal).to.be.instanceOf(CryptoCoreError);
      expect((refusal as CryptoCoreError).cause).to.equal(undefined);
    }
  });

  it('CC-CAS-05: have one encoding: every other spelling is refused', async () => {
    const text = decodeUtf8(encodeControlPdu(examples[2] as ControlPdu));
    const spellings = [
      text.replace('{', '{ '),
      text.replace('{', '{"extra":1,'),
      text.replace('"gen":3', '"gen":3.0'),
      text.replace('"gen":3', '"gen":3,"gen":3'),
      text.replace('"gen":3', '"gen":"3"'),
      text.replace('"gen":3', '"gen":-3'),
      text.replace('"gen":3', '"gen":3e0'),
      text.replace('1.0', '1.1'),
      text.replace('rotation', '\\u0072otation'),
      text.replace('"x25519":"', '"x25519":"='),
      text.replace('"type"', '"__proto__":{},"type"'),
      text.replace('timestamp-broadcast', 'timestamp'),
      `[${text}]`,
      'null',
      '"mlkem-key-exchange"',
      '{'.repeat(2_000),
      '['.repeat(2_048),
      '',
    ];
    for (const spelling of spellings) {
      await expectCode('protocol-error', () => decodeControlPdu(utf8(spelling)));
    }
  });

  it('CC-CAS-05: truncated, extended and oversized bytes are refused', async () => {
    const bytes = encodeControlPdu(examples[2] as ControlPdu);
    for (const damaged of damagedForms(bytes)) {
      try {
        // A flip inside a value may give another canonical PDU; it never gives the same one.
        expect(decodeControlPdu(damaged)).not.to.deep.equal(examples[2]);
      } catch (error) {
        expect(error).to.have.property('code', 'protocol-error');
      }
    }
    await expectCode('protocol-error', () => decodeControlPdu(new Uint8Array(2_049).fill(0x20)));
  });
});
