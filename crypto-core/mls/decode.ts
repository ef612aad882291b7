/**
 * Decoding hostile MLS bytes. ts-mls throws several error types, returns undefined, and accepts
 * trailing bytes and lengths that are not in their shortest form (RFC 9420 §2.1.2); all of that becomes
 * one `protocol-error` here. The size is checked first.
 */
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls';
import type { KeyPackage, MLSMessage, PrivateMessage, RatchetTree, Welcome } from 'ts-mls';
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { constantTimeEqual } from '../bytes/equal.ts';
import { CryptoCoreError } from '../errors.ts';

/** A key package of the profile's suite is about 2.9 KB. */
export const MAX_KEY_PACKAGE_BYTES = 8_192;
/** A Welcome for one joiner is about 2 KB. */
export const MAX_WELCOME_BYTES = 8_192;
/** A tree of two leaves is about 3.3 KB. */
export const MAX_RATCHET_TREE_BYTES = 8_192;

/** Runs `action`; whatever it throws becomes a `protocol-error`. */
export async function asProtocolError<T>(action: () => Promise<T> | T): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof CryptoCoreError) throw cause;
    throw new CryptoCoreError('protocol-error', { cause });
  }
}

export function decodeKeyPackage(bytes: Uint8Array): KeyPackage {
  const message = decodeMessage(bytes, MAX_KEY_PACKAGE_BYTES);
  return message.wireformat === 'mls_key_package' ? message.keyPackage : fail();
}

export function decodeWelcome(bytes: Uint8Array, maxBytes = MAX_WELCOME_BYTES): Welcome {
  const message = decodeMessage(bytes, maxBytes);
  return message.wireformat === 'mls_welcome' ? message.welcome : fail();
}

export function decodePrivateMessage(bytes: Uint8Array, maxBytes: number): PrivateMessage {
  const message = decodeMessage(bytes, maxBytes);
  return message.wireformat === 'mls_private_message' ? message.privateMessage : fail();
}

export function decodeTree(bytes: Uint8Array): RatchetTree {
  if (bytes.length > MAX_RATCHET_TREE_BYTES) return fail();
  const decoded = decodeRatchetTree(bytes, 0);
  if (decoded === undefined || !constantTimeEqual(encodeRatchetTree(decoded[0]), bytes)) return fail();
  return decoded[0];
}

function decodeMessage(bytes: Uint8Array, maxBytes: number): MLSMessage {
  if (bytes.length > maxBytes) return fail();
  const decoded = decodeMlsMessage(bytes, 0);
  if (decoded === undefined || !constantTimeEqual(encodeMlsMessage(decoded[0]), bytes)) return fail();
  return decoded[0];
}

function fail(): never {
  throw new CryptoCoreError('protocol-error');
}
