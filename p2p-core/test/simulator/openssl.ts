/**
 * WebCrypto's own primitives, called synchronously: Node's WebCrypto hands each call to a thread and takes several
 * times longer to wait than to work. It is the same OpenSSL and gives the same bytes; a run with `webCrypto: true`
 * does without, and must have the same digest.
 */
import {
  KeyObject,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  diffieHellman,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { bytesOf } from './nonce-ledger.ts';

const TAG_BYTES = 16;
const HASHES: Readonly<Record<string, string>> = {
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const keyObjects = new WeakMap<CryptoKey, KeyObject>();

function keyObject(key: CryptoKey): KeyObject {
  const known = keyObjects.get(key) ?? KeyObject.from(key);
  keyObjects.set(key, known);
  return known;
}

function copy(buffer: Uint8Array): ArrayBuffer {
  return Uint8Array.from(buffer).buffer;
}

/** The result, or null for what WebCrypto shall do. Throws as an OperationError where WebCrypto would reject. */
export function callOpenSsl(method: string, args: readonly unknown[]): { readonly value: unknown } | null {
  const [algorithm, second, third, fourth] = args;
  const name = typeof algorithm === 'string' ? algorithm : (algorithm as Algorithm).name;
  switch (`${method} ${name}`) {
    case 'encrypt AES-GCM':
      return { value: encrypt(algorithm as AesGcmParams, second as CryptoKey, third as BufferSource) };
    case 'decrypt AES-GCM':
      return { value: decrypt(algorithm as AesGcmParams, second as CryptoKey, third as BufferSource) };
    case 'sign HMAC':
      return { value: copy(hmac(second as CryptoKey, third as BufferSource)) };
    case 'verify HMAC': {
      const [expected, given] = [
        hmac(second as CryptoKey, fourth as BufferSource),
        bytesOf(third as BufferSource),
      ];
      return { value: expected.length === given.length && timingSafeEqual(expected, given) };
    }
    case 'sign Ed25519':
      return { value: copy(sign(null, bytesOf(third as BufferSource), keyObject(second as CryptoKey))) };
    case 'verify Ed25519': {
      const [signature, signed] = [bytesOf(third as BufferSource), bytesOf(fourth as BufferSource)];
      return { value: verify(null, signed, keyObject(second as CryptoKey), signature) };
    }
    case 'deriveBits X25519':
      return { value: agree(algorithm as { public: CryptoKey }, second as CryptoKey, third as number) };
    default:
      return method === 'digest' ? digest(name, second as BufferSource) : null;
  }
}

function encrypt(
  { iv, additionalData, tagLength }: AesGcmParams,
  key: CryptoKey,
  plaintext: BufferSource,
): ArrayBuffer {
  assertAllowed(key, 'encrypt', tagLength);
  const cipher = createCipheriv('aes-256-gcm', keyObject(key), bytesOf(iv), { authTagLength: TAG_BYTES });
  if (additionalData !== undefined) cipher.setAAD(bytesOf(additionalData));
  return copy(Buffer.concat([cipher.update(bytesOf(plaintext)), cipher.final(), cipher.getAuthTag()]));
}

function decrypt(
  { iv, additionalData, tagLength }: AesGcmParams,
  key: CryptoKey,
  sealed: BufferSource,
): ArrayBuffer {
  assertAllowed(key, 'decrypt', tagLength);
  const bytes = bytesOf(sealed);
  const end = bytes.length - TAG_BYTES;
  if (end < 0) throw new DOMException('', 'OperationError');
  const cipher = createDecipheriv('aes-256-gcm', keyObject(key), bytesOf(iv), { authTagLength: TAG_BYTES });
  if (additionalData !== undefined) cipher.setAAD(bytesOf(additionalData));
  cipher.setAuthTag(bytes.subarray(end));
  try {
    return copy(Buffer.concat([cipher.update(bytes.subarray(0, end)), cipher.final()]));
  } catch (cause) {
    throw new DOMException(String(cause), 'OperationError');
  }
}

function assertAllowed(key: CryptoKey, usage: KeyUsage, tagLength: number | undefined): void {
  const { length } = key.algorithm as AesKeyAlgorithm;
  if (!key.usages.includes(usage) || length !== 256 || (tagLength ?? 128) !== 128) {
    throw new DOMException('', 'InvalidAccessError');
  }
}

function hmac(key: CryptoKey, data: BufferSource): Buffer {
  const { hash } = key.algorithm as HmacKeyAlgorithm;
  return createHmac(HASHES[hash.name] ?? '', keyObject(key))
    .update(bytesOf(data))
    .digest();
}

function agree({ public: peer }: { public: CryptoKey }, own: CryptoKey, bits: number): ArrayBuffer {
  try {
    const secret = diffieHellman({ privateKey: keyObject(own), publicKey: keyObject(peer) });
    return copy(secret.subarray(0, bits / 8));
  } catch (cause) {
    throw new DOMException(String(cause), 'OperationError'); // an all-zero secret
  }
}

function digest(name: string, data: BufferSource): { readonly value: unknown } | null {
  const hash = HASHES[name];
  return hash === undefined ? null : { value: copy(createHash(hash).update(bytesOf(data)).digest()) };
}
