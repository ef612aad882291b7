/**
 * `release.json`: what a release consists of, who vouches for it, and which one it follows. Its bytes are canonical
 * (RFC 8785); anything else is refused, so what was signed, what was hashed and what was read are one thing.
 */
import { toBase64 } from './base64.ts';
import { canonicalJson, type CanonicalValue } from './canonical-json.ts';
import { parsePublicKey } from './minisign.ts';

export interface RootKey {
  /** Who holds it, for people: 1 to 64 characters. */
  readonly name: string;
  /** minisign's second line: Base64 of `Ed`, key id (8 bytes), Ed25519 key (32 bytes). */
  readonly publicKey: string;
}

/** The keys that vouch for this release and must vouch for the next one. */
export interface ReleaseRoot {
  readonly keys: readonly RootKey[];
  /** 1 … number of keys. */
  readonly threshold: number;
}

export interface ReleaseManifest {
  readonly format: 'enk-release-1';
  /** Semantic version, for people. */
  readonly version: string;
  /** 1, 2, 3 …: the order of releases, for programs. */
  readonly seq: number;
  /** `YYYY-MM-DDThh:mm:ssZ`: from then on nobody installs it. */
  readonly expires: string;
  /** What changed, a line each. */
  readonly changes: readonly string[];
  /** Path relative to the mirror's top → `sha384-…`. */
  readonly files: Readonly<Record<string, string>>;
  /** Hash of importmap.json. */
  readonly importMap: string;
  /** Those of `files` that are scripts of dedicated workers. */
  readonly workers: Readonly<Record<string, string>>;
  /** Hash of the service worker's script; null when the release has none. */
  readonly serviceWorker: string | null;
  readonly root: ReleaseRoot;
  /** Hash of the release.json before this one; null for the first. */
  readonly prev: string | null;
}

/** `path` says where the manifest is not what it must be. */
export class ManifestError extends Error {
  readonly code = 'malformed';
  constructor(readonly path: string) {
    super('The release manifest is malformed.');
  }
}

/** Largest manifest read: far more than any release, far less than memory. */
const MAX_SIZE_BYTES = 1_048_576;

const HASH = /^sha384-[A-Za-z0-9+/]{64}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
/** Relative, without empty or dot segments, hidden names, or characters that mean something in a URL. */
const PATH = /^(?!\.)[A-Za-z0-9_@-][A-Za-z0-9._@-]*(?:\/(?!\.)[A-Za-z0-9_@-][A-Za-z0-9._@-]*)*$/;
const VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

function expect(isTrue: boolean, path: string): asserts isTrue {
  if (!isTrue) throw new ManifestError(path);
}

function readRecord(value: unknown, keys: readonly string[], path: string): Record<string, unknown> {
  expect(typeof value === 'object' && value !== null && !Array.isArray(value), path);
  expect(Object.keys(value).sort().join() === [...keys].sort().join(), path);
  return value as Record<string, unknown>;
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxLength;
}

const isHash = (value: unknown): value is string => typeof value === 'string' && HASH.test(value);

function readHashes(value: unknown, path: string): Readonly<Record<string, string>> {
  expect(typeof value === 'object' && value !== null && !Array.isArray(value), path);
  for (const [file, hash] of Object.entries(value)) expect(PATH.test(file) && isHash(hash), path);
  return value as Record<string, string>;
}

/** The keys and the threshold of anything; throws ManifestError. */
export function readRoot(value: unknown): ReleaseRoot {
  const { keys, threshold } = readRecord(value, ['keys', 'threshold'], 'root');
  expect(Array.isArray(keys) && keys.length > 0 && keys.length <= 32, 'root.keys');
  const ids = new Set<string>();
  for (const entry of keys) {
    const { name, publicKey } = readRecord(entry, ['name', 'publicKey'], 'root.keys');
    expect(isText(name, 64) && typeof publicKey === 'string', 'root.keys');
    const key = parsePublicKey(publicKey);
    expect(key !== null, 'root.keys');
    ids.add(key.keyId).add(toBase64(key.key)); // one person under two ids would count twice
  }
  expect(ids.size === 2 * keys.length, 'root.keys');
  const isPossible = Number.isSafeInteger(threshold) && Number(threshold) >= 1;
  expect(isPossible && Number(threshold) <= keys.length, 'root.threshold');
  return value as ReleaseRoot;
}

function isTime(value: unknown): boolean {
  if (typeof value !== 'string' || !TIME.test(value)) return false;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString().replace('.000', '') === value;
}

const FIELDS = [
  ...['format', 'version', 'seq', 'expires', 'changes', 'files'],
  ...['importMap', 'workers', 'serviceWorker', 'root', 'prev'],
];

function readManifest(value: unknown): ReleaseManifest {
  const fields = readRecord(value, FIELDS, '');
  const { format, version, seq, expires, changes, importMap, serviceWorker, prev } = fields;
  expect(format === 'enk-release-1', 'format');
  expect(isText(version, 64) && VERSION.test(version), 'version');
  expect(Number.isSafeInteger(seq) && Number(seq) >= 1, 'seq');
  expect(isTime(expires), 'expires');
  expect(Array.isArray(changes) && changes.length <= 100, 'changes');
  expect(
    changes.every(line => isText(line, 500)),
    'changes',
  );
  const files = readHashes(fields['files'], 'files');
  expect(isHash(importMap) && files['importmap.json'] === importMap, 'importMap');
  const workers = readHashes(fields['workers'], 'workers');
  for (const [path, hash] of Object.entries(workers)) expect(files[path] === hash, 'workers');
  const isListed = isHash(serviceWorker) && Object.values(files).includes(serviceWorker);
  expect(serviceWorker === null || isListed, 'serviceWorker');
  readRoot(fields['root']);
  expect(prev === null ? seq === 1 : isHash(prev) && Number(seq) > 1, 'prev');
  return value as ReleaseManifest;
}

/** Reads the bytes of a release.json; throws ManifestError for all that is not exactly one manifest. */
export function parseManifest(bytes: Uint8Array): ReleaseManifest {
  expect(bytes.length <= MAX_SIZE_BYTES, 'size');
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new ManifestError('json');
  }
  const manifest = readManifest(value);
  expect(canonicalJson(value as CanonicalValue) === text, 'canonical form');
  return manifest;
}

/** The one text of a manifest; throws ManifestError when it would not be read back. */
export function encodeManifest(manifest: ReleaseManifest): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(canonicalJson(manifest as unknown as CanonicalValue));
  parseManifest(bytes);
  return bytes;
}

/** `sha384-…` of bytes: how releases and files are named. */
export async function hashManifest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha384-${toBase64(new Uint8Array(await crypto.subtle.digest('SHA-384', bytes)))}`;
}
