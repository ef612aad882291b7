/**
 * One KID's key: protects and opens single frames (RFC 9605 §4.4.3, §4.4.4).
 *
 *     frame = header ‖ AEAD(key, nonce = salt xor CTR, associated data = header ‖ metadata, media frame)
 *
 * Not responsible for counters: SFrameSender never repeats one, SFrameReceiver never accepts one twice. Not part of
 * the public API, because whoever chooses a counter can choose it twice.
 */
import { concat } from '../bytes/concat.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { importSFrameAead, type SFrameAead } from './aead.ts';
import { encodeSFrameHeader } from './header.ts';
import { deriveSFrameKey, deriveSFrameNonce } from './key-schedule.ts';
import { type SFrameSuiteId, sframeSuite } from './suites.ts';

/** Longest media frame: an uncompressed 1080p picture is 3 MiB, encoded key frames stay far below. */
export const SFRAME_PLAINTEXT_MAX_BYTES = 8 * 1024 * 1024;

/** Longest metadata: codec headers have some ten bytes. */
export const SFRAME_METADATA_MAX_BYTES = 1024;

/** Bytes that an SFrame AEAD made. Only this file makes them: a clear media frame is no `SFrameBytes`. */
export type SFrameBytes = Uint8Array<ArrayBuffer> & { readonly __brand: 'SFrameBytes' };

/** A KID with its key, for both directions. */
export interface SFrameKey {
  readonly kid: bigint;
  readonly suiteId: SFrameSuiteId;
  readonly salt: Uint8Array;
  readonly aead: SFrameAead;
}

/** Derives and imports the key of a KID. `baseKey` stays the caller's. */
export async function importSFrameKey(input: {
  readonly suiteId: SFrameSuiteId;
  readonly kid: bigint;
  readonly baseKey: Uint8Array;
}): Promise<SFrameKey> {
  const suite = sframeSuite(input.suiteId);
  const { key, salt } = deriveSFrameKey(suite, input.kid, input.baseKey);
  try {
    return { kid: input.kid, suiteId: suite.id, salt, aead: await importSFrameAead(suite, key) };
  } finally {
    wipe(key);
  }
}

/** header ‖ ciphertext ‖ tag. Throws `invalid-argument` above the limits. */
export async function protectFrame(
  key: SFrameKey,
  ctr: bigint,
  input: { readonly plaintext: Uint8Array; readonly metadata: Uint8Array },
): Promise<SFrameBytes> {
  const { plaintext, metadata } = input;
  if (plaintext.length > SFRAME_PLAINTEXT_MAX_BYTES || metadata.length > SFRAME_METADATA_MAX_BYTES) {
    throw new CryptoCoreError('invalid-argument');
  }
  const header = encodeSFrameHeader({ kid: key.kid, ctr });
  const nonce = deriveSFrameNonce(key.salt, ctr);
  const sealed = await key.aead.encrypt({ nonce, associatedData: concat(header, metadata) }, plaintext);
  return concat(header, sealed) as SFrameBytes;
}

/**
 * The media frame. `headerBytes`: length of the header that names this key and `ctr`. Throws `protocol-error` when
 * the tag does not verify.
 */
export function openFrame(
  key: SFrameKey,
  input: {
    readonly ctr: bigint;
    readonly frame: Uint8Array;
    readonly headerBytes: number;
    readonly metadata: Uint8Array;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const { ctr, frame, headerBytes, metadata } = input;
  const associatedData = concat(frame.subarray(0, headerBytes), metadata);
  const nonce = deriveSFrameNonce(key.salt, ctr);
  return key.aead.decrypt({ nonce, associatedData }, frame.subarray(headerBytes));
}
