/**
 * PQXDH (Signal, revision 3) with ML-KEM-768 and no one-time prekey.
 *
 *     DH1 = DH(IK_A, SPK_B)   DH2 = DH(EK_A, IK_B)   DH3 = DH(EK_A, SPK_B)   SS = ML-KEM
 *     root ‖ chain ‖ x = HKDF(salt 0^32, F ‖ DH1 ‖ DH2 ‖ DH3 ‖ SS, info, 96), F = 32 × 0xFF
 *
 * Signal derives 64 bytes; the third key `x` only feeds the handshake's export. Prekeys are fresh per
 * handshake, so the forward secrecy that one-time prekeys buy is there without them. Signatures over
 * prekeys are checked by the handshake before this is called.
 */
import { concat } from '../bytes/concat.ts';
import { hkdfSha256 } from '../bytes/kdf.ts';
import { utf8 } from '../bytes/utf8.ts';
import { wipe } from '../bytes/wipe.ts';
import { computeX25519, generateX25519 } from '../identity/x25519.ts';
import type { X25519KeyPair } from '../identity/x25519.ts';
import { decapsulate, encapsulate } from '../ml-kem/ml-kem-768.ts';

/** The profile's info string; Signal's own vectors pass theirs. */
export const PQXDH_INFO = utf8('EnkryptedChat-Profile-v1_X25519_SHA-256_ML-KEM-768');

const F = new Uint8Array(32).fill(0xff);
const ZERO_SALT = new Uint8Array(32);

/** Three keys of 32 bytes. Who consumes one wipes it. */
export interface PqxdhSecret {
  readonly rootKey: Uint8Array;
  readonly chainKey: Uint8Array;
  /** `x`: input of the Signal layer's export, nothing else. */
  readonly exportKey: Uint8Array;
}

/** What the initiator sends, and what it keeps. */
export interface PqxdhInitiation {
  readonly secret: PqxdhSecret;
  /** EK_A, 32 bytes. */
  readonly ephemeralKey: Uint8Array;
  /** ct_pq, 1,088 bytes. */
  readonly kemCiphertext: Uint8Array;
}

/** Initiator's side. Throws `protocol-error` for hostile keys. */
export async function pqxdhInitiate(input: {
  /** Private half of dh_A. */
  readonly identityDh: CryptoKey;
  /** dh_B, 32 bytes, certified. */
  readonly peerIdentityDh: Uint8Array;
  /** spk_B, 32 bytes, signature checked. */
  readonly peerSignedPrekey: Uint8Array;
  /** pqspk_B, 1,184 bytes, signature checked. */
  readonly peerKemPrekey: Uint8Array;
}): Promise<PqxdhInitiation> {
  const ephemeral = await generateX25519();
  const { ciphertext, sharedSecret } = await encapsulate(input.peerKemPrekey);
  const agreements = [
    [input.identityDh, input.peerSignedPrekey],
    [ephemeral.privateKey, input.peerIdentityDh],
    [ephemeral.privateKey, input.peerSignedPrekey],
  ] as const;
  const secret = derivePqxdhSecret(await agreeOn(agreements, sharedSecret));
  return { secret, ephemeralKey: ephemeral.publicKey, kemCiphertext: ciphertext };
}

/** Responder's side. Throws `protocol-error` for hostile keys. */
export async function pqxdhRespond(input: {
  /** Private half of dh_B. */
  readonly identityDh: CryptoKey;
  /** spk_B. */
  readonly signedPrekey: X25519KeyPair;
  /** 64-byte seed of pqspk_B; the caller wipes it afterwards. */
  readonly kemPrekeySeed: Uint8Array;
  /** dh_A, 32 bytes, certified. */
  readonly peerIdentityDh: Uint8Array;
  /** EK_A, 32 bytes. */
  readonly peerEphemeralKey: Uint8Array;
  readonly kemCiphertext: Uint8Array;
}): Promise<PqxdhSecret> {
  const sharedSecret = await decapsulate(input.kemPrekeySeed, input.kemCiphertext);
  const agreements = [
    [input.signedPrekey.privateKey, input.peerIdentityDh],
    [input.identityDh, input.peerEphemeralKey],
    [input.signedPrekey.privateKey, input.peerEphemeralKey],
  ] as const;
  return derivePqxdhSecret(await agreeOn(agreements, sharedSecret));
}

/** DH1, DH2, DH3, SS. What was computed is wiped when a hostile key ends it. */
async function agreeOn(
  agreements: readonly (readonly [CryptoKey, Uint8Array])[],
  sharedSecret: Uint8Array,
): Promise<Uint8Array[]> {
  const shared: Uint8Array[] = [];
  try {
    for (const [privateKey, publicKey] of agreements) shared.push(await computeX25519(privateKey, publicKey));
    return [...shared, sharedSecret];
  } catch (error) {
    wipe(...shared, sharedSecret);
    throw error;
  }
}

/**
 * Signal's KDF over DH1, DH2, DH3, SS in this order; wipes them. X3DH is the same without SS (its
 * first 64 bytes are root ‖ chain), which lets Signal's vectors test this very function.
 */
export function derivePqxdhSecret(shared: readonly Uint8Array[], info = PQXDH_INFO): PqxdhSecret {
  const ikm = concat(F, ...shared);
  const okm = hkdfSha256({ ikm, salt: ZERO_SALT, info, length: 96 });
  const secret = { rootKey: okm.slice(0, 32), chainKey: okm.slice(32, 64), exportKey: okm.slice(64) };
  wipe(ikm, okm, ...shared);
  return secret;
}
