/**
 * The recovery key: 128 random bits that a person writes down when the vault is made, and types in when everything
 * else is lost. Its text is a BIP-39 mnemonic of twelve English words: what is on paper can be read aloud, and each
 * word is known by its first four letters. The mnemonic is an encoding alone; BIP-39's seed derivation is not used.
 *
 *     text = 12 words, joined by " ": key (16) ‖ first 4 bits of SHA-256(key), in groups of 11 bits
 */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { randomBytes } from '../bytes/random.ts';
import { CryptoCoreError } from '../errors.ts';

export const RECOVERY_KEY_BYTES = 16;
export const RECOVERY_KEY_WORDS = 12;

const TEXT_MAX_LENGTH = 256;
/** No two words of the list share so many letters at their beginning. */
const PREFIX_LETTERS = 4;

/** 16 bytes, to be shown once and wiped by the caller. */
export function generateRecoveryKey(): Uint8Array<ArrayBuffer> {
  return randomBytes(RECOVERY_KEY_BYTES);
}

/** The text of a key: 12 words. Throws `invalid-argument` for another length than 16 bytes. */
export function encodeRecoveryKey(key: Uint8Array): string {
  if (key.length !== RECOVERY_KEY_BYTES) throw new CryptoCoreError('invalid-argument');
  return entropyToMnemonic(key, wordlist);
}

/**
 * The 16 bytes of a text in any case, with whatever is no letter between the words, each whole or its first four letters
 * or more; null when it is not the text of a key: a word is unknown, missing or too many, or the checksum is another
 * (which 15 of 16 wrong words show). The caller wipes the result.
 */
export function decodeRecoveryKey(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length > TEXT_MAX_LENGTH) return null;
  const words =
    text
      .toLowerCase()
      .match(/[a-z]+/g)
      ?.map(wholeWord) ?? [];
  if (words.length !== RECOVERY_KEY_WORDS || words.includes(null)) return null;
  try {
    return new Uint8Array(mnemonicToEntropy(words.join(' '), wordlist));
  } catch {
    return null; // the checksum
  }
}

function wholeWord(typed: string): string | null {
  if (wordlist.includes(typed)) return typed;
  if (typed.length < PREFIX_LETTERS) return null;
  return wordlist.find(word => word.startsWith(typed)) ?? null;
}
