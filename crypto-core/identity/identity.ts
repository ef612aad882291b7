/**
 * A device's identity: one Ed25519 key that signs (see signature-context.ts) and one static X25519 key that PQXDH
 * needs, tied to it by a device certificate. Only seeds are stored, by the caller, in the vault; in memory the
 * private keys are non-extractable.
 */
import { importEd25519Seed, signWithContext } from './ed25519.ts';
import { issueDeviceCertificate } from './device-certificate.ts';
import type { SignatureContext } from './signature-context.ts';
import { importX25519Secret } from './x25519.ts';

/** What the vault keeps. The owner wipes both after {@link importIdentity}. */
export interface IdentitySecrets {
  /** 32 bytes. */
  readonly ed25519Seed: Uint8Array;
  /** 32 bytes. */
  readonly x25519Secret: Uint8Array;
}

/** An identity ready for use. */
export interface IdentityKeys {
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Static X25519 public key, 32 bytes. */
  readonly dhKey: Uint8Array;
  /** Signature of the identity key over `dhKey`, 64 bytes. */
  readonly deviceCertificate: Uint8Array;
  /** Signs `message` under one of the profile's contexts; returns 64 bytes. */
  sign(context: SignatureContext, message: Uint8Array): Promise<Uint8Array>;
  /** Non-extractable X25519 private key with usage `deriveBits`. */
  readonly dhPrivate: CryptoKey;
}

/** Fresh random secrets for a new device. */
export async function generateIdentitySecrets(): Promise<IdentitySecrets> {
  return {
    ed25519Seed: crypto.getRandomValues(new Uint8Array(32)),
    x25519Secret: crypto.getRandomValues(new Uint8Array(32)),
  };
}

/** Imports both keys and signs the device certificate. Throws `invalid-argument` for secrets of a wrong length. */
export async function importIdentity(secrets: IdentitySecrets): Promise<IdentityKeys> {
  const signing = await importEd25519Seed(secrets.ed25519Seed);
  const dh = await importX25519Secret(secrets.x25519Secret);
  const sign = (context: SignatureContext, message: Uint8Array): Promise<Uint8Array> =>
    signWithContext(signing.privateKey, context, message);
  return {
    identityKey: signing.publicKey,
    dhKey: dh.publicKey,
    deviceCertificate: await issueDeviceCertificate(sign, dh.publicKey),
    sign,
    dhPrivate: dh.privateKey,
  };
}
