/** The recovery key's text: what a person may write differently, and what is a typo. */
import { expect } from '@esm-bundle/chai';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { expectCode } from '../test/support/rejections.ts';
import { decodeRecoveryKey, encodeRecoveryKey, generateRecoveryKey } from './recovery-key.ts';

/** Entropy and mnemonic of trezor/python-mnemonic's vectors.json, which BIP-39 names. */
const VECTORS: readonly (readonly [string, string])[] = [
  ['00'.repeat(16), `${'abandon '.repeat(11)}about`],
  ['7f'.repeat(16), 'legal winner thank year wave sausage worth useful legal winner thank yellow'],
  ['80'.repeat(16), 'letter advice cage absurd amount doctor acoustic avoid letter advice cage above'],
  ['ff'.repeat(16), `${'zoo '.repeat(11)}wrong`],
  [
    '9e885d952ad362caeb4efe34a8e91bd2',
    'ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic',
  ],
];
const [, TEXT] = VECTORS[4] ?? ['', ''];
const KEY = '9e885d952ad362caeb4efe34a8e91bd2';

function read(text: string): string | null {
  const decoded = decodeRecoveryKey(text);
  return decoded === null ? null : encodeHex(decoded);
}

describe('recovery key', () => {
  it('CC-VLT-07: is 128 random bits as twelve words', () => {
    const [key, other] = [generateRecoveryKey(), generateRecoveryKey()];
    const text = encodeRecoveryKey(key);
    expect(text).to.match(/^([a-z]{3,8} ){11}[a-z]{3,8}$/);
    expect(read(text)).to.equal(encodeHex(key));
    expect(key).to.have.length(16);
    expect(encodeHex(key)).not.to.equal(encodeHex(other));
  });

  it('CC-VLT-07: is a BIP-39 mnemonic', () => {
    for (const [key, text] of VECTORS) {
      expect(encodeRecoveryKey(decodeHex(key))).to.equal(text);
      expect(read(text)).to.equal(key);
    }
  });

  it('CC-VLT-07: reads either case, any separator, numbers between, and the first four letters', () => {
    const words = TEXT.split(' ');
    const variants = [
      TEXT.toUpperCase(),
      ` ${words.join('\n')}\n`,
      words.join('-'),
      words.map((word, index) => `${index + 1}. ${word}`).join(', '),
      words.map(word => word.slice(0, 4)).join(' '),
    ];
    for (const variant of variants) expect(read(variant), variant).to.equal(KEY);
  });

  it('CC-VLT-07: finds unknown, missing and doubled words, and most that are exchanged', () => {
    const words = TEXT.split(' ');
    for (let i = 0; i < words.length; i++) {
      const with_ = (...others: string[]): string =>
        [...words.slice(0, i), ...others, ...words.slice(i + 1)].join(' ');
      expect(read(with_())).to.equal(null);
      expect(read(with_(words[i] ?? '', words[i] ?? ''))).to.equal(null);
      expect(read(with_('enkrypted'))).to.equal(null);
      expect(read(with_((words[i] ?? '').slice(0, 2)))).to.equal(null);
    }
    const exchanged = [
      'abandon',
      'zoo',
      'ocean',
      'river',
      'legal',
      'winner',
      'thank',
      'year',
      'wave',
      'worth',
    ];
    const passing = exchanged.filter(word => read(TEXT.replace('drill', word)) !== null);
    expect(passing.length, 'a checksum of four bits').to.be.below(5);
  });

  it('CC-VLT-07: refuses what is no such text', async () => {
    for (const text of ['', 'hunter2', 'zoo '.repeat(12), 'abandon '.repeat(1_000), '!'.repeat(32)]) {
      expect(read(text)).to.equal(null);
    }
    await expectCode('invalid-argument', () => encodeRecoveryKey(new Uint8Array(15)));
  });
});
