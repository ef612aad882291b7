/**
 * The curve that the library computes with: native X25519 on non-extractable CryptoKeys. What the library takes for
 * 32-byte private keys are handles of the running operation (exclusive.ts).
 *
 * It signs nothing, and confirms one signature only: that of the prekey which the handshake verified (Ed25519, with
 * its own context and TH0; the library knows XEdDSA over the bare key, which is not on our wire).
 */
import {
  computeX25519,
  constantTimeEqual,
  CryptoCoreError,
  generateX25519,
} from '@enk/crypto-core/engine-kit';
import { currentOperation } from './exclusive.ts';

/** Stands for "the handshake verified it" where the library expects a signature. */
export const VERIFIED_BY_HANDSHAKE = new Uint8Array(64).fill(0xa5);

const HANDLE_BYTES = 32;

/** The name of a handle in an operation's keys. */
export function handleName(handle: ArrayBuffer): string {
  return Array.from(new Uint8Array(handle), byte => byte.toString(16).padStart(2, '0')).join('');
}

/** A handle that no other key has. */
export function createHandle(): ArrayBuffer {
  return crypto.getRandomValues(new Uint8Array(HANDLE_BYTES)).buffer;
}

/** In the library's form: public keys without their type byte, `verify` true for a signature that is *not* valid. */
export const handleCurve = {
  async keyPair(handle: ArrayBuffer): Promise<{ pubKey: ArrayBuffer; privKey: ArrayBuffer }> {
    const { keys } = currentOperation();
    const name = handleName(handle);
    if (keys.has(name)) throw new CryptoCoreError('internal');
    const { publicKey, privateKey } = await generateX25519();
    keys.set(name, { publicKey, privateKey });
    return { pubKey: publicKey.slice().buffer, privKey: handle };
  },

  async sharedSecret(publicKey: ArrayBuffer, handle: ArrayBuffer): Promise<ArrayBuffer> {
    const key = currentOperation().keys.get(handleName(handle));
    if (key === undefined) throw new CryptoCoreError('internal');
    return (await computeX25519(key.privateKey, new Uint8Array(publicKey))).slice().buffer;
  },

  sign(): Promise<ArrayBuffer> {
    return Promise.reject(new CryptoCoreError('internal'));
  },

  async verify(publicKey: ArrayBuffer, message: ArrayBuffer, signature: ArrayBuffer): Promise<boolean> {
    const claim = currentOperation().verifiedPrekey;
    const isVerified =
      claim !== undefined &&
      constantTimeEqual(new Uint8Array(publicKey), claim.identityDh) &&
      constantTimeEqual(new Uint8Array(message), claim.signedPrekey) &&
      constantTimeEqual(new Uint8Array(signature), VERIFIED_BY_HANDSHAKE);
    return !isVerified;
  },
};
