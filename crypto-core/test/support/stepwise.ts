/**
 * The cascade one layer at a time, as an attacker with valid keys or a thief of a state sees it: the bytes between
 * the layers, and which layer was reached. Tests hold that it agrees with sealFrame and openFrame.
 */
import { aesLayer } from '../../aes/aes-layer.ts';
import type { CipherLayer } from '../../cascade/cipher-layer.ts';
import type { ContentKind } from '../../cascade/padding.ts';
import { pad, unpad } from '../../cascade/padding.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { CryptoCoreError } from '../../errors.ts';
import { decodeFrame } from '../../frame/frame.ts';
import { kemLayer } from '../../ml-kem/kem-layer.ts';
import { mlsLayer } from '../../mls/mls-layer.ts';
import { signalLayer } from '../../signal/signal-layer.ts';

/** A place in the cascade, innermost first. */
export type LayerId = 'mls' | 'signal' | 'kem' | 'aes';

/** Innermost first: the order of sealing. */
export const LAYER_IDS: readonly LayerId[] = ['mls', 'signal', 'kem', 'aes'];

/** The layer that stands at `id`. */
export function layerAt(id: LayerId): CipherLayer<unknown> {
  const layers = { mls: mlsLayer, signal: signalLayer, kem: kemLayer, aes: aesLayer };
  return layers[id] as CipherLayer<unknown>;
}

/** What goes into the cascade and what comes out of each layer; `aes` is the frame. */
export interface LayerBytes {
  readonly padded: Uint8Array;
  readonly mls: Uint8Array;
  readonly signal: Uint8Array;
  readonly kem: Uint8Array;
  readonly aes: Uint8Array;
}

export interface SealedStepwise {
  readonly next: PairState;
  readonly bytes: LayerBytes;
  readonly consumed: readonly Uint8Array[];
}

/** Seals a body and keeps what each layer gave. */
export function sealStepwise(state: PairState, kind: ContentKind, body: Uint8Array): Promise<SealedStepwise> {
  return sealPadded(state, pad(kind, body));
}

/** Seals any bytes in the place of a padded plaintext. */
export async function sealPadded(state: PairState, padded: Uint8Array): Promise<SealedStepwise> {
  const outputs: Partial<Record<LayerId, Uint8Array>> = {};
  const consumed: Uint8Array[] = [];
  let [next, bytes] = [state, padded];
  for (const id of LAYER_IDS) {
    const step = await layerAt(id).seal(next[id], bytes);
    next = { ...next, [id]: step.next } as PairState;
    bytes = step.bytes;
    outputs[id] = bytes;
    consumed.push(...step.consumed);
  }
  return { next, bytes: { padded, ...(outputs as Record<LayerId, Uint8Array>) }, consumed };
}

/** Seals `bytes` as the output of layer `above` by the layers outside of it, with the sender's true keys. */
export async function sealOutside(state: PairState, above: LayerId, bytes: Uint8Array): Promise<Uint8Array> {
  let sealed = bytes;
  for (const id of LAYER_IDS.slice(LAYER_IDS.indexOf(above) + 1)) {
    sealed = (await layerAt(id).seal(state[id], sealed)).bytes;
  }
  return sealed;
}

/** How far a frame came. */
export type OpenedStepwise =
  | {
      readonly kind: 'opened';
      readonly next: PairState;
      readonly contentKind: ContentKind;
      readonly body: Uint8Array;
      readonly consumed: readonly Uint8Array[];
      readonly bytes: LayerBytes;
    }
  | { readonly kind: 'rejected'; readonly by: LayerId | 'frame' | 'padding'; readonly error: unknown };

/** Opens as openFrame does, one layer after the other; `onReach` hears of each parser before it runs. */
export async function openStepwise(
  state: PairState,
  frame: Uint8Array,
  onReach: (place: LayerId | 'frame' | 'padding') => void = () => undefined,
): Promise<OpenedStepwise> {
  let place: LayerId | 'frame' | 'padding' = 'frame';
  const inputs: Partial<Record<LayerId, Uint8Array>> = {};
  const consumed: Uint8Array[] = [];
  let [next, bytes] = [state, frame];
  try {
    onReach(place);
    decodeFrame(frame);
    for (const id of LAYER_IDS.toReversed()) {
      onReach((place = id));
      inputs[id] = bytes;
      if (id === 'signal') assertNext(next, bytes);
      const step = await layerAt(id).open(next[id], bytes);
      next = { ...next, [id]: step.next } as PairState;
      bytes = step.bytes;
      consumed.push(...step.consumed);
    }
    onReach((place = 'padding'));
    const { kind: contentKind, body } = unpad(bytes);
    const reached = { padded: bytes, ...(inputs as Record<LayerId, Uint8Array>) };
    return { kind: 'opened', next, contentKind, body, consumed, bytes: reached };
  } catch (error) {
    return { kind: 'rejected', by: place, error };
  }
}

/** CC-CAS-10: inside the cascade a Signal message is the next one, or nothing. */
function assertNext({ signalEngine, signal }: PairState, bytes: Uint8Array): void {
  if (!signalEngine.isNext(signal, bytes)) throw new CryptoCoreError('protocol-error');
}
