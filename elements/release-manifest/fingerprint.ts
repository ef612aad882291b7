/**
 * A release in eight words that two people can read to each other: the first 128 bits of its hash as proquints
 * (Wilkerson, "A Proposal for Proquints"): each 16 bits are consonant-vowel-consonant-vowel-consonant.
 */
import { fromBase64 } from './base64.ts';

const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aiou';
const WORDS = 8;

function wordOf(bits: number): string {
  const consonant = (shift: number) => CONSONANTS[(bits >> shift) & 15] ?? '';
  const vowel = (shift: number) => VOWELS[(bits >> shift) & 3] ?? '';
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}

/** `hash` is `sha384-` and Base64; throws a TypeError for anything else. */
export function fingerprintWords(hash: string): readonly string[] {
  const bytes = fromBase64(hash.replace(/^sha384-/, ''));
  if (bytes?.length !== 48) throw new TypeError('not a SHA-384 hash');
  const view = new DataView(bytes.buffer);
  return Array.from({ length: WORDS }, (_, i) => wordOf(view.getUint16(2 * i)));
}
