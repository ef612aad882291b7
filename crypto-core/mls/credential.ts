/**
 * MLS credentials of the profile: basic, identity = identity key (32) ‖ leaf certificate (SPEC.md
 * CC-MLS-02).
 *
 * ts-mls accepts every credential unless told otherwise. The `AuthenticationService` here accepts
 * only the identities that the handshake expects, each with a certificate that its identity key
 * signed over this very leaf key and that is valid now.
 */
import type { AuthenticationService, Credential } from 'ts-mls';
import { concat } from '../bytes/concat.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { LEAF_CERTIFICATE_SIZE_BYTES, verifyLeafCertificate } from '../identity/leaf-certificate.ts';

const IDENTITY_KEY_BYTES = 32;

/** The credential of a leaf. `identityKey`: 32 bytes. */
export function encodeCredential(identityKey: Uint8Array, leafCertificate: Uint8Array): Credential {
  return { credentialType: 'basic', identity: concat(identityKey, leafCertificate) };
}

/** The identity key that `credential` claims, or null when it is not one of ours. Proves nothing. */
export function claimedIdentity(credential: Credential): Uint8Array | null {
  if (credential.credentialType !== 'basic') return null;
  if (credential.identity.length !== IDENTITY_KEY_BYTES + LEAF_CERTIFICATE_SIZE_BYTES) return null;
  return credential.identity.slice(0, IDENTITY_KEY_BYTES);
}

/** When the certificate in `credential` says it is valid, seconds; null when it is not one of ours. */
export function leafCertificateValidity(
  credential: Credential,
): { readonly notBeforeS: number; readonly notAfterS: number } | null {
  if (claimedIdentity(credential) === null || credential.credentialType !== 'basic') return null;
  const { buffer, byteOffset } = credential.identity;
  const view = new DataView(buffer, byteOffset + IDENTITY_KEY_BYTES, LEAF_CERTIFICATE_SIZE_BYTES);
  return { notBeforeS: Number(view.getBigUint64(0)), notAfterS: Number(view.getBigUint64(8)) };
}

/** Accepts leaves of exactly these identities, at this time. */
export function createAuthService(accepted: readonly Uint8Array[], nowMs: number): AuthenticationService {
  return createRosterAuthService(
    identityKey => accepted.some(key => constantTimeEqual(key, identityKey)),
    nowMs,
  );
}

/** Accepts leaves whose identity `isAccepted`, with a certificate over this leaf key that is valid now. */
export function createRosterAuthService(
  isAccepted: (identityKey: Uint8Array) => boolean,
  nowMs: number,
): AuthenticationService {
  const nowS = Math.floor(nowMs / 1000);
  return {
    async validateCredential(credential, leafPublicKey) {
      const identityKey = claimedIdentity(credential);
      if (identityKey === null || credential.credentialType !== 'basic') return false;
      if (!isAccepted(identityKey)) return false;
      const certificate = credential.identity.slice(IDENTITY_KEY_BYTES);
      return verifyLeafCertificate({ identityKey, leafPublicKey, certificate, nowS });
    },
  };
}
