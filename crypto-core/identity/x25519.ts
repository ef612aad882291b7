/**
 * X25519 (RFC 7748) by WebCrypto. Private keys are non-extractable; public keys are raw 32 bytes.
 */
import { CryptoCoreError } from '../errors.ts';
import { isAllZero } from '../bytes/equal.ts';
import { source } from '../bytes/source.ts';
import { importPrivateKey } from './private-key.ts';
import { isAcceptableX25519Key } from './public-key-check.ts';

/** An X25519 key pair; the private key cannot be exported. */
export interface X25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly privateKey: CryptoKey;
}

/** A fresh key pair for one handshake. */
export async function generateX25519(): Promise<X25519KeyPair> {
  const pair = await crypto.subtle.generateKey('X25519', false, ['deriveBits']);
  if (!('privateKey' in pair)) throw new CryptoCoreError('invalid-argument');
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { publicKey, privateKey: pair.privateKey };
}

/** Imports a 32-byte secret scalar. The caller owns and wipes `secret`. */
export function importX25519Secret(secret: Uint8Array): Promise<X25519KeyPair> {
  return importPrivateKey('X25519', secret);
}

/**
 * The 32-byte Diffie–Hellman result, which the caller wipes. Throws `protocol-error` for a public key that is not
 * canonical, of small order, or leads to the all-zero result.
 */
export async function computeX25519(privateKey: CryptoKey, publicKey: Uint8Array): Promise<Uint8Array> {
  if (!isAcceptableX25519Key(publicKey)) throw new CryptoCoreError('protocol-error');
  const shared = new Uint8Array(await deriveBits(privateKey, publicKey));
  if (isAllZero(shared)) throw new CryptoCoreError('protocol-error');
  return shared;
}

async function deriveBits(privateKey: CryptoKey, publicKey: Uint8Array): Promise<ArrayBuffer> {
  try {
    const peer = await crypto.subtle.importKey('raw', source(publicKey), 'X25519', false, []);
    return await crypto.subtle.deriveBits({ name: 'X25519', public: peer }, privateKey, 256);
  } catch (cause) {
    throw new CryptoCoreError('protocol-error', { cause });
  }
}
