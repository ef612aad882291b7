/**
 * The cipher suites of RFC 9605 §4.5 (1 to 5), and of its registry's later AES-256-CTR-HMAC entries (6 to 8).
 *
 * The profile uses suite 5 alone. Truncated tags (2, 3, 7, 8) let a forger try: 32 bits are two minutes of guessing
 * at 10^7 packets a second. Suites 1 to 4 have 128-bit keys, half of what every other layer has. And GCM is one
 * WebCrypto call where CTR with HMAC is two. The other suites are here for vectors and for what may speak to others.
 */

/** Numbers of the IANA registry "SFrame Cipher Suites". */
export type SFrameSuiteId = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** AES-256-GCM, SHA-512, 128-bit tags. */
export const PROFILE_SFRAME_SUITE: SFrameSuiteId = 5;

/** Byte lengths as RFC 9605 names them. Nn, the nonce, is 12 in all. */
export interface SFrameSuite {
  readonly id: SFrameSuiteId;
  readonly aead: 'AES-GCM' | 'AES-CTR-HMAC';
  readonly hash: 'SHA-256' | 'SHA-512';
  /** AES key: Nk of GCM, Nka of CTR. */
  readonly aesKeyBytes: 16 | 32;
  /** HMAC key: Nh; 0 for GCM. */
  readonly macKeyBytes: 0 | 32 | 64;
  /** Nt. */
  readonly tagBytes: 4 | 8 | 10 | 16;
}

const SUITES: Readonly<Record<SFrameSuiteId, SFrameSuite>> = {
  1: { id: 1, aead: 'AES-CTR-HMAC', hash: 'SHA-256', aesKeyBytes: 16, macKeyBytes: 32, tagBytes: 10 },
  2: { id: 2, aead: 'AES-CTR-HMAC', hash: 'SHA-256', aesKeyBytes: 16, macKeyBytes: 32, tagBytes: 8 },
  3: { id: 3, aead: 'AES-CTR-HMAC', hash: 'SHA-256', aesKeyBytes: 16, macKeyBytes: 32, tagBytes: 4 },
  4: { id: 4, aead: 'AES-GCM', hash: 'SHA-256', aesKeyBytes: 16, macKeyBytes: 0, tagBytes: 16 },
  5: { id: 5, aead: 'AES-GCM', hash: 'SHA-512', aesKeyBytes: 32, macKeyBytes: 0, tagBytes: 16 },
  6: { id: 6, aead: 'AES-CTR-HMAC', hash: 'SHA-512', aesKeyBytes: 32, macKeyBytes: 64, tagBytes: 10 },
  7: { id: 7, aead: 'AES-CTR-HMAC', hash: 'SHA-512', aesKeyBytes: 32, macKeyBytes: 64, tagBytes: 8 },
  8: { id: 8, aead: 'AES-CTR-HMAC', hash: 'SHA-512', aesKeyBytes: 32, macKeyBytes: 64, tagBytes: 4 },
};

/** The parameters of a suite. */
export function sframeSuite(id: SFrameSuiteId): SFrameSuite {
  return SUITES[id];
}
