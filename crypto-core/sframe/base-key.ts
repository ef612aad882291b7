/**
 * The base key of one member's tracks, from the MLS exporter of the call's epoch (RFC 9420 §8.5):
 *
 *     base key = MLS-Exporter("enk/v1 sframe", call id ‖ leaf u32 ‖ join nonce, 32)
 *
 * Every join, reload and epoch has a fresh join nonce, so every sender object has a fresh key and may count from 0.
 */
import { concat } from '../bytes/concat.ts';
import { u32 } from '../bytes/integers.ts';
import { CryptoCoreError } from '../errors.ts';

export const CALL_ID_BYTES = 16;
export const JOIN_NONCE_BYTES = 16;
export const SFRAME_BASE_KEY_BYTES = 32;

const LABEL = 'enk/v1 sframe';

/** MLS-Exporter of one epoch. The result is the caller's to wipe. */
export type MlsExporter = (label: string, context: Uint8Array, lengthBytes: number) => Promise<Uint8Array>;

/** 32 bytes, wiped by the caller. Throws `internal` when the exporter gives another length. */
export async function deriveBaseKey(
  exporter: MlsExporter,
  input: { readonly callId: Uint8Array; readonly leaf: number; readonly joinNonce: Uint8Array },
): Promise<Uint8Array> {
  const { callId, leaf, joinNonce } = input;
  if (callId.length !== CALL_ID_BYTES || joinNonce.length !== JOIN_NONCE_BYTES) {
    throw new CryptoCoreError('invalid-argument');
  }
  const baseKey = await exporter(LABEL, concat(callId, u32(leaf), joinNonce), SFRAME_BASE_KEY_BYTES);
  if (baseKey.length !== SFRAME_BASE_KEY_BYTES) throw new CryptoCoreError('internal');
  return baseKey;
}
