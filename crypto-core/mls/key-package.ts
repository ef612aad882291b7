/**
 * Making key packages (RFC 9420 §10): a fresh leaf key with its certificate, a fresh HPKE leaf key and
 * a fresh init key. Single-use: who joined with one wipes its init key.
 */
import { encodeMlsMessage, generateKeyPackageWithKey } from 'ts-mls';
import type { Capabilities, KeyPackage, PrivateKeyPackage } from 'ts-mls';
import type { IdentityKeys } from '../identity/identity.ts';
import { issueLeafCertificate } from '../identity/leaf-certificate.ts';
import { encodeCredential } from './credential.ts';
import { loadMlsSuite, MLS_SUITE } from './suite.ts';

/** A leaf is valid from two days ago: the peer's clock may be slow. */
export const LIFETIME_BEFORE_S = 2 * 86_400;

/** What every leaf of the profile supports, and nothing else. */
export const LEAF_CAPABILITIES: Capabilities = {
  versions: ['mls10'],
  ciphersuites: [MLS_SUITE],
  extensions: [],
  proposals: [],
  credentials: ['basic'],
};

/** A key package with its private keys. `publicBytes` travels; the rest stays. */
export interface OwnKeyPackage {
  /** MLSMessage(KeyPackage), about 2.9 KB. */
  readonly publicBytes: Uint8Array;
  /** Ed25519 identity key, 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
}

/** Seconds since 1970, from two days before `nowMs` to `lifetimeS` after it. */
export function leafValidity(nowMs: number, lifetimeS: number): { notBeforeS: number; notAfterS: number } {
  const nowS = Math.floor(nowMs / 1000);
  return { notBeforeS: Math.max(0, nowS - LIFETIME_BEFORE_S), notAfterS: nowS + lifetimeS };
}

/** Makes a key package whose leaf and certificate end `lifetimeS` after `nowMs`. */
export async function makeKeyPackage(
  identity: IdentityKeys,
  nowMs: number,
  lifetimeS: number,
): Promise<OwnKeyPackage> {
  const suite = await loadMlsSuite();
  const leafKeys = await suite.signature.keygen();
  const validity = leafValidity(nowMs, lifetimeS);
  const certificate = await issueLeafCertificate(identity, {
    leafPublicKey: leafKeys.publicKey,
    ...validity,
  });
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    encodeCredential(identity.identityKey, certificate),
    LEAF_CAPABILITIES,
    { notBefore: BigInt(validity.notBeforeS), notAfter: BigInt(validity.notAfterS) },
    [],
    leafKeys,
    suite,
  );
  const publicBytes = encodeMlsMessage({
    version: 'mls10',
    wireformat: 'mls_key_package',
    keyPackage: publicPackage,
  });
  return { publicBytes, identityKey: identity.identityKey, publicPackage, privatePackage };
}
