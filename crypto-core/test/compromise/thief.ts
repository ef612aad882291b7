/**
 * The attacker program: it has one side's whole state as it was at one moment, and every frame that was ever on the
 * wire. It only listens. Into the past it tries every secret that it holds; into the future it moves its own copy on
 * with every frame that it can still open, in both directions, and takes part in every renewal whose secret it holds.
 */
import { installRotation } from '../../aes/aes-state.ts';
import type { AesState } from '../../aes/aes-state.ts';
import { decodeControlPdu } from '../../cascade/control-pdu.ts';
import type { PairState } from '../../cascade/pair-state.ts';
import { advanceAsOfferer } from '../../ml-kem/kem-ratchet.ts';
import type { KemState } from '../../ml-kem/kem-ratchet.ts';
import { decapsulate } from '../../ml-kem/ml-kem-768.ts';
import type { MlsState } from '../../mls/mls-state.ts';
import type { SignalState } from '../../signal/double-ratchet.ts';
import { LAYER_IDS, layerAt } from '../support/stepwise.ts';
import type { LayerId } from '../support/stepwise.ts';
import { steal } from './recording.ts';
import type { RecordedFrame, Side } from './recording.ts';

type LayerStates = Pick<PairState, LayerId>;

/** To the side that was robbed, or from it. */
type Direction = 'inbound' | 'outbound';

export class Thief {
  readonly #victim: Side;
  readonly #stolen: PairState;
  /** Opens what the victim receives; what it sends. */
  #views: Record<Direction, LayerStates>;

  constructor(victim: Side, stolen: PairState) {
    this.#victim = victim;
    this.#stolen = steal(stolen);
    this.#views = { inbound: this.#stolen, outbound: mirror(this.#stolen) };
  }

  /** Whether one layer's ciphertext opens as things stand: everything around it is given away. Moves on if so. */
  async followLayer(id: LayerId, frame: RecordedFrame): Promise<boolean> {
    const opened = await this.#openLayer(id, this.#directionOf(frame), frame.bytes[id]);
    if (frame.isControl) await this.#learn(frame, id === 'kem' || id === 'aes' ? [id] : []);
    return opened !== null;
  }

  /** Whether the whole frame opens. Moves all layers on as far as they open; learns from control PDUs it reads. */
  async followFrame(frame: RecordedFrame): Promise<boolean> {
    const direction = this.#directionOf(frame);
    let bytes: Uint8Array | null = frame.bytes.aes;
    for (const id of LAYER_IDS.toReversed()) {
      bytes = await this.#openLayer(id, direction, bytes);
      if (bytes === null) return false;
    }
    if (frame.isControl) await this.#learn(frame, ['kem', 'aes']);
    return true;
  }

  /** Whether any secret of the dump opens an earlier message's ciphertext at this layer. */
  async opensPast(id: LayerId, frame: RecordedFrame): Promise<boolean> {
    const direction = this.#directionOf(frame);
    const view = direction === 'inbound' ? this.#stolen : mirror(this.#stolen);
    for (const guess of guesses(id, view, frame)) {
      if ((await tryOpen(id, guess, frame.bytes[id])) !== null) return true;
    }
    return false;
  }

  #directionOf({ from }: RecordedFrame): Direction {
    return from === this.#victim ? 'outbound' : 'inbound';
  }

  async #openLayer(id: LayerId, direction: Direction, bytes: Uint8Array): Promise<Uint8Array | null> {
    const step = await tryOpen(id, this.#views[direction], bytes);
    if (step === null) return null;
    this.#views[direction] = { ...this.#views[direction], [id]: step.next };
    return step.bytes;
  }

  /** Follows a renewal whose private half was in the dump. */
  async #learn({ from, body }: RecordedFrame, ids: readonly LayerId[]): Promise<void> {
    if (from === this.#victim) return;
    const pdu = decodeControlPdu(body);
    if (pdu.type === 'mlkem-key-exchange-response' && ids.includes('kem')) await this.#rekey(pdu.gen, pdu.ct);
    if (pdu.type === 'rotation-timestamp-broadcast' && ids.includes('aes')) {
      await this.#rotate(pdu.gen, { publicKey: pdu.x25519, pdu: body });
    }
  }

  async #rekey(gen: number, ciphertext: Uint8Array): Promise<void> {
    const { offer, generation } = this.#stolen.kem;
    if (offer === null || gen !== generation + 1) return;
    const sharedSecret = await decapsulate(offer.seed, ciphertext);
    const exchange = { encapsulationKey: offer.encapsulationKey, ciphertext, sharedSecret };
    const { next } = advanceAsOfferer(this.#stolen.kem, exchange, 0);
    this.#views.inbound = { ...this.#views.inbound, kem: next };
    this.#views.outbound = { ...this.#views.outbound, kem: mirrorKem(next) };
  }

  async #rotate(gen: number, peerRotation: NonNullable<AesState['peerRotation']>): Promise<void> {
    const { aes } = this.#stolen;
    if (aes.ownRotation === null || gen !== aes.generation + 1) return;
    const { next } = await installRotation({ ...aes, peerRotation }, 0);
    const { receiving } = this.#views.inbound.aes;
    this.#views.inbound = { ...this.#views.inbound, aes: { ...next, receiving } };
    this.#views.outbound = { ...this.#views.outbound, aes: mirrorAes(next) };
  }
}

interface Opened {
  readonly next: unknown;
  readonly bytes: Uint8Array;
}

async function tryOpen(id: LayerId, view: LayerStates, bytes: Uint8Array): Promise<Opened | null> {
  try {
    return await layerAt(id).open(view[id], bytes);
  } catch {
    return null; // not with these keys
  }
}

// ---------------------------------------------------------------- the other direction

/** The victim's state as that of whoever receives what the victim sends. Symmetric keys serve both. */
function mirror({ mls, signal, kem, aes }: LayerStates): LayerStates {
  return { mls: mirrorMls(mls), signal: mirrorSignal(signal), kem: mirrorKem(kem), aes: mirrorAes(aes) };
}

function mirrorMls(mls: MlsState): MlsState {
  return { ...mls, peerLeafIndex: mls.peerLeafIndex === 0 ? 1 : 0 };
}

function mirrorSignal(signal: SignalState): SignalState {
  const { sendingKey, sendingChain } = signal;
  return {
    ...signal,
    receiving: { ratchetKey: sendingKey.publicKey, chain: sendingChain },
    skipped: new Map(),
  };
}

function mirrorKem(kem: KemState): KemState {
  const role = kem.role === 'A' ? 'B' : 'A';
  return { ...kem, role, sending: kem.receiving, receiving: kem.sending, upcoming: null };
}

function mirrorAes(aes: AesState): AesState {
  const role = aes.role === 'A' ? 'B' : 'A';
  return { ...aes, role, sending: aes.receiving, receiving: aes.sending, upcoming: null };
}

// ---------------------------------------------------------------- guesses at the past

/** States in which a stolen secret stands where the message's own key stood, with the message's counters. */
function guesses(id: LayerId, view: LayerStates, { bytes, index }: RecordedFrame): LayerStates[] {
  const secrets = collectSecrets(view);
  switch (id) {
    case 'mls':
      return [view, ...guessMls(view, secrets, index)];
    case 'signal':
      return [view, ...guessSignal(view, secrets, bytes.signal)];
    case 'kem':
      return [view, ...guessKem(view, secrets, bytes.kem)];
    case 'aes':
      return [view, ...guessAes(view, bytes.aes)];
  }
}

/** Every byte string of a key's size in the dump. */
function collectSecrets(value: unknown, found: Uint8Array[] = []): Uint8Array[] {
  if (value instanceof Uint8Array) {
    if (value.length === 32 || value.length === 64) found.push(value);
  } else if (value instanceof Map || Array.isArray(value)) {
    for (const item of value.values()) collectSecrets(item, found);
  } else if (typeof value === 'object' && value !== null && !(value instanceof CryptoKey)) {
    for (const item of Object.values(value)) collectSecrets(item, found);
  }
  return found;
}

/** As the ratchet of the sender's leaf at the message's generation: each frame takes one. */
function guessMls(view: LayerStates, secrets: readonly Uint8Array[], generation: number): LayerStates[] {
  const { client, peerLeafIndex } = view.mls;
  const node = client.secretTree[2 * peerLeafIndex];
  if (node === undefined) return [];
  const candidates = secrets.filter(({ length }) => length === 64);
  return candidates.map(secret => {
    const secretTree = [...client.secretTree];
    secretTree[2 * peerLeafIndex] = { ...node, application: { ...node.application, secret, generation } };
    return { ...view, mls: { ...view.mls, client: { ...client, secretTree } } };
  });
}

/** As the chain key of the message's ratchet key at its index. */
function guessSignal(view: LayerStates, secrets: readonly Uint8Array[], bytes: Uint8Array): LayerStates[] {
  const ratchetKey = bytes.slice(0, 32);
  const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(36);
  return secrets.map(chainKey => ({
    ...view,
    signal: { ...view.signal, receiving: { ratchetKey, chain: { chainKey, index } } },
  }));
}

/** As the chain key of the message's generation at its counter. */
function guessKem(view: LayerStates, secrets: readonly Uint8Array[], bytes: Uint8Array): LayerStates[] {
  const head = new DataView(bytes.buffer, bytes.byteOffset);
  const [generation, counter] = [head.getUint32(0), head.getUint32(4)];
  return secrets.map(chainKey => ({
    ...view,
    kem: { ...view.kem, receiving: { generation, chainKey, counter } },
  }));
}

/** With each working key, which no counter protects: only the hash step and rotations do. */
function guessAes(view: LayerStates, frame: Uint8Array): LayerStates[] {
  const counter = Number(new DataView(frame.buffer, frame.byteOffset).getBigUint64(3));
  const generation = frame[2] as number;
  const { receiving, upcoming } = view.aes;
  return [receiving, ...(upcoming === null ? [] : [upcoming])].map(record => ({
    ...view,
    aes: { ...view.aes, receiving: { ...record, generation, counter }, upcoming: null },
  }));
}
