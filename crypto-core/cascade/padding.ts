/**
 * Padding: what hides lengths (SPEC.md CC-PAD). Innermost, before any encryption.
 *
 *     padded = content kind u8 ‖ length u32 ‖ body ‖ zeros up to the body's bucket
 *
 * Buckets bound the body, so a body of exactly 1 KiB costs 1 KiB. Bulk chunks are of exact size and
 * are not padded.
 */
import { readU32, u32 } from '../bytes/integers.ts';
import { isAllZero } from '../bytes/equal.ts';
import { borrow } from '../bytes/scratch.ts';
import { CryptoCoreError } from '../errors.ts';

/** What a padded plaintext carries. */
export const CONTENT_PDU = 0;
export const CONTENT_CONTROL = 1;
export const CONTENT_BULK = 2;
export type ContentKind = typeof CONTENT_PDU | typeof CONTENT_CONTROL | typeof CONTENT_BULK;

/** content kind ‖ length. */
export const PADDING_HEADER_BYTES = 5;
/** Powers of two up to here, multiples of it beyond. */
const LARGEST_POWER_BYTES = 65_536;
/** The published table; beyond, multiples of 64 KiB. */
export const PADDING_BUCKETS_BYTES: readonly number[] = [
  128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536,
];
/** Largest body: three times 64 KiB, so that its frame stays below 256 KiB. Longer PDUs are chunked above. */
export const MAX_BODY_BYTES = 3 * LARGEST_POWER_BYTES;

/** The bucket, in bytes, that a body of `sizeBytes` is padded to. */
export function paddingBucket(sizeBytes: number): number {
  const bucket = PADDING_BUCKETS_BYTES.find(candidate => sizeBytes <= candidate);
  return bucket ?? Math.ceil(sizeBytes / LARGEST_POWER_BYTES) * LARGEST_POWER_BYTES;
}

/** Throws `invalid-argument` for a body above 192 KiB. */
export function pad(kind: ContentKind, body: Uint8Array): Uint8Array {
  if (body.length > MAX_BODY_BYTES) throw new CryptoCoreError('invalid-argument');
  const bodySize = kind === CONTENT_BULK ? body.length : paddingBucket(body.length);
  const padded = borrow(PADDING_HEADER_BYTES + bodySize);
  padded[0] = kind;
  padded.set(u32(body.length), 1);
  padded.set(body, PADDING_HEADER_BYTES);
  return padded;
}

/** A view of the body. Throws `protocol-error` for another bucket than the body's, or padding that is not zero. */
export function unpad(padded: Uint8Array): { readonly kind: ContentKind; readonly body: Uint8Array } {
  if (padded.length < PADDING_HEADER_BYTES) return fail();
  const kind = padded[0];
  if (kind !== CONTENT_PDU && kind !== CONTENT_CONTROL && kind !== CONTENT_BULK) return fail();
  const length = readU32(padded, 1);
  if (length > MAX_BODY_BYTES) return fail();
  const bodySize = kind === CONTENT_BULK ? length : paddingBucket(length);
  if (padded.length !== PADDING_HEADER_BYTES + bodySize) return fail();
  const end = PADDING_HEADER_BYTES + length;
  if (!isAllZero(padded.subarray(end))) return fail();
  return { kind, body: padded.subarray(PADDING_HEADER_BYTES, end) };
}

function fail(): never {
  throw new CryptoCoreError('protocol-error');
}
