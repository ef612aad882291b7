/**
 * Ed25519 (RFC 8032) by WebCrypto: signing with a non-extractable private key, verification of a raw public key.
 * Callers choose a {@link SignatureContext}; nothing is ever signed or verified without one.
 */
import { encodeSignedContent, type SignatureContext } from './signature-context.ts';
import { isAcceptableEd25519Key } from './public-key-check.ts';
import { importPrivateKey } from './private-key.ts';
import { source } from '../bytes/source.ts';

const SIGNATURE_SIZE_BYTES = 64;

/** An identity key pair; the private key cannot be exported. */
export interface Ed25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly privateKey: CryptoKey;
}

/** Imports a 32-byte seed. The caller owns and wipes `seed`. */
export function importEd25519Seed(seed: Uint8Array): Promise<Ed25519KeyPair> {
  return importPrivateKey('Ed25519', seed);
}

/** Signs `content` under `context`; returns 64 bytes. */
export async function signWithContext(
  privateKey: CryptoKey,
  context: SignatureContext,
  content: Uint8Array,
): Promise<Uint8Array> {
  const signed = encodeSignedContent(context, content);
  return new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, source(signed)));
}

/** What {@link verifyWithContext} checks. */
export interface SignatureClaim {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly context: SignatureContext;
  readonly content: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** True when the signature verifies. False, never an exception, for any hostile key or signature. */
export async function verifyWithContext(claim: SignatureClaim): Promise<boolean> {
  if (claim.signature.length !== SIGNATURE_SIZE_BYTES) return false;
  if (!isAcceptableEd25519Key(claim.publicKey)) return false;
  const signed = encodeSignedContent(claim.context, claim.content);
  try {
    const key = await crypto.subtle.importKey('raw', source(claim.publicKey), 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, source(claim.signature), source(signed));
  } catch {
    // Some engines throw where others return false, for an encoding that is not on the curve.
    return false;
  }
}
