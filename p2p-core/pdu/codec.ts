/**
 * Bytes ↔ PDU. Decoding is a boundary function: hostile input is normal, so it returns what it found and never
 * throws. Size is checked before anything is parsed. P2P-PDU-01 … P2P-PDU-04.
 */
import * as v from 'valibot';
import { MAX_PDU_BYTES } from '../limits.ts';
import { PDU_SCHEMAS, type Pdu, type PduType, type ProtocolErrorCode, SPEC_VERSION } from './schemas.ts';

/** A PDU without the field that the encoder adds. */
export type PduBody = Pdu extends infer P ? (P extends Pdu ? Omit<P, 'specVersion'> : never) : never;

export type DecodedPdu =
  | { readonly kind: 'pdu'; readonly pdu: Pdu }
  /** Well-formed, of a type that this version does not know: answered once, counted, dropped. */
  | { readonly kind: 'unknown-type' }
  /** The peer broke the protocol: answered, and the link closes. */
  | { readonly kind: 'invalid'; readonly code: Exclude<ProtocolErrorCode, 'unknown-type' | 'order'> };

/** Encodes a PDU as UTF-8 JSON. */
export function encodePdu(body: PduBody): Uint8Array<ArrayBuffer> {
  const { type, ...fields } = body;
  return new TextEncoder().encode(JSON.stringify({ type, specVersion: SPEC_VERSION, ...fields }));
}

/** Decodes what a sealed frame carried. */
export function decodePdu(bytes: Uint8Array): DecodedPdu {
  if (bytes.length > MAX_PDU_BYTES) return { kind: 'invalid', code: 'oversize' };
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null) return { kind: 'invalid', code: 'schema' };
  const { type, specVersion } = value as { readonly type?: unknown; readonly specVersion?: unknown };
  if (typeof type !== 'string' || typeof specVersion !== 'string') return { kind: 'invalid', code: 'schema' };
  if (specVersion !== SPEC_VERSION) return { kind: 'invalid', code: 'unsupported-version' };
  if (!isPduType(type)) return { kind: 'unknown-type' };
  const parsed = v.safeParse(PDU_SCHEMAS[type], value);
  return parsed.success ? { kind: 'pdu', pdu: parsed.output } : { kind: 'invalid', code: 'schema' };
}

function isPduType(type: string): type is PduType {
  return Object.hasOwn(PDU_SCHEMAS, type);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined; // not UTF-8, not JSON, or nested beyond the stack: the caller sees no object
  }
}
