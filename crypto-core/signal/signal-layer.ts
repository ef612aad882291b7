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
import type { CipherLayer, LayerStep } from '../cascade/cipher-layer.ts';
import { CryptoCoreError } from '../errors.ts';
import {
  aesGcmDecrypt,
  aesGcmEncrypt,
  GCM_NONCE_BYTES,
  GCM_TAG_BYTES,
  importAesKey,
} from '../primitives/aes-gcm.ts';
import type { AeadInput } from '../primitives/aes-gcm.ts';
import { deriveMessageKeys, stepChain } from './chain.ts';
import type { MessageKeys } from './chain.ts';
import { isNewRatchetKey, stepRatchet } from './double-ratchet.ts';
import type { ReceivingChain, SignalState } from './double-ratchet.ts';
import { skippedKeyId, skipTo } from './skipped-keys.ts';

/** Ratchet key ‖ pn ‖ n. */
export const SIGNAL_HEADER_BYTES = 40;
const RATCHET_KEY_BYTES = 32;

interface Header {
  readonly ratchetKey: Uint8Array;
  readonly previousLength: number;
  readonly index: number;
}

/** Signal as a layer of the cascade. `open` throws `protocol-error` and leaves the state usable. */
export const signalLayer: CipherLayer<SignalState> = {
  name: 'Signal',

  async seal(state, plaintext) {
    const { messageKeySeed, next: sendingChain } = stepChain(state.sendingChain);
    const keys = deriveMessageKeys(messageKeySeed);
    const header = encodeHeader(state);
    const input = await aeadInput(keys, concat(state.associatedData, header));
    const ciphertext = await aesGcmEncrypt(input, plaintext);
    return {
      next: { ...state, sendingChain },
      bytes: concat(header, ciphertext),
      consumed: [state.sendingChain.chainKey, messageKeySeed, keys.cipherKey, keys.macKey],
    };
  },

  async open(state, bytes) {
    if (bytes.length < SIGNAL_HEADER_BYTES + GCM_TAG_BYTES) throw new CryptoCoreError('protocol-error');
    const header = decodeHeader(bytes);
    const skippedId = skippedKeyId(header.ratchetKey, header.index);
    const skippedSeed = state.skipped.get(skippedId);
    if (skippedSeed !== undefined) {
      const skipped = new Map(state.skipped);
      skipped.delete(skippedId);
      return decrypt({ next: { ...state, skipped }, consumed: [] }, skippedSeed, bytes);
    }
    return openInOrder(state, header, bytes);
  },
};

async function openInOrder(
  state: SignalState,
  header: Header,
  bytes: Uint8Array,
): Promise<LayerStep<SignalState>> {
  const ratcheted = isNewRatchetKey(state, header.ratchetKey)
    ? await stepRatchet(state, header)
    : { next: state, consumed: [] };
  const { ratchetKey, chain } = ratcheted.next.receiving as ReceivingChain;
  if (header.index < chain.index) throw new CryptoCoreError('protocol-error');
  const skip = skipTo(chain, header.index, ratchetKey, ratcheted.next.skipped);
  const { messageKeySeed, next: nextChain } = stepChain(skip.chain);
  const next = { ...ratcheted.next, receiving: { ratchetKey, chain: nextChain }, skipped: skip.skipped };
  const consumed = [...ratcheted.consumed, chain.chainKey, skip.chain.chainKey, ...skip.dropped];
  return decrypt({ next, consumed }, messageKeySeed, bytes);
}

async function decrypt(
  step: { readonly next: SignalState; readonly consumed: readonly Uint8Array[] },
  messageKeySeed: Uint8Array,
  bytes: Uint8Array,
): Promise<LayerStep<SignalState>> {
  const keys = deriveMessageKeys(messageKeySeed);
  const header = bytes.subarray(0, SIGNAL_HEADER_BYTES);
  const input = await aeadInput(keys, concat(step.next.associatedData, header));
  const plaintext = await aesGcmDecrypt(input, bytes.subarray(SIGNAL_HEADER_BYTES));
  const consumed = [...step.consumed, messageKeySeed, keys.cipherKey, keys.macKey];
  return { next: step.next, bytes: plaintext, consumed };
}

async function aeadInput(keys: MessageKeys, associatedData: Uint8Array): Promise<AeadInput> {
  const key = await importAesKey(keys.cipherKey);
  return { key, nonce: keys.iv.subarray(0, GCM_NONCE_BYTES), associatedData };
}

function encodeHeader(state: SignalState): Uint8Array {
  return concat(state.sendingKey.publicKey, u32(state.previousLength), u32(state.sendingChain.index));
}

function decodeHeader(bytes: Uint8Array): Header {
  return {
    ratchetKey: bytes.slice(0, RATCHET_KEY_BYTES),
    previousLength: readU32(bytes, RATCHET_KEY_BYTES),
    index: readU32(bytes, RATCHET_KEY_BYTES + 4),
  };
}
