/** The recovery key's text: what a person may write differently, and what is a typo. */
import { expect } from '@esm-bundle/chai';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { expectCode } from '../test/support/rejections.ts';
import { decodeRecoveryKey, encodeRecoveryKey, generateRecoveryKey } from './recovery-key.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function expectKey(text: string, key: Uint8Array): void {
  const decoded = decodeRecoveryKey(text);
  expect(decoded === null ? null : encodeHex(decoded)).to.equal(encodeHex(key));
}

describe('recovery key', () => {
  it('CC-VLT-07: is 128 random bits as eight groups of four characters', () => {
    const [key, other] = [generateRecoveryKey(), generateRecoveryKey()];
    const text = encodeRecoveryKey(key);
    expect(text).to.match(/^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/);
    expectKey(text, key);
    expect(key).to.have.length(16);
    expect(encodeHex(key)).not.to.equal(encodeHex(other));
  });

  it('CC-VLT-07: has one text', () => {
    const zero = new Uint8Array(16);
    expect(encodeRecoveryKey(zero)).to.equal('0000-0000-0000-0000-0000-0000-03MX-5E6V');
    const key = decodeHex('00112233445566778899aabbccddeeff');
    expect(encodeRecoveryKey(key)).to.equal('008J-4CT4-ANK7-F24S-NAXW-SQFE-ZYHM-03AS');
  });

  it('CC-VLT-07: reads either case, white space, missing hyphens, and letters that look alike', () => {
    const key = new Uint8Array(16); // its text has many zeros
    const text = encodeRecoveryKey(key);
    const variants = [
      text.toLowerCase(),
      text.replaceAll('-', ''),
      text.replaceAll('-', ' '),
      ` ${text}\n`,
      text.replaceAll('0', 'O'),
      text.replaceAll('0', 'o'),
    ];
    for (const variant of variants) expectKey(variant, key);
    const ones = decodeHex('08421084210842108421084210842108');
    const onesText = encodeRecoveryKey(ones);
    expect(onesText).to.contain('1111');
    expectKey(onesText.replaceAll('1', 'I'), ones);
    expectKey(onesText.replaceAll('1', 'l'), ones);
  });

  it('CC-VLT-07: finds every wrong, missing, doubled and swapped character', () => {
    const key = decodeHex('a1b2c3d4e5f60718293a4b5c6d7e8f90');
    const text = encodeRecoveryKey(key).replaceAll('-', '');
    for (let i = 0; i < text.length; i++) {
      const [before, at, after] = [text.slice(0, i), text.charAt(i), text.slice(i + 1)];
      for (const character of ALPHABET) {
        if (character !== at) expect(decodeRecoveryKey(before + character + after)).to.equal(null);
      }
      expect(decodeRecoveryKey(before + after)).to.equal(null);
      expect(decodeRecoveryKey(before + at + at + after)).to.equal(null);
      const next = text.charAt(i + 1);
      if (next !== '' && next !== at) {
        expect(decodeRecoveryKey(before + next + at + text.slice(i + 2))).to.equal(null);
      }
    }
  });

  it('CC-VLT-07: refuses what is no such text', async () => {
    for (const text of ['', 'hunter2', 'U'.repeat(32), '!'.repeat(32), '0'.repeat(10_000), '0'.repeat(32)]) {
      expect(decodeRecoveryKey(text)).to.equal(null);
    }
    await expectCode('invalid-argument', () => encodeRecoveryKey(new Uint8Array(15)));
  });
});
