/**
 * What an identity key may sign: four things, each under its own context string, so that a signature made for one
 * purpose can never be shown for another. A handshake finish names the role in its context, so that A's finish
 * can never be reflected as B's.
 *
 * The signed bytes are `64 × 0x20 ‖ context ‖ 0x00 ‖ content`, the shape of TLS 1.3 (RFC 8446 §4.4.3). No context
 * string contains 0x00, so the split between context and content is unique.
 */
import { concat } from '../bytes/concat.ts';
import { utf8 } from '../bytes/utf8.ts';

const PREFIX_SIZE_BYTES = 64;

const CONTEXT_STRINGS = {
  'finish A': 'EnkryptedChat-Profile-v1 finish A',
  'finish B': 'EnkryptedChat-Profile-v1 finish B',
  'device certificate': 'EnkryptedChat-Profile-v1 device certificate',
  'pqxdh prekey': 'EnkryptedChat-Profile-v1 pqxdh prekey',
  'mls leaf certificate': 'EnkryptedChat-Profile-v1 mls leaf certificate',
} as const;

/** Purpose of a signature by an identity key. The two finishes are one purpose in its two roles. */
export type SignatureContext = keyof typeof CONTEXT_STRINGS;

/** The bytes that Ed25519 signs: `64 × 0x20 ‖ context ‖ 0x00 ‖ content`. */
export function encodeSignedContent(context: SignatureContext, content: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(PREFIX_SIZE_BYTES).fill(0x20);
  return concat(prefix, utf8(CONTEXT_STRINGS[context]), Uint8Array.of(0), content);
}
