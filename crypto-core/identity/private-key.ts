/**
 * Imports a 32-byte Ed25519 seed or X25519 secret as a non-extractable CryptoKey, with its public key.
 *
 * WebCrypto has no "public key of this private key": the seed is imported once more as extractable, only to read
 * the public half of its JWK, and that key is dropped at once.
 */
import { CryptoCoreError } from '../errors.ts';
import { concat } from '../bytes/concat.ts';
import { decodeBase64Url } from '../bytes/base64url.ts';
import { source } from '../bytes/source.ts';
import { wipe } from '../bytes/wipe.ts';

const SECRET_SIZE_BYTES = 32;

/** RFC 8410 §7: PrivateKeyInfo up to the 32 secret bytes; the two differ in the object identifier's last byte. */
const PKCS8_PREFIX = {
  Ed25519: Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20),
  X25519: Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20),
} as const;

const USAGES = { Ed25519: ['sign'], X25519: ['deriveBits'] } as const;

/** Throws `invalid-argument` when `secret` is not 32 bytes. The caller owns and wipes `secret`. */
export async function importPrivateKey(
  algorithm: 'Ed25519' | 'X25519',
  secret: Uint8Array,
): Promise<{ publicKey: Uint8Array; privateKey: CryptoKey }> {
  if (secret.length !== SECRET_SIZE_BYTES) throw new CryptoCoreError('invalid-argument');
  const pkcs8 = concat(PKCS8_PREFIX[algorithm], secret);
  try {
    const usages = [...USAGES[algorithm]];
    const privateKey = await crypto.subtle.importKey('pkcs8', source(pkcs8), algorithm, false, usages);
    const readable = await crypto.subtle.importKey('pkcs8', source(pkcs8), algorithm, true, usages);
    const { x } = await crypto.subtle.exportKey('jwk', readable);
    if (x === undefined) throw new CryptoCoreError('invalid-argument');
    return { publicKey: decodeBase64Url(x), privateKey };
  } finally {
    wipe(pkcs8);
  }
}
