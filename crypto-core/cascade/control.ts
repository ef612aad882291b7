/**
 * The cascade's own traffic: rekeying the KEM ratchet and rotating the record layer (SPEC.md CC-KEM,
 * CC-AES). Pure: (state, input) → next state and the frames to send, in this order.
 *
 * A control frame is sealed under the keys it is about to replace; the switch comes right after it,
 * so the ordered channel tells the peer exactly where the new keys begin.
 */
import { installRotation } from '../aes/aes-state.ts';
import { CryptoCoreError } from '../errors.ts';
import type { SealedFrame } from '../frame/frame.ts';
import { generateX25519 } from '../identity/x25519.ts';
import { advanceAsAnswerer, advanceAsOfferer, isTurnOf } from '../ml-kem/kem-ratchet.ts';
import type { KemState } from '../ml-kem/kem-ratchet.ts';
import { decapsulate, encapsulate, generateKemKeyPair } from '../ml-kem/ml-kem-768.ts';
import type { SignalState } from '../signal/double-ratchet.ts';
import { decodeControlPdu, encodeControlPdu } from './control-pdu.ts';
import type { ControlPdu } from './control-pdu.ts';
import { CONTENT_CONTROL } from './padding.ts';
import type { PairState } from './pair-state.ts';
import { sealFrame } from './pair-state.ts';

/** When keys are renewed. Injectable for tests only. */
export interface RenewalThresholds {
  readonly rekeyAfterMessages: number;
  readonly rekeyAfterMs: number;
  readonly rotateAfterFrames: number;
  readonly rotateAfterMs: number;
  /** Fewest frames of a generation, and least time, before a peer may demand the next (either of them). */
  readonly peerRotatesAfterFrames: number;
  readonly peerRotatesAfterMs: number;
}

/** The profile's thresholds (SPEC.md CC-KEM-06, CC-AES-06, CC-AES-09). */
export const RENEWAL_THRESHOLDS: RenewalThresholds = {
  rekeyAfterMessages: 50,
  rekeyAfterMs: 10 * 60_000,
  rotateAfterFrames: 2 ** 20,
  rotateAfterMs: 60 * 60_000,
  // Far below what an honest peer keeps to; a rotation costs two or three frames, so that is 5 % at most.
  peerRotatesAfterFrames: 64,
  peerRotatesAfterMs: 60_000,
};

/** The state after control work, the frames that it caused, and what became obsolete. */
export interface ControlStep<Signal = SignalState> {
  readonly next: PairState<Signal>;
  readonly frames: readonly SealedFrame[];
  readonly consumed: readonly Uint8Array[];
}

/** Starts what is due: our KEM offer when it is our turn, our half of a rotation. */
export async function renewKeys<Signal>(
  state: PairState<Signal>,
  thresholds: RenewalThresholds,
  nowMs: number,
): Promise<ControlStep<Signal>> {
  const offered = isRekeyDue(state, thresholds, nowMs) ? await offerRekey(state) : unchanged(state);
  if (!isRotationDue(offered.next, thresholds, nowMs)) return offered;
  return append(offered, await sendOwnRotation(offered.next, nowMs));
}

/** Acts on a control PDU that a peer sealed. Throws `protocol-error` when it is malformed or untimely. */
export async function acceptControl<Signal>(
  state: PairState<Signal>,
  body: Uint8Array,
  thresholds: RenewalThresholds,
  nowMs: number,
): Promise<ControlStep<Signal>> {
  const pdu = decodeControlPdu(body);
  switch (pdu.type) {
    case 'mlkem-key-exchange':
      return answerRekey(state, pdu, nowMs);
    case 'mlkem-key-exchange-response':
      return finishRekey(state, pdu, nowMs);
    case 'rotation-timestamp-broadcast':
      if (!mayPeerRotate(state, thresholds, nowMs)) throw new CryptoCoreError('protocol-error');
      return acceptRotation(state, { publicKey: pdu.x25519, pdu: body.slice() }, pdu.gen, nowMs);
  }
}

function isRekeyDue({ kem }: PairState<unknown>, thresholds: RenewalThresholds, nowMs: number): boolean {
  if (kem.offer !== null || !isTurnOf(kem.role, kem.generation + 1)) return false;
  if (kem.messages >= thresholds.rekeyAfterMessages) return true;
  return kem.messages > 0 && nowMs - kem.rekeyedAtMs >= thresholds.rekeyAfterMs;
}

function isRotationDue({ aes }: PairState<unknown>, thresholds: RenewalThresholds, nowMs: number): boolean {
  if (aes.ownRotation !== null) return false;
  const frames = aes.sending.counter;
  if (frames >= thresholds.rotateAfterFrames) return true;
  return frames > 0 && nowMs - aes.installedAtMs >= thresholds.rotateAfterMs;
}

/**
 * Whether a half of the peer comes late enough. Else it could have us make keys with every frame. Counters are strict,
 * so we know how many frames it sent; and it began its generation after we sealed our half, however late what it sends
 * arrives here. A clock that was set back proves nothing against it.
 */
function mayPeerRotate({ aes }: PairState<unknown>, thresholds: RenewalThresholds, nowMs: number): boolean {
  const isAnswer = aes.ownRotation !== null;
  if (isAnswer || aes.generation === 0) return true;
  const elapsedMs = nowMs - aes.ownHalfAtMs;
  if (elapsedMs < 0 || elapsedMs >= thresholds.peerRotatesAfterMs) return true;
  return aes.receiving.counter > thresholds.peerRotatesAfterFrames;
}

async function offerRekey<Signal>(state: PairState<Signal>): Promise<ControlStep<Signal>> {
  const offer = await generateKemKeyPair();
  const gen = state.kem.generation + 1;
  const sealed = await sealControl(state, { type: 'mlkem-key-exchange', gen, ek: offer.encapsulationKey });
  return { ...sealed, next: { ...sealed.next, kem: { ...sealed.next.kem, offer } } };
}

async function answerRekey<Signal>(
  state: PairState<Signal>,
  pdu: { readonly gen: number; readonly ek: Uint8Array },
  nowMs: number,
): Promise<ControlStep<Signal>> {
  const { kem } = state;
  const isPeersTurn = pdu.gen === kem.generation + 1 && !isTurnOf(kem.role, pdu.gen);
  if (!isPeersTurn) throw new CryptoCoreError('protocol-error');
  const { ciphertext, sharedSecret } = await encapsulate(pdu.ek);
  const response = { type: 'mlkem-key-exchange-response', gen: pdu.gen, ct: ciphertext } as const;
  const sealed = await sealControl(state, response);
  const exchange = { encapsulationKey: pdu.ek, ciphertext, sharedSecret };
  const advanced = advanceAsAnswerer(sealed.next.kem, exchange, nowMs);
  return withKem(sealed, advanced);
}

async function finishRekey<Signal>(
  state: PairState<Signal>,
  pdu: { readonly gen: number; readonly ct: Uint8Array },
  nowMs: number,
): Promise<ControlStep<Signal>> {
  const { offer, generation, upcoming } = state.kem;
  // Who answers has our offer, so it left the generation before that too.
  if (offer === null || upcoming !== null || pdu.gen !== generation + 1) {
    throw new CryptoCoreError('protocol-error');
  }
  const sharedSecret = await decapsulate(offer.seed, pdu.ct);
  const exchange = { encapsulationKey: offer.encapsulationKey, ciphertext: pdu.ct, sharedSecret };
  return withKem(unchanged(state), advanceAsOfferer(state.kem, exchange, nowMs));
}

async function acceptRotation<Signal>(
  state: PairState<Signal>,
  peerRotation: { readonly publicKey: Uint8Array; readonly pdu: Uint8Array },
  gen: number,
  nowMs: number,
): Promise<ControlStep<Signal>> {
  const { aes } = state;
  // Who sends a half for g+1 seals it under g.
  const isTimely = gen === aes.generation + 1 && aes.peerRotation === null && aes.upcoming === null;
  if (!isTimely) throw new CryptoCoreError('protocol-error');
  const noted = unchanged({ ...state, aes: { ...aes, peerRotation } });
  const complete = aes.ownRotation === null ? append(noted, await sendOwnRotation(noted.next, nowMs)) : noted;
  const installed = await installRotation(complete.next.aes, nowMs);
  return {
    next: { ...complete.next, aes: installed.next },
    frames: complete.frames,
    consumed: [...complete.consumed, ...installed.consumed],
  };
}

async function sendOwnRotation<Signal>(
  state: PairState<Signal>,
  nowMs: number,
): Promise<ControlStep<Signal>> {
  const keyPair = await generateX25519();
  const pdu: ControlPdu = {
    type: 'rotation-timestamp-broadcast',
    gen: state.aes.generation + 1,
    timestamp: Math.max(0, Math.floor(nowMs)),
    x25519: keyPair.publicKey,
  };
  const sealed = await sealControl(state, pdu);
  const ownRotation = { keyPair, pdu: encodeControlPdu(pdu) };
  const aes = { ...sealed.next.aes, ownRotation, ownHalfAtMs: nowMs };
  return { ...sealed, next: { ...sealed.next, aes } };
}

async function sealControl<Signal>(state: PairState<Signal>, pdu: ControlPdu): Promise<ControlStep<Signal>> {
  const { next, frame, consumed } = await sealFrame(state, CONTENT_CONTROL, encodeControlPdu(pdu));
  return { next, frames: [frame], consumed };
}

function withKem<Signal>(
  step: ControlStep<Signal>,
  advanced: { readonly next: KemState; readonly consumed: readonly Uint8Array[] },
): ControlStep<Signal> {
  return {
    next: { ...step.next, kem: advanced.next },
    frames: step.frames,
    consumed: [...step.consumed, ...advanced.consumed],
  };
}

function append<Signal>(first: ControlStep<Signal>, second: ControlStep<Signal>): ControlStep<Signal> {
  return {
    next: second.next,
    frames: [...first.frames, ...second.frames],
    consumed: [...first.consumed, ...second.consumed],
  };
}

function unchanged<Signal>(state: PairState<Signal>): ControlStep<Signal> {
  return { next: state, frames: [], consumed: [] };
}
