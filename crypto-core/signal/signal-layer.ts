/**
 * The Signal layer: Double Ratchet messages in binary (SPEC.md CC-SIG).
 *
 *     message = ratchet key (32) ‖ pn u32 ‖ n u32 ‖ AES-256-GCM(message key, plaintext)
 *     associated data = dh_A ‖ dh_B ‖ TH0 ‖ header (40)
 *
 * Signal's AES-CBC + HMAC is replaced by AES-256-GCM under the same derived cipher key and the first
 * 12 bytes of the IV; each message key is used once.
 */
import { concat } from '../bytes/concat.ts';
import { readU32, u32 } from '../bytes/integers.ts';
import { concatBorrowed } from '../bytes/scratch.ts';
import type { CipherLayer } from '../cascade/cipher-layer.ts';
import { CryptoCoreError } from '../errors.ts';
import {
  aesGcmDecrypt,
  aesGcmEncrypt,
  GCM_NONCE_BYTES,
  GCM_TAG_BYTES,
  importAesKey,
} from '../primitives/aes-gcm.ts';
import type { AeadInput } from '../primitives/aes-gcm.ts';
import { deriveMessageKeys } from './chain.ts';
import type { MessageKeys } from './chain.ts';
import { isNextHeader, stepReceiving, stepSending } from './double-ratchet.ts';
import type { MessageHeader, MessageStep, SignalState } from './double-ratchet.ts';

/** Ratchet key ‖ pn ‖ n. */
export const SIGNAL_HEADER_BYTES = 40;
const RATCHET_KEY_BYTES = 32;

/** Signal as a layer of the cascade. `open` throws `protocol-error` and leaves the state usable. */
export const signalLayer: CipherLayer<SignalState> = {
  name: 'Signal',

  async seal(state, plaintext) {
    const step = stepSending(state);
    const keys = deriveMessageKeys(step.messageKeySeed);
    const header = encodeHeader(state);
    const ciphertext = await aesGcmEncrypt(await aeadInput(keys, state, header), plaintext);
    return { next: step.next, bytes: concatBorrowed(header, ciphertext), consumed: consumedBy(step, keys) };
  },

  async open(state, bytes) {
    if (bytes.length < SIGNAL_HEADER_BYTES + GCM_TAG_BYTES) throw new CryptoCoreError('protocol-error');
    const header = bytes.subarray(0, SIGNAL_HEADER_BYTES);
    const step = await stepReceiving(state, decodeHeader(header));
    const keys = deriveMessageKeys(step.messageKeySeed);
    const input = await aeadInput(keys, state, header);
    const plaintext = await aesGcmDecrypt(input, bytes.subarray(SIGNAL_HEADER_BYTES));
    return { next: step.next, bytes: plaintext, consumed: consumedBy(step, keys) };
  },
};

/** As SignalEngine.isNext: n follows in the receiving chain; or a new chain begins and the old one ended where we are. */
export function isNextMessage(state: SignalState, bytes: Uint8Array): boolean {
  if (bytes.length < SIGNAL_HEADER_BYTES) throw new CryptoCoreError('protocol-error');
  return isNextHeader(state, decodeHeader(bytes));
}

function consumedBy(step: MessageStep, keys: MessageKeys): readonly Uint8Array[] {
  return [...step.consumed, step.messageKeySeed, keys.cipherKey, keys.macKey];
}

async function aeadInput(keys: MessageKeys, state: SignalState, header: Uint8Array): Promise<AeadInput> {
  return {
    key: await importAesKey(keys.cipherKey),
    nonce: keys.iv.subarray(0, GCM_NONCE_BYTES),
    associatedData: concat(state.associatedData, header),
  };
}

function encodeHeader(state: SignalState): Uint8Array {
  return concat(state.sendingKey.publicKey, u32(state.previousLength), u32(state.sendingChain.index));
}

function decodeHeader(bytes: Uint8Array): MessageHeader {
  return {
    ratchetKey: bytes.slice(0, RATCHET_KEY_BYTES),
    previousLength: readU32(bytes, RATCHET_KEY_BYTES),
    index: readU32(bytes, RATCHET_KEY_BYTES + 4),
  };
}
