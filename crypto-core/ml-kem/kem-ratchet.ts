/**
 * State and steps of the KEM ratchet (SPEC.md CC-KEM), without a message format.
 *
 *     generation g:  root_g ──► chain A→B, chain B→A, next_g            (root_g is wiped)
 *     rekey:         root_{g+1} = L(Extract(next_g, ss), "kem root", TH0 ‖ H(ek) ‖ H(ct) ‖ g+1)
 *     turns:         the offer for generation n is A's when n is even, B's when n is odd
 *
 *     offerer   ── mlkem-key-exchange {n, ek} ──►  answerer       both frames still under n−1
 *     offerer   ◄─ mlkem-key-exchange-response {n, ct} ──         then each sends under n
 *
 * The channel is ordered. So the response is the answerer's last frame under n−1, while the answerer
 * keeps receiving n−1 until the offerer's first frame under n. `next_g` instead of `root_g` is kept:
 * a stolen state cannot go back to the beginning of its own generation.
 */
import { concat } from '../bytes/concat.ts';
import { u32 } from '../bytes/integers.ts';
import { deriveKey, hkdfExtract, sha256 } from '../bytes/kdf.ts';
import { wipe } from '../bytes/wipe.ts';
import type { KemKeyPair } from './ml-kem-768.ts';

/** Who one is on the connection; HANDSHAKE.md calls the SDP offerer A. */
export type Role = 'A' | 'B';

/** One direction of one generation, before message `counter`. `chainKey`: 32 bytes. */
export interface KemChain {
  readonly generation: number;
  readonly chainKey: Uint8Array;
  readonly counter: number;
}

/** One side of a KEM ratchet. */
export interface KemState {
  readonly role: Role;
  /** TH0, 32 bytes. */
  readonly sessionId: Uint8Array;
  readonly generation: number;
  /** next_g, 32 bytes. */
  readonly nextRoot: Uint8Array;
  readonly sending: KemChain;
  readonly receiving: KemChain;
  /** Chain of the new generation until the peer's first frame under it. */
  readonly upcoming: KemChain | null;
  /** Our unanswered offer for generation + 1. */
  readonly offer: KemKeyPair | null;
  /** Messages in both directions since the generation began. */
  readonly messages: number;
  readonly rekeyedAtMs: number;
}

/** One exchange. The caller keeps none of it. */
export interface KemExchange {
  readonly encapsulationKey: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** 32 bytes; wiped here. */
  readonly sharedSecret: Uint8Array;
}

/**
 * Handshake: root_0 = L(ss, "kem root", TH0 ‖ H(ek) ‖ H(ct)) and s_kem = L(ss, "export", TH0), 32
 * bytes each. Wipes the shared secret.
 */
export function deriveKemSecrets(
  exchange: KemExchange,
  sessionId: Uint8Array,
): { readonly root: Uint8Array; readonly exportSecret: Uint8Array } {
  const context = concat(sessionId, sha256(exchange.encapsulationKey), sha256(exchange.ciphertext));
  const root = deriveKey(exchange.sharedSecret, 'kem root', context);
  const exportSecret = deriveKey(exchange.sharedSecret, 'export', sessionId);
  wipe(exchange.sharedSecret);
  return { root, exportSecret };
}

/** Generation 0. Wipes `root`. */
export function createKemState(input: {
  readonly role: Role;
  readonly root: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly nowMs: number;
}): KemState {
  const keys = deriveGeneration(input.root, 0, input);
  return {
    role: input.role,
    sessionId: input.sessionId,
    generation: 0,
    ...keys,
    upcoming: null,
    offer: null,
    messages: 0,
    rekeyedAtMs: input.nowMs,
  };
}

/** Whether the offer for `generation` is `role`'s to make. */
export function isTurnOf(role: Role, generation: number): boolean {
  return (generation % 2 === 0) === (role === 'A');
}

/** A step and what it made obsolete. */
export interface KemStep {
  readonly next: KemState;
  readonly consumed: readonly Uint8Array[];
}

/** Our offer was answered: both directions move to the next generation. */
export function advanceAsOfferer(state: KemState, exchange: KemExchange, nowMs: number): KemStep {
  const { keys, consumed } = rekey(state, exchange);
  const offerSeed = state.offer === null ? [] : [state.offer.seed];
  return {
    next: { ...begin(state, nowMs), ...keys, upcoming: null },
    consumed: [...consumed, state.receiving.chainKey, ...offerSeed],
  };
}

/** We answered (and sealed the answer): we send under the next generation, and soon receive. */
export function advanceAsAnswerer(state: KemState, exchange: KemExchange, nowMs: number): KemStep {
  const { keys, consumed } = rekey(state, exchange);
  const { nextRoot, sending, receiving: upcoming } = keys;
  return { next: { ...begin(state, nowMs), nextRoot, sending, upcoming }, consumed };
}

/** Wipes every secret of the state when its session ends. */
export function wipeKemState(state: KemState): void {
  wipe(state.nextRoot, state.sending.chainKey, state.receiving.chainKey);
  if (state.upcoming !== null) wipe(state.upcoming.chainKey);
  if (state.offer !== null) wipe(state.offer.seed);
}

function begin(state: KemState, nowMs: number): KemState {
  return { ...state, generation: state.generation + 1, offer: null, messages: 0, rekeyedAtMs: nowMs };
}

function rekey(
  state: KemState,
  exchange: KemExchange,
): { readonly keys: GenerationKeys; readonly consumed: readonly Uint8Array[] } {
  const generation = state.generation + 1;
  const mixed = hkdfExtract(state.nextRoot, exchange.sharedSecret);
  const context = concat(
    state.sessionId,
    sha256(exchange.encapsulationKey),
    sha256(exchange.ciphertext),
    u32(generation),
  );
  const keys = deriveGeneration(deriveKey(mixed, 'kem root', context), generation, state);
  wipe(mixed);
  return { keys, consumed: [state.nextRoot, state.sending.chainKey, exchange.sharedSecret] };
}

type GenerationKeys = Pick<KemState, 'nextRoot' | 'sending' | 'receiving'>;

function deriveGeneration(
  root: Uint8Array,
  generation: number,
  side: { readonly role: Role; readonly sessionId: Uint8Array },
): GenerationKeys {
  const chain = (label: string): KemChain => ({
    generation,
    chainKey: deriveKey(root, label, side.sessionId),
    counter: 0,
  });
  const aToB = chain('kem chain A→B');
  const bToA = chain('kem chain B→A');
  const nextRoot = deriveKey(root, 'kem next', side.sessionId);
  wipe(root);
  return side.role === 'A'
    ? { nextRoot, sending: aToB, receiving: bToA }
    : { nextRoot, sending: bToA, receiving: aToB };
}
