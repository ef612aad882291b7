/**
 * The recovery key: 128 random bits that a person writes down when the vault is made, and types in when everything
 * else is lost.
 *
 *     text = Crockford base32 of ( key (16) ‖ first 4 bytes of H("enk/v1 recovery key" ‖ 0x00 ‖ key) )
 *          = 8 groups of 4 characters, joined by "-"
 *
 * Its alphabet has no I, L, O and U; what a person writes instead is read as 1, 1 and 0. The 32-bit checksum tells a
 * typo from a key of another vault; it reveals nothing that the text beside it does not.
 */
import { concat } from '../bytes/concat.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { sha256 } from '../bytes/kdf.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';

export const RECOVERY_KEY_BYTES = 16;

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHECKSUM_BYTES = 4;
const TEXT_CHARACTERS = 32;
const TEXT_MAX_LENGTH = 128;
const CHECKSUM_PREFIX = concat(utf8('enk/v1 recovery key'), new Uint8Array(1));

/** 16 bytes, to be shown once and wiped by the caller. */
export function generateRecoveryKey(): Uint8Array<ArrayBuffer> {
  return randomBytes(RECOVERY_KEY_BYTES);
}

/** The text of a key: 39 characters. Throws `invalid-argument` for another length than 16 bytes. */
export function encodeRecoveryKey(key: Uint8Array): string {
  if (key.length !== RECOVERY_KEY_BYTES) throw new CryptoCoreError('invalid-argument');
  const characters = encodeBase32(concat(key, checksumOf(key)));
  return (characters.match(/.{4}/g) ?? []).join('-');
}

/**
 * The 16 bytes of a text in any case, with white space and hyphens anywhere; null when it is not the text of a key:
 * a character is wrong, missing or too many. The caller wipes the result.
 */
export function decodeRecoveryKey(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length > TEXT_MAX_LENGTH) return null;
  const characters = text.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0');
  const bytes = characters.length === TEXT_CHARACTERS ? decodeBase32(characters) : null;
  if (bytes === null) return null;
  const key = bytes.slice(0, RECOVERY_KEY_BYTES);
  return constantTimeEqual(bytes.subarray(RECOVERY_KEY_BYTES), checksumOf(key)) ? key : null;
}

function checksumOf(key: Uint8Array): Uint8Array {
  return sha256(CHECKSUM_PREFIX, key).subarray(0, CHECKSUM_BYTES);
}

/** Of 20 bytes: 160 bits, so that no bits are left over. */
function encodeBase32(bytes: Uint8Array): string {
  let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = '';
  for (let i = 0; i < TEXT_CHARACTERS; i++) {
    text = ALPHABET.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}

function decodeBase32(text: string): Uint8Array<ArrayBuffer> | null {
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit === -1) return null;
    value = (value << 5n) | BigInt(digit);
  }
  const bytes = new Uint8Array(RECOVERY_KEY_BYTES + CHECKSUM_BYTES);
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return bytes;
}
