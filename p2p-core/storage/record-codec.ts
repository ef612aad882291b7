/**
 * Plain encoding of a record before it is sealed: UTF-8 JSON in which a byte string is `{"$bytes": base64url}`.
 * Records have fixed keys, so nothing that a person or a peer wrote can look like a byte string. Not responsible
 * for secrecy (sealed-record.ts) or for the shape (records.ts).
 */
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';

const BYTES_KEY = '$bytes';

function replaceBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { [BYTES_KEY]: encodeBase64Url(value) } : value;
}

function reviveBytes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, BYTES_KEY)) return value;
  const encoded: unknown = (value as Record<string, unknown>)[BYTES_KEY];
  if (typeof encoded !== 'string' || Object.keys(value).length !== 1) throw new SyntaxError('byte string');
  return decodeBase64Url(encoded);
}

/** Encodes a record of JSON values and Uint8Arrays. */
export function encodeRecord(record: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(record, replaceBytes));
}

/** Inverse of encodeRecord. Throws SyntaxError or TypeError on anything else. */
export function decodeRecord(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), reviveBytes);
}
