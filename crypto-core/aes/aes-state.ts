/**
 * State of the record layer and its rotation (SPEC.md CC-AES).
 *
 *     rot_X = bytes of X's rotation-timestamp-broadcast {gen g+1, timestamp, x25519 r_X}
 *     aes_{g+1} = Extract(next_g, X25519(r_A, r_B) ‖ H(lp(rot_A) ‖ lp(rot_B)))
 *     next_g = L(aes_g, "next", TH1)
 *
 * Each side says its half once per generation, at its own wish or on the peer's, and sends under
 * g+1 as soon as it holds both: by the order of the channel the peer then has them too. Two sides
 * that start at once converge, because nothing depends on who began. The receiver drops g at the
 * first frame of g+1. `next_g` is kept instead of aes_g, so that a stolen state cannot go back to
 * the beginning of its own generation.
 */
import { concat, lp } from '../bytes/concat.ts';
import { deriveKey, hkdfExtract, sha256 } from '../bytes/kdf.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { computeX25519 } from '../identity/x25519.ts';
import type { X25519KeyPair } from '../identity/x25519.ts';
import type { Role } from '../ml-kem/kem-ratchet.ts';
import type { RecordKey } from './record-key.ts';
import { createRecordKey } from './record-key.ts';

/** Our half of the next rotation: its key, and the exact PDU bytes that carried it. */
export interface OwnRotation {
  readonly keyPair: X25519KeyPair;
  readonly pdu: Uint8Array;
}

/** The peer's half. */
export interface PeerRotation {
  readonly publicKey: Uint8Array;
  readonly pdu: Uint8Array;
}

/** One side of the record layer. */
export interface AesState {
  readonly role: Role;
  readonly th1: Uint8Array;
  /** Full generation; frames carry its low 8 bits. */
  readonly generation: number;
  readonly installedAtMs: number;
  /** next_g, 32 bytes. */
  readonly nextRoot: Uint8Array;
  readonly sending: RecordKey;
  readonly receiving: RecordKey;
  /** Key of the new generation until the peer's first frame under it. */
  readonly upcoming: RecordKey | null;
  readonly ownRotation: OwnRotation | null;
  readonly peerRotation: PeerRotation | null;
  /** When our last half was sealed. The peer begins its generation after that: SPEC.md CC-AES-09. */
  readonly ownHalfAtMs: number;
}

/** Generation 0. Wipes `root` (aes_0). */
export async function createAesState(input: {
  readonly role: Role;
  readonly root: Uint8Array;
  readonly th1: Uint8Array;
  readonly nowMs: number;
}): Promise<AesState> {
  const keys = await deriveGeneration(input.root, 0, input);
  return {
    role: input.role,
    th1: input.th1,
    generation: 0,
    installedAtMs: input.nowMs,
    ...keys,
    upcoming: null,
    ownRotation: null,
    peerRotation: null,
    ownHalfAtMs: input.nowMs,
  };
}

/** Moves to the next generation once both halves are known; throws `internal` before. */
export async function installRotation(
  state: AesState,
  nowMs: number,
): Promise<{ readonly next: AesState; readonly consumed: readonly Uint8Array[] }> {
  const { ownRotation, peerRotation, role } = state;
  if (ownRotation === null || peerRotation === null) throw new CryptoCoreError('internal');
  const shared = await computeX25519(ownRotation.keyPair.privateKey, peerRotation.publicKey);
  const [rotA, rotB] =
    role === 'A' ? [ownRotation.pdu, peerRotation.pdu] : [peerRotation.pdu, ownRotation.pdu];
  const ikm = concat(shared, sha256(lp(rotA), lp(rotB)));
  const root = hkdfExtract(state.nextRoot, ikm);
  wipe(shared, ikm);
  const generation = state.generation + 1;
  const { nextRoot, sending, receiving: upcoming } = await deriveGeneration(root, generation, state);
  const next: AesState = {
    ...state,
    generation,
    installedAtMs: nowMs,
    nextRoot,
    sending,
    upcoming,
    ownRotation: null,
    peerRotation: null,
  };
  return { next, consumed: [state.nextRoot, state.sending.nextKey, state.sending.iv] };
}

/** Wipes every secret of the state when its session ends; CryptoKeys go with their last reference. */
export function wipeAesState(state: AesState): void {
  for (const record of [state.sending, state.receiving, state.upcoming]) {
    if (record !== null) wipe(record.nextKey, record.iv);
  }
  wipe(state.nextRoot);
}

/** Wipes `root`. */
async function deriveGeneration(
  root: Uint8Array,
  generation: number,
  side: { readonly role: Role; readonly th1: Uint8Array },
): Promise<Pick<AesState, 'nextRoot' | 'sending' | 'receiving'>> {
  const { th1 } = side;
  const aToB = await createRecordKey({ root, direction: 'A→B', th1, generation });
  const bToA = await createRecordKey({ root, direction: 'B→A', th1, generation });
  const nextRoot = deriveKey(root, 'next', th1);
  wipe(root);
  return side.role === 'A'
    ? { nextRoot, sending: aToB, receiving: bToA }
    : { nextRoot, sending: bToA, receiving: aToB };
}
