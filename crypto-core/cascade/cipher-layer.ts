/**
 * One layer of the cascade, and the pipeline that runs a list of them.
 *
 * A layer is a pair of pure functions over an immutable state. The production cascade passes the
 * constant list of the profile; other lists exist in tests and benches only.
 */
import { giveBack } from '../bytes/scratch.ts';

/** What sealing or opening gives: nothing is committed until the caller keeps `next`. */
export interface LayerStep<State> {
  readonly next: State;
  /** Ciphertext after `seal`, plaintext after `open`. The layer keeps no reference to it. */
  readonly bytes: Uint8Array;
  /** Secrets that `next` no longer needs: to be wiped once `next` replaced the old state. */
  readonly consumed: readonly Uint8Array[];
}

/** (state, input) → next state and output. Throws and changes nothing when the input is refused. */
export interface CipherLayer<State> {
  readonly name: string;
  seal(state: State, plaintext: Uint8Array): Promise<LayerStep<State>>;
  open(state: State, bytes: Uint8Array): Promise<LayerStep<State>>;
}

/** Layers innermost first, with their states at the same index. */
export interface Pipeline {
  readonly layers: readonly CipherLayer<unknown>[];
  readonly states: readonly unknown[];
}

/** Seals through every layer, the first innermost. */
export async function sealThrough(pipeline: Pipeline, plaintext: Uint8Array): Promise<LayerStep<unknown[]>> {
  return runThrough(pipeline, plaintext, 'seal');
}

/** Opens through every layer, the last first. */
export async function openThrough(pipeline: Pipeline, bytes: Uint8Array): Promise<LayerStep<unknown[]>> {
  return runThrough(pipeline, bytes, 'open');
}

async function runThrough(
  pipeline: Pipeline,
  input: Uint8Array,
  direction: 'seal' | 'open',
): Promise<LayerStep<unknown[]>> {
  const next = [...pipeline.states];
  const consumed: Uint8Array[] = [];
  let bytes = input;
  for (let i = 0; i < pipeline.layers.length; i++) {
    const index = direction === 'seal' ? i : pipeline.layers.length - 1 - i;
    const layer = pipeline.layers[index] as CipherLayer<unknown>;
    const step = await layer[direction](next[index], bytes);
    next[index] = step.next;
    // What a layer made for the next one alone; the caller's own input stays.
    if (bytes !== input && step.bytes.buffer !== bytes.buffer) giveBack(bytes);
    bytes = step.bytes;
    consumed.push(...step.consumed);
  }
  return { next, bytes, consumed };
}
