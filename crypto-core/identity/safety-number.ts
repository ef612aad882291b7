/**
 * Safety number: Signal's numeric fingerprint construction (libsignal `Fingerprint`, 5,200 iterations of SHA-512)
 * over both identity keys, with a version prefix of our own, so that it never equals a number of another product.
 *
 * Symmetric: both people see the same 60 digits and the same QR payload. Names and addresses do not enter; the
 * identity key is its own stable identifier.
 */
import { sha512 } from '@noble/hashes/sha2.js';
import { concat } from '../bytes/concat.ts';
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';

const IDENTITY_KEY_SIZE_BYTES = 32;
const ITERATIONS = 5200;
const DIGITS_PER_PARTY = 30;
const SCANNABLE_SIZE_BYTES = 32;

/** "E", version 1. Signal's own is 0x00 0x00. */
const VERSION_PREFIX = Uint8Array.of(0x45, 0x01);
const QR_PREFIX = concat(utf8('ENKSN'), Uint8Array.of(1));

/** What two people compare. */
export interface SafetyNumber {
  /** 60 decimal digits, to be shown in groups of five. */
  readonly digits: string;
  /** 70 bytes: "ENKSN" ‖ version 1 ‖ the two 32-byte hashes in ascending order. The same on both sides. */
  readonly qr: Uint8Array;
}

/**
 * The safety number of two Ed25519 identity keys (32 bytes each), in any order. Takes tens of milliseconds: the
 * iterations make the search for a colliding key expensive. Throws `invalid-argument` for a wrong length.
 */
export function computeSafetyNumber(a: Uint8Array, b: Uint8Array): SafetyNumber {
  if (a.length !== IDENTITY_KEY_SIZE_BYTES || b.length !== IDENTITY_KEY_SIZE_BYTES) {
    throw new CryptoCoreError('invalid-argument');
  }
  const hashes = [a, b].map(key =>
    hashIdentity({ versionPrefix: VERSION_PREFIX, key, stableId: key, iterations: ITERATIONS }),
  );
  return {
    digits: hashes.map(encodeDigits).sort().join(''),
    qr: concat(QR_PREFIX, ...hashes.map(hash => hash.slice(0, SCANNABLE_SIZE_BYTES)).sort(compareBytes)),
  };
}

/** Parameters of Signal's fingerprint hash. */
export interface IdentityHashInput {
  /** 2 bytes. */
  readonly versionPrefix: Uint8Array;
  /** The public key as its product encodes it. */
  readonly key: Uint8Array;
  readonly stableId: Uint8Array;
  readonly iterations: number;
}

/** Signal's iterated hash of one party, 64 bytes. Exported for the check against the reference implementation. */
export function hashIdentity({ versionPrefix, key, stableId, iterations }: IdentityHashInput): Uint8Array {
  let hash = sha512(concat(versionPrefix, key, stableId, key));
  for (let i = 1; i < iterations; i++) hash = sha512(concat(hash, key));
  return hash;
}

/** 30 digits of a 64-byte hash: six times five bytes, big-endian, modulo 100,000. */
export function encodeDigits(hash: Uint8Array): string {
  let digits = '';
  for (let offset = 0; digits.length < DIGITS_PER_PARTY; offset += 5) {
    const chunk = hash.slice(offset, offset + 5).reduce((value, byte) => value * 256 + byte, 0);
    digits += String(chunk % 100_000).padStart(5, '0');
  }
  return digits;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const difference = a.findIndex((byte, i) => byte !== b[i]);
  return difference === -1 ? 0 : (a[difference] ?? 0) - (b[difference] ?? 0);
}
