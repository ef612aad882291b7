/**
 * The handshake's key schedule, every label in one place. SPEC.md §8.
 *
 *     PSK ──► HKDF-Extract(salt = PSK, ikm = X25519(e_A, e_B)) = S0 ──► hk_A, hk_B
 *                                 │ salt
 *     s_mls ‖ s_sig ‖ s_kem ──► HKDF-Extract = M ──► finish A/B · aes · pair · exporter
 *
 * The layers' own roots come from their own exchanges; what enters here is only an exported value of each, so that
 * no layer's keys can be computed from another's. Every result belongs to the caller, who wipes it.
 */
import { concat } from '../bytes/concat.ts';
import { deriveKey, hkdfExtract } from '../bytes/kdf.ts';
import { wipe } from '../bytes/wipe.ts';

/** What the hellos give: keys that hide identities until the finishes prove them. */
export interface HelloSecrets {
  /** `S0`, 32 bytes. */
  readonly s0: Uint8Array;
  /** 32 bytes; seals what A sends in flights 3 and 5. */
  readonly handshakeKeyA: Uint8Array;
  /** 32 bytes; seals what B sends in flights 4 and 6. */
  readonly handshakeKeyB: Uint8Array;
}

/** Derives from the PSK (32 bytes, zeros for kind 0), the ephemeral DH result (32) and TH0 (32). */
export function deriveHelloSecrets(psk: Uint8Array, dh: Uint8Array, sessionId: Uint8Array): HelloSecrets {
  const s0 = hkdfExtract(psk, dh);
  return {
    s0,
    handshakeKeyA: deriveKey(s0, 'hs A', sessionId),
    handshakeKeyB: deriveKey(s0, 'hs B', sessionId),
  };
}

/** One exported 32-byte value of each layer. */
export interface LayerExports {
  readonly mls: Uint8Array;
  readonly signal: Uint8Array;
  readonly mlKem: Uint8Array;
}

/** Everything that the master secret `M` gives; 32 bytes each. */
export interface MasterSecrets {
  /** `fin_A`, MAC key of A's finish. */
  readonly finishKeyA: Uint8Array;
  /** `fin_B`, MAC key of B's finish. */
  readonly finishKeyB: Uint8Array;
  /** `aes_0`, root of the AES layer. */
  readonly aesRoot: Uint8Array;
  /** PSK of the next connection of these two. */
  readonly pairSecret: Uint8Array;
  /** For further connections and media of this session. */
  readonly exporter: Uint8Array;
}

/** `M = HKDF-Extract(S0, s_mls ‖ s_sig ‖ s_kem)` and all that comes of it, bound to TH1 (32 bytes). */
export function deriveMasterSecrets(s0: Uint8Array, layers: LayerExports, th1: Uint8Array): MasterSecrets {
  const ikm = concat(layers.mls, layers.signal, layers.mlKem);
  const master = hkdfExtract(s0, ikm);
  const secrets = {
    finishKeyA: deriveKey(master, 'finish A', th1),
    finishKeyB: deriveKey(master, 'finish B', th1),
    aesRoot: deriveKey(master, 'aes', th1),
    pairSecret: deriveKey(master, 'pair', th1),
    exporter: deriveKey(master, 'exporter', th1),
  };
  wipe(ikm, master);
  return secrets;
}
