/**
 * ExpandWithLabel (RFC 9420 §8) of the suite's HKDF-SHA-512, for outputs of at most one block.
 *
 *     KDFLabel = u16 length ‖ "MLS 1.0 " + label <V> ‖ context <V>
 *     ExpandWithLabel(secret, label, context, length) = HMAC-SHA-512(secret, KDFLabel ‖ 0x01)[0..length]
 *
 * HKDF-Expand of one block is one HMAC (RFC 5869 §2.3). WebCrypto's HMAC takes a secret once for several outputs;
 * its HKDF would extract first, which MLS does not want here.
 */
import { concat } from '../bytes/concat.ts';
import { source } from '../bytes/source.ts';
import { utf8 } from '../bytes/utf8.ts';
import { encodeVector, vectorLengthSize, writeVector } from './vector-length.ts';

/** KDF.Nh: byte length of the suite's hashes and ratchet secrets. */
export const MLS_HASH_BYTES = 64;

const ALGORITHM = { name: 'HMAC', hash: 'SHA-512' } as const;
/** RFC 5869 §2.3: the first block, and the only one. */
const BLOCK_INDEX = 1;

/** `secret` as a non-extractable key for `expandWithLabel`. The caller wipes the bytes. */
export function importExpandKey(secret: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', source(secret), ALGORITHM, false, ['sign']);
}

/** One of MLS's derivations: its label, and how many bytes (at most 64) it gives. */
export interface ExpandLabel {
  readonly lengthBytes: number;
  readonly prefix: Uint8Array;
}

/** `label` without "MLS 1.0 ". */
export function expandLabel(label: string, lengthBytes: number): ExpandLabel {
  const length = new Uint8Array([lengthBytes >>> 8, lengthBytes]);
  return { lengthBytes, prefix: concat(length, encodeVector(utf8(`MLS 1.0 ${label}`))) };
}

/** The derived bytes; the caller wipes them. */
export async function expandWithLabel(
  key: CryptoKey,
  label: ExpandLabel,
  context: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const { prefix, lengthBytes } = label;
  const info = new Uint8Array(prefix.length + vectorLengthSize(context.length) + context.length + 1);
  info.set(prefix);
  info[writeVector(info, prefix.length, context)] = BLOCK_INDEX;
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, info), 0, lengthBytes);
}
