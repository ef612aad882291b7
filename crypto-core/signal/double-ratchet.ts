/**
 * State and steps of the Double Ratchet (Signal, revision 4), without a message format.
 *
 *     initiator  root, sending chain by DH(new key, spk_B); receiving chain (spk_B) = PQXDH's chain
 *     responder  root; sending chain (spk_B) = PQXDH's chain
 *     on a new ratchet key of the peer: skip the rest of the old chain, DH step, fresh key, DH step
 *
 * PQXDH's chain key lets the responder speak first, as in the reference implementation; so either
 * side may. Private ratchet keys are non-extractable. States are immutable: a step returns `next`
 * and what it made obsolete.
 */
import { constantTimeEqual } from '../bytes/equal.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { computeX25519, generateX25519 } from '../identity/x25519.ts';
import type { X25519KeyPair } from '../identity/x25519.ts';
import type { Chain } from './chain.ts';
import { stepChain, stepRoot } from './chain.ts';
import type { PqxdhSecret } from './pqxdh.ts';
import type { SkippedKeys } from './skipped-keys.ts';
import { skippedKeyId, skipTo } from './skipped-keys.ts';

/** A receiving chain and the peer's ratchet key that it belongs to. */
export interface ReceivingChain {
  readonly ratchetKey: Uint8Array;
  readonly chain: Chain;
}

/** One side of a Double Ratchet session. */
export interface SignalState {
  /** dh_A ‖ dh_B ‖ TH0: prefix of every message's associated data. */
  readonly associatedData: Uint8Array;
  readonly rootKey: Uint8Array;
  readonly sendingKey: X25519KeyPair;
  readonly sendingChain: Chain;
  /** Length of the previous sending chain: `pn` of the header. */
  readonly previousLength: number;
  readonly receiving: ReceivingChain | null;
  readonly skipped: SkippedKeys;
}

/** The step that a new ratchet key of the peer demands. */
export interface RatchetStep {
  readonly next: SignalState;
  readonly consumed: readonly Uint8Array[];
}

/** Initiator's first state. Consumes `secret.rootKey` (wiped) and `secret.chainKey` (kept). */
export async function createInitiatorRatchet(input: {
  readonly secret: PqxdhSecret;
  /** spk_B, 32 bytes. */
  readonly peerSignedPrekey: Uint8Array;
  readonly associatedData: Uint8Array;
  /** Given by vector tests only. */
  readonly unsafeTestingRatchetKey?: X25519KeyPair;
}): Promise<SignalState> {
  const sendingKey = input.unsafeTestingRatchetKey ?? (await generateX25519());
  const shared = await computeX25519(sendingKey.privateKey, input.peerSignedPrekey);
  const { rootKey, chain } = stepRoot(input.secret.rootKey, shared);
  wipe(input.secret.rootKey);
  return {
    associatedData: input.associatedData,
    rootKey,
    sendingKey,
    sendingChain: chain,
    previousLength: 0,
    receiving: { ratchetKey: input.peerSignedPrekey, chain: { chainKey: input.secret.chainKey, index: 0 } },
    skipped: new Map(),
  };
}

/** Responder's first state; the signed prekey is its first ratchet key. Takes over the secret's keys. */
export function createResponderRatchet(input: {
  readonly secret: PqxdhSecret;
  readonly signedPrekey: X25519KeyPair;
  readonly associatedData: Uint8Array;
}): SignalState {
  return {
    associatedData: input.associatedData,
    rootKey: input.secret.rootKey,
    sendingKey: input.signedPrekey,
    sendingChain: { chainKey: input.secret.chainKey, index: 0 },
    previousLength: 0,
    receiving: null,
    skipped: new Map(),
  };
}

/** A received message's header. `ratchetKey`: 32 bytes. */
export interface MessageHeader {
  readonly ratchetKey: Uint8Array;
  /** `pn`: length of the sender's previous chain. */
  readonly previousLength: number;
  /** `n`: index in the present chain. */
  readonly index: number;
}

/** A step that gives one message key seed (32 bytes); the state may be kept only if the message opens. */
export interface MessageStep extends RatchetStep {
  readonly messageKeySeed: Uint8Array;
}

/** The key of the next message to send. */
export function stepSending(state: SignalState): MessageStep {
  const { messageKeySeed, next: sendingChain } = stepChain(state.sendingChain);
  return { next: { ...state, sendingChain }, messageKeySeed, consumed: [state.sendingChain.chainKey] };
}

/**
 * The key of a received message: a skipped one, or by DH ratchet and chain steps (§3.5). Throws
 * `protocol-error` for a message that was opened before, a jump that is too far, or a hostile key.
 */
export async function stepReceiving(
  state: SignalState,
  header: MessageHeader,
  unsafeTestingRatchetKey?: X25519KeyPair,
): Promise<MessageStep> {
  const late = stepSkipped(state, header);
  if (late !== null) return late;
  const ratcheted = isNewRatchetKey(state, header.ratchetKey)
    ? await stepRatchet(state, header, unsafeTestingRatchetKey)
    : { next: state, consumed: [] };
  return stepReceivingChain(ratcheted, header.index);
}

/** True when the message leaves no key behind and uses up none that was left. */
export function isNextHeader(state: SignalState, header: MessageHeader): boolean {
  if (isSkipped(state, header)) return false;
  const expected = state.receiving?.chain.index ?? 0;
  if (!isNewRatchetKey(state, header.ratchetKey)) return header.index === expected;
  return header.index === 0 && header.previousLength === expected;
}

/** Whether the message's key was left behind. Cheap when none was. */
function isSkipped({ skipped }: SignalState, { ratchetKey, index }: MessageHeader): boolean {
  return skipped.size > 0 && skipped.has(skippedKeyId(ratchetKey, index));
}

/** The step of a message that was jumped over, or null. */
function stepSkipped(state: SignalState, header: MessageHeader): MessageStep | null {
  if (!isSkipped(state, header)) return null;
  const skippedId = skippedKeyId(header.ratchetKey, header.index);
  const messageKeySeed = state.skipped.get(skippedId) as Uint8Array;
  const skipped = new Map(state.skipped);
  skipped.delete(skippedId);
  return { next: { ...state, skipped }, messageKeySeed, consumed: [] };
}

function stepReceivingChain(ratcheted: RatchetStep, index: number): MessageStep {
  const { receiving, skipped } = ratcheted.next;
  if (receiving === null || index < receiving.chain.index) throw new CryptoCoreError('protocol-error');
  const { ratchetKey, chain } = receiving;
  const skip = skipTo(chain, index, ratchetKey, skipped);
  const { messageKeySeed, next: nextChain } = stepChain(skip.chain);
  return {
    next: { ...ratcheted.next, receiving: { ratchetKey, chain: nextChain }, skipped: skip.skipped },
    messageKeySeed,
    consumed: [...ratcheted.consumed, chain.chainKey, skip.chain.chainKey, ...skip.dropped],
  };
}

function isNewRatchetKey(state: SignalState, ratchetKey: Uint8Array): boolean {
  return state.receiving === null || !constantTimeEqual(state.receiving.ratchetKey, ratchetKey);
}

/**
 * DHRatchet (§3.5): closes the old receiving chain at `previousLength`, takes the peer's new key and
 * answers with a fresh one. Throws `protocol-error` for a hostile key or a jump that is too far.
 */
async function stepRatchet(
  state: SignalState,
  peer: { readonly ratchetKey: Uint8Array; readonly previousLength: number },
  unsafeTestingRatchetKey?: X25519KeyPair,
): Promise<RatchetStep> {
  const closed = closeReceivingChain(state, peer.previousLength);
  const receivingSecret = await computeX25519(state.sendingKey.privateKey, peer.ratchetKey);
  const receivingStep = stepRoot(state.rootKey, receivingSecret);
  const sendingKey = unsafeTestingRatchetKey ?? (await generateX25519());
  const sendingSecret = await computeX25519(sendingKey.privateKey, peer.ratchetKey);
  const sendingStep = stepRoot(receivingStep.rootKey, sendingSecret);
  return {
    next: {
      associatedData: state.associatedData,
      rootKey: sendingStep.rootKey,
      sendingKey,
      sendingChain: sendingStep.chain,
      previousLength: state.sendingChain.index,
      receiving: { ratchetKey: peer.ratchetKey.slice(), chain: receivingStep.chain },
      skipped: closed.skipped,
    },
    consumed: [state.rootKey, receivingStep.rootKey, state.sendingChain.chainKey, ...closed.consumed],
  };
}

function closeReceivingChain(
  state: SignalState,
  length: number,
): { readonly skipped: SkippedKeys; readonly consumed: readonly Uint8Array[] } {
  if (state.receiving === null) return { skipped: state.skipped, consumed: [] };
  const { chain, ratchetKey } = state.receiving;
  const skip = skipTo(chain, length, ratchetKey, state.skipped);
  return { skipped: skip.skipped, consumed: [chain.chainKey, skip.chain.chainKey, ...skip.dropped] };
}

/** Wipes every secret of the state when its session ends. */
export function wipeSignalState(state: SignalState): void {
  wipe(state.rootKey, state.sendingChain.chainKey, ...state.skipped.values());
  if (state.receiving !== null) wipe(state.receiving.chain.chainKey);
}
