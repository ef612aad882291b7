/**
 * How hard a passphrase is to guess, roughly: a hint for the person who chooses it, no judge. Counts characters that are
 * no repetition and no sequence, by how many kinds of them there are.
 */
export type PassphraseStrength = 'short' | 'weak' | 'fair' | 'strong';

/** As the core requires. */
export const MIN_PASSPHRASE_LENGTH = 10;

const FAIR_BITS = 48;
const STRONG_BITS = 72;

export function passphraseStrength(text: string): PassphraseStrength {
  if (text.length < MIN_PASSPHRASE_LENGTH) return 'short';
  const bits = surprising(text) * Math.log2(alphabetSize(text));
  if (bits < FAIR_BITS) return 'weak';
  return bits < STRONG_BITS ? 'fair' : 'strong';
}

/** Characters that do not follow from the one before: "aaaa" and "1234" are one each; and no word counts twice. */
function surprising(text: string): number {
  const words = new Set(text.toLowerCase().split(/\s+/));
  let count = 0;
  for (const word of words) {
    const codes = Array.from(word, character => character.codePointAt(0) ?? 0);
    count += codes.filter(
      (code, index) => index === 0 || Math.abs(code - (codes[index - 1] ?? 0)) > 1,
    ).length;
  }
  return count + words.size - 1;
}

function alphabetSize(text: string): number {
  let size = 0;
  if (/[a-z]/.test(text)) size += 26;
  if (/[A-Z]/.test(text)) size += 26;
  if (/\d/.test(text)) size += 10;
  if (/[^A-Za-z\d]/.test(text)) size += 30;
  return Math.max(2, size);
}
