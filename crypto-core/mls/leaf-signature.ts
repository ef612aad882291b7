/**
 * Ed25519 with a leaf's signature key, each imported once per key object. Private keys are PKCS #8, as ts-mls keeps
 * them; public keys are raw.
 */
import { source } from '../bytes/source.ts';

const signKeys = new WeakMap<Uint8Array, CryptoKey>();
const verifyKeys = new WeakMap<Uint8Array, CryptoKey>();

/** The 64-byte signature of `message`. */
export async function signWithLeafKey(pkcs8: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  const key = signKeys.get(pkcs8) ?? (await importSignKey(pkcs8));
  return new Uint8Array(await crypto.subtle.sign('Ed25519', key, source(message)));
}

/** Whether `signature` is that of `message` under the 32-byte `publicKey`. */
export async function verifyWithLeafKey(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = verifyKeys.get(publicKey) ?? (await importVerifyKey(publicKey));
  return crypto.subtle.verify('Ed25519', key, source(signature), source(message));
}

async function importSignKey(pkcs8: Uint8Array): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey('pkcs8', source(pkcs8), 'Ed25519', false, ['sign']);
  signKeys.set(pkcs8, key);
  return key;
}

async function importVerifyKey(publicKey: Uint8Array): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey('raw', source(publicKey), 'Ed25519', false, ['verify']);
  verifyKeys.set(publicKey, key);
  return key;
}
