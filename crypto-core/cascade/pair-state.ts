/**
 * The four pairwise states of one connection as one immutable object, and sealing and opening over
 * it (SPEC.md CC-CAS).
 *
 *     frame = AES(ML-KEM(Signal(MLS(pad(body)))))
 *
 * A step returns `next` and `consumed`; nothing changes until the caller keeps `next`, all four
 * states at once. After that, and only then, `consumed` is wiped.
 */
import { aesLayer } from '../aes/aes-layer.ts';
import { createAesState, wipeAesState } from '../aes/aes-state.ts';
import type { AesState } from '../aes/aes-state.ts';
import { giveBack } from '../bytes/scratch.ts';
import { CryptoCoreError } from '../errors.ts';
import { asSealedFrame, decodeFrame } from '../frame/frame.ts';
import type { SealedFrame } from '../frame/frame.ts';
import { kemLayer } from '../ml-kem/kem-layer.ts';
import { createKemState, wipeKemState } from '../ml-kem/kem-ratchet.ts';
import type { KemState, Role } from '../ml-kem/kem-ratchet.ts';
import { mlsLayer } from '../mls/mls-layer.ts';
import { wipeMlsSetupSecrets, wipeMlsState } from '../mls/mls-state.ts';
import type { MlsState } from '../mls/mls-state.ts';
import type { SignalState } from '../signal/double-ratchet.ts';
import type { SignalEngine } from '../signal/engine.ts';
import { openThrough, sealThrough } from './cipher-layer.ts';
import type { CipherLayer, Pipeline } from './cipher-layer.ts';
import type { ContentKind } from './padding.ts';
import { pad, unpad } from './padding.ts';

/** The four states. `Signal` is the engine's; who looks inside has our own (tests, benches). */
export interface PairState<Signal = SignalState> {
  readonly role: Role;
  readonly mls: MlsState;
  readonly signalEngine: SignalEngine<Signal>;
  readonly signal: Signal;
  readonly kem: KemState;
  readonly aes: AesState;
}

/**
 * The state that a finished handshake leaves. Takes over everything given; wipes `kem` (root_0),
 * `aes` (aes_0) and MLS's setup secrets, so exports must have been made before.
 */
export async function createPairState<Signal>(input: {
  readonly role: Role;
  readonly mls: MlsState;
  readonly signalEngine: SignalEngine<Signal>;
  readonly signal: Signal;
  /** root_0, 32 bytes. */
  readonly kem: Uint8Array;
  /** aes_0, 32 bytes. */
  readonly aes: Uint8Array;
  /** TH0, 32 bytes. */
  readonly sessionId: Uint8Array;
  readonly th1: Uint8Array;
  readonly nowMs: number;
}): Promise<PairState<Signal>> {
  const { role, mls, signalEngine, signal, sessionId, th1, nowMs } = input;
  wipeMlsSetupSecrets(mls);
  return {
    role,
    mls,
    signalEngine,
    signal,
    kem: createKemState({ role, root: input.kem, sessionId, nowMs }),
    aes: await createAesState({ role, root: input.aes, th1, nowMs }),
  };
}

/** A sealed frame and the state after it. */
export interface SealStep<Signal = SignalState> {
  readonly next: PairState<Signal>;
  readonly frame: SealedFrame;
  readonly consumed: readonly Uint8Array[];
}

/** Seals one body. Throws `invalid-argument` for a body above 192 KiB. */
export async function sealFrame<Signal>(
  state: PairState<Signal>,
  kind: ContentKind,
  body: Uint8Array,
): Promise<SealStep<Signal>> {
  const padded = pad(kind, body);
  const step = await sealThrough(pipelineOf(state), padded);
  giveBack(padded);
  return { next: withStates(state, step.next), frame: asSealedFrame(step.bytes), consumed: step.consumed };
}

/** An opened body and the state after it. */
export interface OpenStep<Signal = SignalState> {
  readonly next: PairState<Signal>;
  readonly kind: ContentKind;
  readonly body: Uint8Array;
  readonly consumed: readonly Uint8Array[];
}

/** Opens one frame of a hostile peer. Throws `protocol-error`, the same for every layer. */
export async function openFrame<Signal>(
  state: PairState<Signal>,
  bytes: Uint8Array,
): Promise<OpenStep<Signal>> {
  decodeFrame(bytes); // form and size, before any cryptography
  const step = await openThrough(pipelineOf(state), bytes);
  return { next: withStates(state, step.next), ...unpad(step.bytes), consumed: step.consumed };
}

/** Wipes every secret when the session ends. */
export function wipePairState<Signal>(state: PairState<Signal>): void {
  wipeMlsState(state.mls);
  state.signalEngine.wipe(state.signal);
  wipeKemState(state.kem);
  wipeAesState(state.aes);
}

/** The profile's layers, innermost first. A constant but for who computes Signal: no production code takes a list. */
function pipelineOf<Signal>(state: PairState<Signal>): Pipeline {
  const layers = [
    mlsLayer,
    inOrder(state.signalEngine),
    kemLayer,
    aesLayer,
  ] as readonly CipherLayer<unknown>[];
  return { layers, states: [state.mls, state.signal, state.kem, state.aes] };
}

/** The engine's layer without its tolerance for late messages: here the channel is ordered (SPEC.md CC-CAS-10). */
function inOrder<Signal>(engine: SignalEngine<Signal>): CipherLayer<Signal> {
  const { name, seal, open } = engine.layer;
  return {
    name,
    seal,
    async open(state, bytes) {
      if (!engine.isNext(state, bytes)) throw new CryptoCoreError('protocol-error');
      return open(state, bytes);
    },
  };
}

function withStates<Signal>(state: PairState<Signal>, states: readonly unknown[]): PairState<Signal> {
  const [mls, signal, kem, aes] = states as readonly [MlsState, Signal, KemState, AesState];
  return { role: state.role, mls, signalEngine: state.signalEngine, signal, kem, aes };
}
