/**
 * Where a fuzz run's time would go: platforms take longer to parse a private key than to use it. While an input runs,
 * curve keys are drawn from a fixed pool, and the same bytes are imported once. What is computed stays the same.
 */
import { concat } from '../../bytes/concat.ts';
import { sha256 } from '../../bytes/kdf.ts';
import { utf8 } from '../../bytes/utf8.ts';
import type { FuzzRandom } from './random.ts';

type Curve = 'Ed25519' | 'X25519';
type Generate = (algorithm: AlgorithmIdentifier, ...rest: unknown[]) => Promise<CryptoKey | CryptoKeyPair>;
type Import = (
  format: string,
  data: unknown,
  algorithm: AlgorithmIdentifier,
  ...rest: unknown[]
) => Promise<CryptoKey>;

const POOL_KEYS = 64;
const MAX_IMPORTED_KEYS = 4_000;
const MAX_IMPORTED_BYTES = 64;
const PKCS8_PREFIX: Readonly<Record<Curve, Uint8Array>> = {
  Ed25519: Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20),
  X25519: Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20),
};

const pool = new Map<string, Promise<CryptoKeyPair>>();
const imported = new Map<string, CryptoKey>();

/** Runs `action` with pooled and remembered keys. No key is drawn twice in one action. */
export async function withKeyCache<Result>(
  random: FuzzRandom,
  action: () => Promise<Result>,
): Promise<Result> {
  const { subtle } = crypto;
  const generate = subtle.generateKey.bind(subtle) as unknown as Generate;
  const importOne = subtle.importKey.bind(subtle) as unknown as Import;
  const start = random.int(POOL_KEYS);
  let drawn = 0;
  const restoreGenerate = shadow('generateKey', (algorithm: AlgorithmIdentifier, ...rest: unknown[]) => {
    const curve = curveOf(algorithm);
    if (curve === null || drawn >= POOL_KEYS) return generate(algorithm, ...rest);
    return pooledPair(importOne, curve, (start + drawn++) % POOL_KEYS, rest);
  });
  const restoreImport = shadow('importKey', (...input: Parameters<Import>) => importOnce(importOne, input));
  try {
    return await action();
  } finally {
    restoreImport();
    restoreGenerate();
  }
}

function shadow(name: 'generateKey' | 'importKey', value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(crypto.subtle, name);
  Object.defineProperty(crypto.subtle, name, { value, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(crypto.subtle, name);
    else Object.defineProperty(crypto.subtle, name, before);
  };
}

/** One pair for each place in the pool, in each form that was asked for. */
function pooledPair(
  importOne: Import,
  curve: Curve,
  index: number,
  [extractable, usages]: readonly unknown[],
): Promise<CryptoKeyPair> {
  const name = `${curve} ${index} ${String(extractable)} ${String(usages)}`;
  const known = pool.get(name);
  if (known !== undefined) return known;
  const made = makePair(importOne, curve, index, extractable === true, usages as KeyUsage[]);
  pool.set(name, made);
  return made;
}

async function makePair(
  importOne: Import,
  curve: Curve,
  index: number,
  isExtractable: boolean,
  usages: readonly KeyUsage[],
): Promise<CryptoKeyPair> {
  const pkcs8 = concat(PKCS8_PREFIX[curve], sha256(utf8(`fuzz ${curve} key ${index}`)));
  const own = usages.filter(usage => usage !== 'verify');
  const readable = await importOne('pkcs8', pkcs8, curve, true, own);
  const { x } = await crypto.subtle.exportKey('jwk', readable);
  const jwk = { kty: 'OKP', crv: curve, x };
  const publicKey = await importOne(
    'jwk',
    jwk,
    curve,
    true,
    usages.filter(usage => usage === 'verify'),
  );
  const privateKey = isExtractable ? readable : await importOne('pkcs8', pkcs8, curve, false, own);
  return { publicKey, privateKey };
}

async function importOnce(importOne: Import, input: Parameters<Import>): Promise<CryptoKey> {
  const [format, data, algorithm, ...rest] = input;
  const curve = curveOf(algorithm);
  const isKept = curve !== null && data instanceof Uint8Array && data.length <= MAX_IMPORTED_BYTES;
  if (!isKept) return importOne(...input);
  const name = `${format} ${curve} ${rest.map(String).join(' ')} ${String.fromCharCode(...data)}`;
  const known = imported.get(name);
  if (known !== undefined) return known;
  const key = await importOne(...input);
  if (imported.size >= MAX_IMPORTED_KEYS) imported.clear();
  imported.set(name, key);
  return key;
}

function curveOf(algorithm: AlgorithmIdentifier): Curve | null {
  const name = typeof algorithm === 'string' ? algorithm : algorithm.name;
  return name === 'X25519' || name === 'Ed25519' ? name : null;
}
