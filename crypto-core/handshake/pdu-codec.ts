/**
 * PDUs of the handshake as bytes: canonical JSON in strict UTF-8, byte strings as base64url. SPEC.md CC-HS-03.
 *
 * Canonical means: the bytes equal what this encoder makes of the parsed value. So there is one text per value
 * (no white space, no duplicate or reordered keys, no second form of a number or an escape), and a transcript of
 * bytes is a transcript of meanings.
 */
import * as v from 'valibot';
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64url.ts';
import { decodeUtf8, utf8 } from '../bytes/utf8.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { CryptoCoreError } from '../errors.ts';

/** Schema of a byte string of exactly `sizeBytes`. */
export function exactBytes(sizeBytes: number): v.GenericSchema<string, Uint8Array> {
  return bytesBetween(sizeBytes, sizeBytes);
}

/** Schema of a byte string of `minBytes` to `maxBytes`. */
export function bytesBetween(minBytes: number, maxBytes: number): v.GenericSchema<string, Uint8Array> {
  return v.pipe(
    v.string(),
    v.minLength(Math.ceil((minBytes * 4) / 3)),
    v.maxLength(Math.ceil((maxBytes * 4) / 3)),
    v.transform((text): Uint8Array => decodeBase64Url(text)),
  );
}

/** The canonical bytes of a PDU whose keys stand in the order of its schema. */
export function encodePdu(pdu: object): Uint8Array {
  return utf8(JSON.stringify(pdu, encodeByteStrings));
}

/** Parses canonical bytes. Throws `protocol-error` on anything else. */
export function decodePdu<Pdu extends object>(schema: v.GenericSchema<unknown, Pdu>, bytes: Uint8Array): Pdu {
  const pdu = parse(schema, bytes);
  if (!constantTimeEqual(encodePdu(pdu), bytes)) throw new CryptoCoreError('protocol-error');
  return pdu;
}

/** Parses JSON by a schema, without the canonical check. Throws `protocol-error`. */
export function parse<Value>(schema: v.GenericSchema<unknown, Value>, bytes: Uint8Array): Value {
  try {
    return v.parse(schema, JSON.parse(decodeUtf8(bytes)));
  } catch {
    // No cause: valibot's issues quote the input, and errors carry nothing of a peer's text.
    throw new CryptoCoreError('protocol-error');
  }
}

function encodeByteStrings(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? encodeBase64Url(value) : value;
}
