/**
 * The constants of the profile. They enter every handshake transcript and are compared for equality, never
 * negotiated: there is no weaker profile to fall back to.
 */

/** Name of the wire profile that this package speaks. */
export const PROFILE = 'EnkryptedChat-Profile-v1';

/** The layers of the cascade, from the plaintext outwards. A constant: no constructor takes another list. */
export const CIPHER_LAYERS = ['MLS', 'Signal', 'ML-KEM', 'AES'] as const;

/** Version of every PDU's schema. */
export const SPEC_VERSION = '1.0';
