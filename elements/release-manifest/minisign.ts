/**
 * minisign's formats in legacy mode (algorithm `Ed`: Ed25519 over the file itself, RFC 8032 §5.1), so that
 * `minisign -V` checks our releases and a key made by `minisign -G` signs them. The prehashed mode (`ED`) needs
 * BLAKE2b, which browsers do not have: `minisign -S -l` makes signatures in the mode that they can check.
 */
import { fromBase64, toBase64 } from './base64.ts';

export interface MinisignPublicKey {
  /** 16 hex digits, as minisign prints them. */
  readonly keyId: string;
  /** Ed25519, 32 bytes. */
  readonly key: Uint8Array<ArrayBuffer>;
}

export interface MinisignSignature {
  readonly keyId: string;
  /** 64 bytes, over the file. */
  readonly signature: Uint8Array<ArrayBuffer>;
  /** Signed too, by `globalSignature`. */
  readonly trustedComment: string;
  /** 64 bytes, over `signature` and the trusted comment. */
  readonly globalSignature: Uint8Array<ArrayBuffer>;
}

const ALGORITHM = [0x45, 0x64]; // "Ed"
const KEY_ID_BYTES = 8;

/** A number in little-endian bytes, printed as hexadecimal. */
export function keyIdText(bytes: Uint8Array): string {
  return [...bytes]
    .reverse()
    .map(byte => byte.toString(16).padStart(2, '0').toUpperCase())
    .join('');
}

const keyIdBytes = (text: string): number[] =>
  (text.match(/../g) ?? []).map(pair => Number.parseInt(pair, 16)).reverse();

/** Splits `Ed` · key id · rest; null when algorithm or length are others. */
function readBlock(text: string, restBytes: number): { keyId: string; rest: Uint8Array<ArrayBuffer> } | null {
  const bytes = fromBase64(text);
  if (bytes?.length !== 2 + KEY_ID_BYTES + restBytes) return null;
  if (ALGORITHM.some((byte, i) => bytes[i] !== byte)) return null;
  return { keyId: keyIdText(bytes.subarray(2, 10)), rest: bytes.slice(10) };
}

const writeBlock = (keyId: string, rest: Uint8Array): string =>
  toBase64(Uint8Array.from([...ALGORITHM, ...keyIdBytes(keyId), ...rest]));

/** Reads the Base64 line of a public key; null when it is none. */
export function parsePublicKey(line: string): MinisignPublicKey | null {
  const block = readBlock(line, 32);
  return block && { keyId: block.keyId, key: block.rest };
}

export function encodePublicKey({ keyId, key }: MinisignPublicKey): string {
  return writeBlock(keyId, key);
}

const UNTRUSTED = 'untrusted comment: ';
const TRUSTED = 'trusted comment: ';
const LINES = 4;
/** Most signatures looked at: each costs two verifications. */
const MAX_SIGNATURES = 64;

function parseOne([untrusted = '', block = '', trusted = '', global = '']: readonly string[]) {
  const read = readBlock(block, 64);
  const globalSignature = fromBase64(global);
  if (!untrusted.startsWith(UNTRUSTED) || !trusted.startsWith(TRUSTED)) return null;
  if (!read || globalSignature?.length !== 64) return null;
  const trustedComment = trusted.slice(TRUSTED.length);
  return { keyId: read.keyId, signature: read.rest, trustedComment, globalSignature };
}

/** Reads one or more signature files, one behind another. What is no signature is left out: it vouches for nothing. */
export function parseSignatures(text: string): readonly MinisignSignature[] {
  const lines = text.split('\n').map(line => line.replace(/\r$/, ''));
  const found: MinisignSignature[] = [];
  for (let i = 0; i < lines.length && found.length < MAX_SIGNATURES; i += 1) {
    const parsed = lines[i]?.startsWith(UNTRUSTED) ? parseOne(lines.slice(i, i + LINES)) : null;
    if (parsed) found.push(parsed);
  }
  return found;
}

/** The four lines of a `.minisig` file. `comment` is for people and not signed. */
export function encodeSignature(signature: MinisignSignature, comment: string): string {
  return [
    UNTRUSTED + comment.replaceAll(/[\r\n]/g, ' '),
    writeBlock(signature.keyId, signature.signature),
    TRUSTED + signature.trustedComment,
    `${toBase64(signature.globalSignature)}\n`,
  ].join('\n');
}

/** True when both signatures, that of the file and that of the trusted comment, are this key's. */
export async function verifySignature(
  { keyId, key }: MinisignPublicKey,
  signed: MinisignSignature,
  message: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (keyId !== signed.keyId) return false;
  const verify = await importKey(key);
  const comment = new TextEncoder().encode(signed.trustedComment);
  const withComment = Uint8Array.from([...signed.signature, ...comment]);
  return (await verify(signed.signature, message)) && (await verify(signed.globalSignature, withComment));
}

type Verify = (signature: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>) => Promise<boolean>;

async function importKey(raw: Uint8Array<ArrayBuffer>): Promise<Verify> {
  try {
    const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
    return (signature, message) => crypto.subtle.verify('Ed25519', key, signature, message);
  } catch {
    return () => Promise.resolve(false); // no point of the curve, or a browser without Ed25519: nothing is vouched for
  }
}
