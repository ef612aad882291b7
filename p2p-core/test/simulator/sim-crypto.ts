/**
 * Real WebCrypto under the simulator's control: results wait in the task queue, randomness comes from the seed, and
 * every AES-GCM encryption goes through the nonce ledger. The cryptography itself is untouched.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { EncryptionRecorder } from './nonce-ledger.ts';
import { callOpenSsl } from './openssl.ts';
import type { SeededRandom } from './random.ts';
import type { TaskQueue } from './task-queue.ts';

const METHODS = [
  'encrypt',
  'decrypt',
  'sign',
  'verify',
  'digest',
  'generateKey',
  'deriveBits',
  'deriveKey',
  'importKey',
  'exportKey',
  'wrapKey',
  'unwrapKey',
] as const;

type Operation = (...args: unknown[]) => Promise<unknown>;
type Subtle = Record<(typeof METHODS)[number], Operation>;

/** A key pair from its 32 secret bytes. As JWK: OpenSSL takes a millisecond for PKCS #8. */
function keyFromSecret(crv: string, secret: Uint8Array): JsonWebKey {
  if (crv !== 'X25519' && crv !== 'Ed25519') throw new Error(`the simulator makes no keys for ${crv}`);
  const d = Buffer.from(secret).toString('base64url');
  // `x` is what is asked for; a private key is read from `d` alone.
  const privateKey = createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv, d, x: d } });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { kty: 'OKP', crv, d, x };
}

export interface SimCryptoOptions {
  readonly queue: TaskQueue;
  readonly entropy: SeededRandom;
  readonly ledger: EncryptionRecorder;
  /** Through Node's own WebCrypto (slower), not through openssl.ts. */
  readonly webCrypto: boolean;
}

/** Takes WebCrypto over until the returned function gives it back. */
export function takeOverCrypto({ queue, entropy, ledger, webCrypto }: SimCryptoOptions): () => void {
  const subtle = crypto.subtle as unknown as Subtle;
  const original = Object.getPrototypeOf(subtle) as Subtle;
  const real = (method: keyof Subtle, ...args: unknown[]): Promise<unknown> =>
    original[method].apply(subtle, args);
  for (const method of METHODS) {
    subtle[method] = (...args) => {
      if (method === 'encrypt') recordEncryption(ledger, args);
      if (method === 'generateKey') return queue.result(seededKey(entropy, real, args));
      return queue.result((webCrypto ? null : callSynchronously(method, args)) ?? real(method, ...args));
    };
  }
  crypto.getRandomValues = array => {
    if (array !== null) entropy.fill(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return array;
  };
  crypto.randomUUID = () => seededUuid(entropy);
  return () => {
    for (const method of METHODS) Reflect.deleteProperty(subtle, method);
    Reflect.deleteProperty(crypto, 'getRandomValues');
    Reflect.deleteProperty(crypto, 'randomUUID');
  };
}

function callSynchronously(method: string, args: readonly unknown[]): Promise<unknown> | null {
  try {
    const called = callOpenSsl(method, args);
    return called === null ? null : Promise.resolve(called.value);
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

function recordEncryption(ledger: EncryptionRecorder, args: readonly unknown[]): void {
  const [algorithm, key, plaintext] = args as [AesGcmParams, CryptoKey, BufferSource];
  if (algorithm.name === 'AES-GCM') ledger.record(algorithm, key, plaintext);
}

function seededUuid(entropy: SeededRandom): `${string}-${string}-${string}-${string}-${string}` {
  const bytes = new Uint8Array(16);
  entropy.fill(bytes);
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A fresh key whose bytes come from the seed. Algorithms that nobody here uses are refused. */
async function seededKey(
  entropy: SeededRandom,
  real: (method: keyof Subtle, ...args: unknown[]) => Promise<unknown>,
  args: readonly unknown[],
): Promise<unknown> {
  const [algorithm, extractable, usages] = args as [Algorithm | string, boolean, KeyUsage[]];
  const name = typeof algorithm === 'string' ? algorithm : algorithm.name;
  const bytes = new Uint8Array(32);
  entropy.fill(bytes);
  if (name === 'AES-GCM' || name === 'HMAC') {
    return real('importKey', 'raw', bytes, algorithm, extractable, usages);
  }
  const secret = keyFromSecret(name, bytes);
  const ofPublicKey = usages.filter(usage => usage === 'verify');
  const ofPrivateKey = usages.filter(usage => usage !== 'verify');
  const privateKey = await real('importKey', 'jwk', secret, name, extractable, ofPrivateKey);
  const raw = Buffer.from(secret.x ?? '', 'base64url');
  const publicKey = await real('importKey', 'raw', raw, name, true, ofPublicKey);
  return { privateKey, publicKey };
}
