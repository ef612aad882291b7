/**
 * Plain encoding of a record before it is sealed: UTF-8 JSON in which a byte string is `{"$bytes": base64url}`, or,
 * for a record that is one byte string, a zero byte and the bytes (JSON never begins with one).
 * Records have fixed keys, so nothing that a person or a peer wrote can look like a byte string. Not responsible
 * for secrecy (sealed-record.ts) or for the shape (records.ts).
 */
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';

const BYTES_KEY = '$bytes';
const IS_BYTES = 0;

function replaceBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { [BYTES_KEY]: encodeBase64Url(value) } : value;
}

function reviveBytes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, BYTES_KEY)) return value;
  const encoded: unknown = (value as Record<string, unknown>)[BYTES_KEY];
  if (typeof encoded !== 'string' || Object.keys(value).length !== 1) throw new SyntaxError('byte string');
  return decodeBase64Url(encoded);
}

/** Encodes a record of JSON values and Uint8Arrays, or one that is a Uint8Array. */
export function encodeRecord(record: object): Uint8Array<ArrayBuffer> {
  if (record instanceof Uint8Array) {
    const encoded = new Uint8Array(1 + record.length);
    encoded[0] = IS_BYTES;
    encoded.set(record, 1);
    return encoded;
  }
  return new TextEncoder().encode(JSON.stringify(record, replaceBytes));
}

/** Inverse of encodeRecord. Throws SyntaxError or TypeError on anything else. */
export function decodeRecord(bytes: Uint8Array): unknown {
  if (bytes[0] === IS_BYTES) return bytes.slice(1);
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), reviveBytes);
}
