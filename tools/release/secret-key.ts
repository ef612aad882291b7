/**
 * minisign's secret key files: read and written, with a password (scrypt, as libsodium picks its parameters) or
 * without one. Layout: `Ed` `Sc`|`\0\0` `B2` salt(32) opslimit(8) memlimit(8), then, under the scrypt stream when there
 * is a password: key id (8), seed and public key (64), BLAKE2b-256 of algorithm and those (32).
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  scryptSync,
  sign,
} from 'node:crypto';
import { encodePublicKey, encodeSignature, keyIdText } from '@enk/release-manifest';
import { blake2b } from '@noble/hashes/blake2.js';

export interface SecretKey {
  /** 8 bytes. */
  readonly keyId: Buffer;
  /** 32 bytes, RFC 8032 §5.1.5. */
  readonly seed: Buffer;
}

export interface ScryptCost {
  readonly operations: number;
  readonly memoryBytes: number;
}

const ALGORITHM = Buffer.from('Ed');
const SALT_BYTES = 32;
const STREAM_BYTES = 8 + 64 + 32;
/** libsodium's "sensitive" limits, minisign's own: 1 GiB for about a second. */
const MINISIGN_COST: ScryptCost = { operations: 33_554_432, memoryBytes: 1_073_741_824 };
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** crypto_pwhash_scryptsalsa208sha256's choice of N and p for limits; r is 8. */
function scryptParameters({ operations, memoryBytes }: ScryptCost): {
  cost: number;
  parallelization: number;
} {
  const ops = Math.max(operations, 32_768);
  const exponent = (limit: number) => {
    let log2 = 1;
    while (log2 < 63 && 2 ** log2 <= limit / 2) log2 += 1;
    return log2;
  };
  if (ops < memoryBytes / 32) return { cost: 2 ** exponent(ops / 32), parallelization: 1 };
  const cost = 2 ** exponent(memoryBytes / 1024);
  const parallel = Math.min(Math.floor(ops / 4 / cost), 0x3fffffff);
  return { cost, parallelization: Math.floor(parallel / 8) };
}

function streamOf(password: string, salt: Uint8Array, limits: ScryptCost): Buffer {
  const { cost, parallelization } = scryptParameters(limits);
  const options = { cost, parallelization, blockSize: 8, maxmem: 2 * limits.memoryBytes };
  return scryptSync(password, salt, STREAM_BYTES, options);
}

const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));

const privateKey = ({ seed }: SecretKey) =>
  createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });

/** Ed25519, 32 bytes. */
function publicBytes(key: SecretKey): Buffer {
  return createPublicKey(privateKey(key)).export({ format: 'der', type: 'spki' }).subarray(-32);
}

export function generateSecretKey(): SecretKey {
  const { privateKey: fresh } = generateKeyPairSync('ed25519');
  const seed = fresh.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  return { keyId: randomBytes(8), seed };
}

/** Base64 line, as `release.json` and `minisign -P` take it. */
export function publicKeyOf(key: SecretKey): string {
  return encodePublicKey({ keyId: keyIdText(key.keyId), key: Uint8Array.from(publicBytes(key)) });
}

function contentOf(key: SecretKey): Buffer {
  const body = Buffer.concat([key.keyId, key.seed, publicBytes(key)]);
  const checksum = blake2b(Buffer.concat([ALGORITHM, body]), { dkLen: 32 });
  return Buffer.concat([body, checksum]);
}

/** The text of a secret key file; an empty password means none. */
export function encodeSecretKey(key: SecretKey, password: string, cost: ScryptCost = MINISIGN_COST): string {
  const limits = Buffer.alloc(16);
  const salt = password === '' ? Buffer.alloc(SALT_BYTES) : randomBytes(SALT_BYTES);
  let content = contentOf(key);
  if (password !== '') {
    limits.writeBigUInt64LE(BigInt(cost.operations), 0);
    limits.writeBigUInt64LE(BigInt(cost.memoryBytes), 8);
    content = xor(content, streamOf(password, salt, cost));
  }
  const kdf = Buffer.from(password === '' ? '\0\0' : 'Sc');
  const file = Buffer.concat([ALGORITHM, kdf, Buffer.from('B2'), salt, limits, content]);
  return `untrusted comment: minisign secret key ${keyIdText(key.keyId)}\n${file.toString('base64')}\n`;
}

/** Whether a password is needed to read the file. */
export function isEncrypted(text: string): boolean {
  return (
    Buffer.from(text.split('\n')[1] ?? '', 'base64')
      .subarray(2, 4)
      .toString() === 'Sc'
  );
}

/** Throws for anything but a secret key file, and for a wrong password. */
export function parseSecretKey(text: string, password: string): SecretKey {
  const file = Buffer.from(text.split('\n')[1] ?? '', 'base64');
  const isKnown = file.length === 54 + STREAM_BYTES && file.subarray(0, 2).equals(ALGORITHM);
  if (!isKnown || file.subarray(4, 6).toString() !== 'B2') throw new Error('This is no minisign secret key.');
  const limits = {
    operations: Number(file.readBigUInt64LE(38)),
    memoryBytes: Number(file.readBigUInt64LE(46)),
  };
  if (limits.memoryBytes > MINISIGN_COST.memoryBytes)
    throw new Error('The key file asks for too much memory.');
  const sealed = file.subarray(54);
  const content = isEncrypted(text) ? xor(sealed, streamOf(password, file.subarray(6, 38), limits)) : sealed;
  const key = { keyId: content.subarray(0, 8), seed: content.subarray(8, 40) };
  const expected = contentOf(key);
  // minisign writes zeros for the checksum of a key without a password; its public half still has to fit the seed.
  if (!isEncrypted(text) && content.subarray(72).every(byte => byte === 0)) expected.fill(0, 72);
  if (!expected.equals(content)) throw new Error('Wrong password, or a damaged key file.');
  return key;
}

/** The text of a `.minisig` file in legacy mode over `message`. `trustedComment` is signed as well. */
export function signMessage(key: SecretKey, message: Uint8Array, trustedComment: string): string {
  const signer = privateKey(key);
  const signature = Uint8Array.from(sign(null, message, signer));
  const withComment = Buffer.concat([signature, Buffer.from(trustedComment)]);
  const globalSignature = Uint8Array.from(sign(null, withComment, signer));
  const keyId = keyIdText(key.keyId);
  const fields = { keyId, signature, trustedComment, globalSignature };
  return encodeSignature(fields, `signature of an Enkrypted release by ${keyId}`);
}
