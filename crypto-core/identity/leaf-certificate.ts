/**
 * Ties a fresh MLS leaf signature key to an identity key for a limited time:
 * `notBefore (u64, seconds) ‖ notAfter (u64, seconds) ‖ signature (64)`, 80 bytes; integers big-endian.
 * The signature covers `leaf public key (32) ‖ notBefore ‖ notAfter`.
 */
import { CryptoCoreError } from '../errors.ts';
import { concat } from '../bytes/concat.ts';
import { verifyWithContext } from './ed25519.ts';
import type { IdentityKeys } from './identity.ts';
import { isAcceptableEd25519Key } from './public-key-check.ts';

/** Size of a leaf certificate. */
export const LEAF_CERTIFICATE_SIZE_BYTES = 80;

/** Longest span from notBefore to notAfter that is accepted: 400 days. */
export const LEAF_LIFETIME_MAX_S = 400 * 24 * 3600;

/** How far the clocks of two devices may differ: one day, so that a wrong time zone keeps nobody apart. */
export const LEAF_CLOCK_SKEW_S = 24 * 3600;

const VALIDITY_SIZE_BYTES = 16;

/** What {@link issueLeafCertificate} certifies; times in seconds since 1970. */
export interface LeafCertificateRequest {
  /** Ed25519 public key of the MLS leaf, 32 bytes. */
  readonly leafPublicKey: Uint8Array;
  readonly notBeforeS: number;
  readonly notAfterS: number;
}

/** Returns 80 bytes. Throws `invalid-argument` for a bad leaf key or times. */
export async function issueLeafCertificate(
  identity: Pick<IdentityKeys, 'sign'>,
  request: LeafCertificateRequest,
): Promise<Uint8Array> {
  const { leafPublicKey, notBeforeS, notAfterS } = request;
  if (!isAcceptableEd25519Key(leafPublicKey) || !isValidity(notBeforeS, notAfterS)) {
    throw new CryptoCoreError('invalid-argument');
  }
  const validity = encodeValidity(notBeforeS, notAfterS);
  const signature = await identity.sign('mls leaf certificate', concat(leafPublicKey, validity));
  return concat(validity, signature);
}

/** What {@link verifyLeafCertificate} checks. */
export interface LeafCertificateClaim {
  /** The identity that the handshake or the roster authenticated, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** 32 bytes. */
  readonly leafPublicKey: Uint8Array;
  /** 80 bytes. */
  readonly certificate: Uint8Array;
  readonly nowS: number;
}

/** True when the certificate verifies and is valid now. False, never an exception, for hostile input. */
export async function verifyLeafCertificate(claim: LeafCertificateClaim): Promise<boolean> {
  const { certificate, identityKey, leafPublicKey, nowS } = claim;
  if (certificate.length !== LEAF_CERTIFICATE_SIZE_BYTES) return false;
  if (!isAcceptableEd25519Key(leafPublicKey)) return false;
  const validity = certificate.slice(0, VALIDITY_SIZE_BYTES);
  const { notBeforeS, notAfterS } = decodeValidity(validity);
  if (!isValidity(notBeforeS, notAfterS)) return false;
  if (nowS < notBeforeS - LEAF_CLOCK_SKEW_S || nowS > notAfterS + LEAF_CLOCK_SKEW_S) return false;
  return verifyWithContext({
    publicKey: identityKey,
    context: 'mls leaf certificate',
    content: concat(leafPublicKey, validity),
    signature: certificate.slice(VALIDITY_SIZE_BYTES),
  });
}

function isValidity(notBeforeS: number, notAfterS: number): boolean {
  return (
    Number.isSafeInteger(notBeforeS) &&
    Number.isSafeInteger(notAfterS) &&
    notBeforeS >= 0 &&
    notBeforeS < notAfterS &&
    notAfterS - notBeforeS <= LEAF_LIFETIME_MAX_S
  );
}

function encodeValidity(notBeforeS: number, notAfterS: number): Uint8Array {
  const bytes = new Uint8Array(VALIDITY_SIZE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(notBeforeS));
  view.setBigUint64(8, BigInt(notAfterS));
  return bytes;
}

function decodeValidity(bytes: Uint8Array): { notBeforeS: number; notAfterS: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { notBeforeS: Number(view.getBigUint64(0)), notAfterS: Number(view.getBigUint64(8)) };
}
