/**
 * Verification of XEdDSA signatures (Signal, revision 1, as libsignal makes them): an X25519 key signs, the signature
 * carries the Edwards point's sign in its last bit. For the reference implementation's vectors only; the profile
 * signs with Ed25519.
 */
import { ed25519 } from '@noble/curves/ed25519.js';

const P = (1n << 255n) - 19n;

/** `publicKey`: 32 bytes, Montgomery form; `signature`: 64 bytes. False for whatever does not verify. */
export function verifyXEdDsa(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const last = signature[63];
  if (last === undefined || signature.length !== 64) return false;
  const edwards = encodeEdwards(publicKey, last & 0x80);
  const plain = signature.slice();
  plain[63] = last & 0x7f;
  return ed25519.verify(plain, message, edwards, { zip215: false });
}

/** RFC 7748 §4.1: y = (u − 1) / (u + 1). */
function encodeEdwards(publicKey: Uint8Array, sign: number): Uint8Array {
  const { Fp } = ed25519.Point;
  const u = publicKey.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) % (1n << 255n);
  const y = Fp.mul(Fp.sub(u % P, Fp.ONE), Fp.inv(Fp.add(u % P, Fp.ONE)));
  const encoded = Uint8Array.from({ length: 32 }, (_, i) => Number((y >> BigInt(8 * i)) & 0xffn));
  encoded[31] = (encoded[31] as number) | sign;
  return encoded;
}
