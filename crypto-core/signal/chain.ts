/**
 * The Double Ratchet's key derivations with Signal's constants (Double Ratchet, revision 4, §5.2 and
 * the reference implementation's labels), so that its published keys can be reproduced.
 */
import { hkdfSha256, hmacSha256Pair } from '../bytes/kdf.ts';
import { utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';

const MESSAGE_KEY_CONSTANT = new Uint8Array([0x01]);
const CHAIN_KEY_CONSTANT = new Uint8Array([0x02]);
const RATCHET_INFO = utf8('WhisperRatchet');
const MESSAGE_KEYS_INFO = utf8('WhisperMessageKeys');
const EMPTY = new Uint8Array(0);

/** A symmetric chain before message `index`. `chainKey`: 32 bytes. */
export interface Chain {
  readonly chainKey: Uint8Array;
  readonly index: number;
}

/** KDF_RK: the next root key and a fresh chain. Wipes `sharedSecret`, not `rootKey`. */
export function stepRoot(
  rootKey: Uint8Array,
  sharedSecret: Uint8Array,
): { readonly rootKey: Uint8Array; readonly chain: Chain } {
  const okm = hkdfSha256({ ikm: sharedSecret, salt: rootKey, info: RATCHET_INFO, length: 64 });
  const step = { rootKey: okm.slice(0, 32), chain: { chainKey: okm.slice(32), index: 0 } };
  wipe(okm, sharedSecret);
  return step;
}

/** KDF_CK: the message key seed of the chain's present index, and the chain after it. */
export function stepChain(chain: Chain): { readonly messageKeySeed: Uint8Array; readonly next: Chain } {
  const [messageKeySeed, chainKey] = hmacSha256Pair(chain.chainKey, MESSAGE_KEY_CONSTANT, CHAIN_KEY_CONSTANT);
  return { messageKeySeed, next: { chainKey, index: chain.index + 1 } };
}

/** One message's keys: Signal's 80 bytes cipher key ‖ MAC key ‖ IV. */
export interface MessageKeys {
  /** 32 bytes. */
  readonly cipherKey: Uint8Array;
  /** 32 bytes; unused here, since AES-GCM authenticates. */
  readonly macKey: Uint8Array;
  /** 16 bytes; the first 12 are the GCM nonce. */
  readonly iv: Uint8Array;
}

/** Expands a message key seed. The three keys are views into one buffer: wipe `cipherKey` and `macKey`. */
export function deriveMessageKeys(messageKeySeed: Uint8Array): MessageKeys {
  const okm = hkdfSha256({ ikm: messageKeySeed, salt: EMPTY, info: MESSAGE_KEYS_INFO, length: 80 });
  return { cipherKey: okm.subarray(0, 32), macKey: okm.subarray(32, 64), iv: okm.subarray(64) };
}
