/**
 * The device on the wire: `identity key (32) ‖ DH key (32) ‖ device certificate (64)`, 128 bytes. The certificate
 * is the identity key's signature over the DH key, so that nobody can present a DH key of their own beside a
 * stranger's identity.
 */
import { CryptoCoreError } from '../errors.ts';
import { concat } from '../bytes/concat.ts';
import { verifyWithContext } from './ed25519.ts';
import { isAcceptableEd25519Key, isAcceptableX25519Key } from './public-key-check.ts';
import type { IdentityKeys } from './identity.ts';

/** Size of {@link encodeDevice}'s result. */
export const DEVICE_SIZE_BYTES = 128;

/** The authenticated public half of somebody's identity. */
export interface PeerDevice {
  /** Ed25519, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Static X25519, 32 bytes. */
  readonly dhKey: Uint8Array;
}

/** Signs `dhKey` (32 bytes); returns the 64-byte certificate. */
export function issueDeviceCertificate(sign: IdentityKeys['sign'], dhKey: Uint8Array): Promise<Uint8Array> {
  return sign('device certificate', dhKey);
}

/** The 128 bytes that a handshake carries. */
export function encodeDevice(identity: IdentityKeys): Uint8Array {
  return concat(identity.identityKey, identity.dhKey, identity.deviceCertificate);
}

/**
 * Parses and verifies 128 bytes. Throws `protocol-error` for a wrong length, an unacceptable key or a certificate
 * that does not verify. Proves only that the holder of the identity key certified the DH key, not who is present.
 */
export async function decodeDevice(bytes: Uint8Array): Promise<PeerDevice> {
  if (bytes.length !== DEVICE_SIZE_BYTES) throw new CryptoCoreError('protocol-error');
  const identityKey = bytes.slice(0, 32);
  const dhKey = bytes.slice(32, 64);
  const signature = bytes.slice(64);
  const isAcceptable = isAcceptableEd25519Key(identityKey) && isAcceptableX25519Key(dhKey);
  const isCertified =
    isAcceptable &&
    (await verifyWithContext({
      publicKey: identityKey,
      context: 'device certificate',
      content: dhKey,
      signature,
    }));
  if (!isCertified) throw new CryptoCoreError('protocol-error');
  return { identityKey, dhKey };
}
