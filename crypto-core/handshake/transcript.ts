/**
 * The transcript hashes. They cover the exact bytes of every PDU, each length-prefixed and in the order of its
 * sender, together with everything that both sides must see alike: profile, layers, roles (by position), both
 * broker ids and both DTLS fingerprints. SPEC.md §8.
 *
 *     P   = lp(profile) ‖ lp("MLS,Signal,ML-KEM,AES") ‖ lp(id_A) ‖ lp(id_B) ‖ fp_A ‖ fp_B
 *     TH0 = H(P ‖ lp(hello_A) ‖ lp(hello_B) ‖ psk kind)          the session id
 *     T_X = H over lp(PDU) of X in flights 3 to 5, without finishes
 *     TH1 = H(TH0 ‖ T_A ‖ T_B)
 *     TH2 = H(TH1 ‖ lp(finish_A) ‖ lp(each PDU of flight 6 before B's finish))
 */
import { concat, lp } from '../bytes/concat.ts';
import { sha256 } from '../bytes/kdf.ts';
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import { CIPHER_LAYERS, PROFILE } from '../profile.ts';
import type { PskKind } from './psk.ts';

const FINGERPRINT_SIZE_BYTES = 32;

/** One end of the connection as both sides must see it. */
export interface Endpoint {
  /** Address at the broker. */
  readonly peerId: string;
  /** SHA-256 of the DTLS certificate, 32 bytes. */
  readonly fingerprint: Uint8Array;
}

/** `P`. Throws `invalid-argument` for a fingerprint that is not 32 bytes. */
export function encodePrologue(a: Endpoint, b: Endpoint): Uint8Array {
  for (const { fingerprint } of [a, b]) {
    if (fingerprint.length !== FINGERPRINT_SIZE_BYTES) throw new CryptoCoreError('invalid-argument');
  }
  return concat(
    lp(utf8(PROFILE)),
    lp(utf8(CIPHER_LAYERS.join(','))),
    lp(utf8(a.peerId)),
    lp(utf8(b.peerId)),
    a.fingerprint,
    b.fingerprint,
  );
}

/** Input of {@link computeSessionId}; hellos are the exact JSON bytes, binders included. */
export interface SessionIdInput {
  readonly prologue: Uint8Array;
  readonly helloA: Uint8Array;
  readonly helloB: Uint8Array;
  readonly pskKind: PskKind;
}

/** `TH0`, 32 bytes: names the session, and is associated data of the pairwise layers. */
export function computeSessionId({ prologue, helloA, helloB, pskKind }: SessionIdInput): Uint8Array {
  return sha256(prologue, lp(helloA), lp(helloB), Uint8Array.of(pskKind));
}

/** The sealed flights as one side has seen them so far. */
export class Transcript {
  readonly #pdus: Record<'A' | 'B', Uint8Array[]> = { A: [], B: [] };

  /** `sessionId` is TH0. */
  constructor(readonly sessionId: Uint8Array) {}

  /** Adds the exact plaintext bytes of one PDU that `sender` sent in flights 3 to 5. */
  add(sender: 'A' | 'B', pdu: Uint8Array): void {
    this.#pdus[sender].push(lp(pdu));
  }

  /** `TH1`, 32 bytes: everything up to A's finish. */
  hashBeforeFinish(): Uint8Array {
    return sha256(this.sessionId, sha256(concat(...this.#pdus.A)), sha256(concat(...this.#pdus.B)));
  }
}

/** `TH2`, 32 bytes: TH1, A's finish and what B sends before its own finish (exact PDU bytes). */
export function computeFinalHash(
  th1: Uint8Array,
  finishA: Uint8Array,
  pdusB: readonly Uint8Array[],
): Uint8Array {
  return sha256(th1, lp(finishA), ...pdusB.map(lp));
}
