/**
 * The cascade's own PDUs: JSON with `type` and `specVersion`, sealed like any other (SPEC.md
 * CC-CAS-05).
 *
 * A control PDU has exactly one encoding: after parsing, its canonical bytes are made again and
 * compared. So no extra, repeated, reordered or re-spelled field passes, and a rotation's hash input
 * is the same on both sides.
 */
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64url.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { decodeUtf8, utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';

const SPEC_VERSION = '1.0';
/** The largest (mlkem-key-exchange) is about 1.7 KB. */
const MAX_CONTROL_PDU_BYTES = 2_048;

export type ControlPdu =
  | { readonly type: 'mlkem-key-exchange'; readonly gen: number; readonly ek: Uint8Array }
  | { readonly type: 'mlkem-key-exchange-response'; readonly gen: number; readonly ct: Uint8Array }
  | {
      readonly type: 'rotation-timestamp-broadcast';
      readonly gen: number;
      /** Milliseconds since 1970 by the sender's clock: informative, never checked. */
      readonly timestamp: number;
      readonly x25519: Uint8Array;
    };

/** The canonical bytes. */
export function encodeControlPdu(pdu: ControlPdu): Uint8Array {
  const { type, gen } = pdu;
  const head = { type, specVersion: SPEC_VERSION, gen };
  switch (pdu.type) {
    case 'mlkem-key-exchange':
      return utf8(JSON.stringify({ ...head, ek: encodeBase64Url(pdu.ek) }));
    case 'mlkem-key-exchange-response':
      return utf8(JSON.stringify({ ...head, ct: encodeBase64Url(pdu.ct) }));
    case 'rotation-timestamp-broadcast':
      return utf8(JSON.stringify({ ...head, timestamp: pdu.timestamp, x25519: encodeBase64Url(pdu.x25519) }));
  }
}

/** Throws `protocol-error` on anything but the canonical bytes of a control PDU. */
export function decodeControlPdu(bytes: Uint8Array): ControlPdu {
  if (bytes.length > MAX_CONTROL_PDU_BYTES) return fail();
  let pdu: ControlPdu | null;
  try {
    pdu = readPdu(JSON.parse(decodeUtf8(bytes)) as unknown);
  } catch {
    return fail(); // without a cause: the parser's error quotes the peer's text
  }
  if (pdu === null || !constantTimeEqual(encodeControlPdu(pdu), bytes)) return fail();
  return pdu;
}

function readPdu(value: unknown): ControlPdu | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map<string, unknown>(Object.entries(value));
  const type = fields.get('type');
  const gen = readInteger(fields.get('gen'));
  switch (type) {
    case 'mlkem-key-exchange':
      return { type, gen, ek: readBytes(fields.get('ek')) };
    case 'mlkem-key-exchange-response':
      return { type, gen, ct: readBytes(fields.get('ct')) };
    case 'rotation-timestamp-broadcast':
      return {
        type,
        gen,
        timestamp: readInteger(fields.get('timestamp')),
        x25519: readBytes(fields.get('x25519')),
      };
    default:
      return null;
  }
}

function readInteger(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return fail();
  return value;
}

function readBytes(value: unknown): Uint8Array {
  return typeof value === 'string' ? decodeBase64Url(value) : fail();
}

function fail(): never {
  throw new CryptoCoreError('protocol-error');
}
