import { expect } from '@esm-bundle/chai';
import { passphraseStrength } from './passphrase-strength.ts';

describe('strength of a passphrase', () => {
  for (const [text, strength] of [
    ['correct', 'short'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['12345678901234567890', 'weak'],
    ['aaaa aaaa aaaa aaaa aaaa', 'weak'],
    ['kitchen-07', 'fair'],
    ['correct horse battery staple', 'strong'],
  ] as const) {
    it(`"${text}" is ${strength}`, () => {
      expect(passphraseStrength(text)).to.equal(strength);
    });
  }
});
