/**
 * The ML-KEM layer: messages of the KEM ratchet in binary (SPEC.md CC-KEM).
 *
 *     message = generation u32 ‖ counter u32 ‖ AES-256-GCM(message key, plaintext)
 *     message key = HMAC(chain, 0x01), chain' = HMAC(chain, 0x02); nonce = 0^8 ‖ counter
 *     associated data = TH0 ‖ "kem" ‖ direction (0 A→B, 1 B→A) ‖ generation ‖ counter
 *
 * The stream is strictly ordered: any other generation or counter than the next one is refused, so
 * nothing is skipped, replayed or kept.
 */
import { concat } from '../bytes/concat.ts';
import { readU32, u32 } from '../bytes/integers.ts';
import { hmacSha256Pair } from '../bytes/kdf.ts';
import { concatBorrowed } from '../bytes/scratch.ts';
import { utf8 } from '../bytes/utf8.ts';
import type { CipherLayer } from '../cascade/cipher-layer.ts';
import { CryptoCoreError } from '../errors.ts';
import { aesGcmDecrypt, aesGcmEncrypt, GCM_TAG_BYTES, importAesKey } from '../primitives/aes-gcm.ts';
import type { AeadInput } from '../primitives/aes-gcm.ts';
import type { KemChain, KemState, Role } from './kem-ratchet.ts';

/** generation ‖ counter. */
export const KEM_HEADER_BYTES = 8;

const LABEL = utf8('kem');
const MESSAGE_KEY_CONSTANT = new Uint8Array([0x01]);
const CHAIN_KEY_CONSTANT = new Uint8Array([0x02]);
const NONCE_PREFIX = new Uint8Array(8);

/** The KEM ratchet as a layer of the cascade. `open` throws `protocol-error` and leaves the state usable. */
export const kemLayer: CipherLayer<KemState> = {
  name: 'ML-KEM',

  async seal(state, plaintext) {
    const { messageKey, next: sending } = stepChain(state.sending);
    const header = encodeHeader(state.sending);
    const input = await aeadInput({ state, sender: state.role, messageKey, header });
    const ciphertext = await aesGcmEncrypt(input, plaintext);
    return {
      next: { ...state, sending, messages: state.messages + 1 },
      bytes: concatBorrowed(header, ciphertext),
      consumed: [state.sending.chainKey, messageKey],
    };
  },

  async open(state, bytes) {
    if (bytes.length < KEM_HEADER_BYTES + GCM_TAG_BYTES) throw new CryptoCoreError('protocol-error');
    const { chain, isFirstOfGeneration } = selectChain(state, bytes);
    const { messageKey, next: receiving } = stepChain(chain);
    const header = bytes.subarray(0, KEM_HEADER_BYTES);
    const input = await aeadInput({ state, sender: opposite(state.role), messageKey, header });
    const plaintext = await aesGcmDecrypt(input, bytes.subarray(KEM_HEADER_BYTES));
    const upcoming = isFirstOfGeneration ? null : state.upcoming;
    const retired = isFirstOfGeneration ? [state.receiving.chainKey] : [];
    return {
      next: { ...state, receiving, upcoming, messages: state.messages + 1 },
      bytes: plaintext,
      consumed: [chain.chainKey, messageKey, ...retired],
    };
  },
};

function selectChain(
  state: KemState,
  bytes: Uint8Array,
): { readonly chain: KemChain; readonly isFirstOfGeneration: boolean } {
  const generation = readU32(bytes, 0);
  const counter = readU32(bytes, 4);
  const matches = (chain: KemChain): boolean => chain.generation === generation && chain.counter === counter;
  if (matches(state.receiving)) return { chain: state.receiving, isFirstOfGeneration: false };
  if (state.upcoming !== null && matches(state.upcoming)) {
    return { chain: state.upcoming, isFirstOfGeneration: true };
  }
  throw new CryptoCoreError('protocol-error');
}

function stepChain(chain: KemChain): { readonly messageKey: Uint8Array; readonly next: KemChain } {
  const [messageKey, chainKey] = hmacSha256Pair(chain.chainKey, MESSAGE_KEY_CONSTANT, CHAIN_KEY_CONSTANT);
  return { messageKey, next: { generation: chain.generation, chainKey, counter: chain.counter + 1 } };
}

function encodeHeader(chain: KemChain): Uint8Array {
  return concat(u32(chain.generation), u32(chain.counter));
}

async function aeadInput(input: {
  readonly state: KemState;
  readonly sender: Role;
  readonly messageKey: Uint8Array;
  readonly header: Uint8Array;
}): Promise<AeadInput> {
  const direction = new Uint8Array([input.sender === 'A' ? 0 : 1]);
  return {
    key: await importAesKey(input.messageKey),
    nonce: concat(NONCE_PREFIX, input.header.subarray(4)),
    associatedData: concat(input.state.sessionId, LABEL, direction, input.header),
  };
}

function opposite(role: Role): Role {
  return role === 'A' ? 'B' : 'A';
}
