/**
 * Refuses public keys that give away the secret or belong to everybody: points of small order, and encodings that
 * are not canonical (two byte strings for one key would let one identity appear as two).
 *
 * Small-order X25519 points make the shared secret a constant (RFC 7748 §6.1). Under a small-order Ed25519 key one
 * signature verifies for many messages (RFC 8032 §8.8 leaves this to the caller). Not responsible for proving that
 * an Ed25519 encoding is on the curve: verification under such a key fails.
 */

/** Both curves are over the field of p = 2^255 − 19. */
const P = (1n << 255n) - 19n;
const SIGN_BIT = 1n << 255n;

/** y-coordinate of a point of order 8. */
const Y_OF_ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;

/** y-coordinates of the eight points of Ed25519's torsion subgroup. */
const ED25519_SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, Y_OF_ORDER_8, P - Y_OF_ORDER_8]);

/** u-coordinates of the small-order points of Curve25519 and of its twist. */
const X25519_SMALL_ORDER_U: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P - 1n,
  0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
]);

/** True when `key` is a canonical 32-byte Ed25519 encoding of a point that is not of small order. */
export function isAcceptableEd25519Key(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  const y = decodeLittleEndian(key) % SIGN_BIT;
  return y < P && !ED25519_SMALL_ORDER_Y.has(y);
}

/** True when `key` is a canonical 32-byte X25519 public key that is not of small order. */
export function isAcceptableX25519Key(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  const u = decodeLittleEndian(key);
  return u < P && !X25519_SMALL_ORDER_U.has(u);
}

function decodeLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
