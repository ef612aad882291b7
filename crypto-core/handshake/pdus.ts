/**
 * The schemas of the sealed handshake PDUs, flights 3 to 6, in the order in which they are sent. Every field has
 * its exact length where it has one; unknown keys are refused. SPEC.md §7.1.
 */
import * as v from 'valibot';
import { DEVICE_SIZE_BYTES } from '../identity/device-certificate.ts';
import { SPEC_VERSION } from '../profile.ts';
import { bytesBetween, exactBytes } from './pdu-codec.ts';

const ML_KEM_768_KEY_BYTES = 1184;
const ML_KEM_768_CIPHERTEXT_BYTES = 1088;
const SIGNATURE_BYTES = 64;
const specVersion = v.literal(SPEC_VERSION);

/** A boolean of constant length on the wire, so that the frame's size does not tell it. */
const flag = v.picklist([0, 1]);

// Flight 3, A → B

/** Asks for B's device and a fresh key package. */
export const mlsKeyPackageRequest = v.strictObject({
  type: v.literal('mls-key-package-request'),
  specVersion,
});

/** Asks for B's PQXDH prekeys. */
export const signalKeyExchangeRequest = v.strictObject({
  type: v.literal('signal-key-exchange-request'),
  specVersion,
});

/** A's fresh encapsulation key for the ML-KEM layer's first generation. */
export const mlKemKeyExchange = v.strictObject({
  type: v.literal('mlkem-key-exchange'),
  specVersion,
  gen: v.literal(0),
  ek: exactBytes(ML_KEM_768_KEY_BYTES),
});

// Flight 4, B → A

/** B's device and fresh MLS key package. */
export const mlsKeyPackage = v.strictObject({
  type: v.literal('mls-key-package'),
  specVersion,
  device: exactBytes(DEVICE_SIZE_BYTES),
  keyPackage: bytesBetween(1, 8192),
});

/** B's PQXDH prekeys, signed together with the session id. */
export const signalKeyExchangeResponse = v.strictObject({
  type: v.literal('signal-key-exchange-response'),
  specVersion,
  signedPrekey: exactBytes(32),
  signedPrekeySignature: exactBytes(SIGNATURE_BYTES),
  kemPrekey: exactBytes(ML_KEM_768_KEY_BYTES),
  kemPrekeySignature: exactBytes(SIGNATURE_BYTES),
});

/** The ciphertext for A's encapsulation key. */
export const mlKemKeyExchangeResponse = v.strictObject({
  type: v.literal('mlkem-key-exchange-response'),
  specVersion,
  gen: v.literal(0),
  ct: exactBytes(ML_KEM_768_CIPHERTEXT_BYTES),
});

// Flight 5, A → B

/** A's device, sent only to the identity that A authenticated and accepts. */
export const mlsEncryptionSyncRequest = v.strictObject({
  type: v.literal('mls-encryption-sync-request'),
  specVersion,
  device: exactBytes(DEVICE_SIZE_BYTES),
  knowsYou: flag,
});

/** The Welcome for B's key package, and the ratchet tree. */
export const mlsWelcome = v.strictObject({
  type: v.literal('mls-welcome'),
  specVersion,
  welcome: bytesBetween(1, 8192),
  tree: bytesBetween(1, 8192),
});

/** PQXDH's initial message: A's ephemeral key, the ciphertext, and the first Double Ratchet message. */
export const signalSessionComplete = v.strictObject({
  type: v.literal('signal-session-complete'),
  specVersion,
  ephemeralKey: exactBytes(32),
  kemCiphertext: exactBytes(ML_KEM_768_CIPHERTEXT_BYTES),
  message: bytesBetween(1, 512),
});

/** Either side's proof of identity and keys. Flights 5 and 6. */
export const handshakeFinish = v.strictObject({
  type: v.literal('handshake-finish'),
  specVersion,
  signature: exactBytes(SIGNATURE_BYTES),
  mac: exactBytes(32),
});

// Flight 6, B → A

/** Whether B already knew A's identity. */
export const mlsEncryptionSyncResponse = v.strictObject({
  type: v.literal('mls-encryption-sync-response'),
  specVersion,
  knowsYou: flag,
});

/** B joined: the epoch authenticator of the group. */
export const mlsWelcomeAck = v.strictObject({
  type: v.literal('mls-welcome-ack'),
  specVersion,
  epochAuthenticator: exactBytes(64),
});

/** Every PDU of flights 3 to 6. */
export type HandshakePdu = v.InferOutput<
  | typeof mlsKeyPackageRequest
  | typeof signalKeyExchangeRequest
  | typeof mlKemKeyExchange
  | typeof mlsKeyPackage
  | typeof signalKeyExchangeResponse
  | typeof mlKemKeyExchangeResponse
  | typeof mlsEncryptionSyncRequest
  | typeof mlsWelcome
  | typeof signalSessionComplete
  | typeof handshakeFinish
  | typeof mlsEncryptionSyncResponse
  | typeof mlsWelcomeAck
>;
