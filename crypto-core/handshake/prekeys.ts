/**
 * B's PQXDH prekeys: fresh for this handshake, each signed by B's identity together with the session id. So A
 * knows from flight 4 on that the holder of ik_B is present on this very connection, before A says who it is.
 */
import { concat } from '../bytes/concat.ts';
import { CryptoCoreError } from '../errors.ts';
import { verifyWithContext } from '../identity/ed25519.ts';
import type { IdentityKeys } from '../identity/identity.ts';

/** Signature over `prekey ‖ TH0`, 64 bytes. The two prekeys differ in length, so they cannot be confused. */
export function signPrekey(
  identity: IdentityKeys,
  prekey: Uint8Array,
  sessionId: Uint8Array,
): Promise<Uint8Array> {
  return identity.sign('pqxdh prekey', concat(prekey, sessionId));
}

/** What {@link verifyPrekey} checks. */
export interface PrekeyClaim {
  /** ik_B, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** X25519 (32 bytes) or ML-KEM-768 (1,184 bytes). */
  readonly prekey: Uint8Array;
  readonly signature: Uint8Array;
  readonly sessionId: Uint8Array;
}

/** Throws `protocol-error` unless the identity signed the prekey for this session. */
export async function verifyPrekey({
  identityKey,
  prekey,
  signature,
  sessionId,
}: PrekeyClaim): Promise<void> {
  const isValid = await verifyWithContext({
    publicKey: identityKey,
    context: 'pqxdh prekey',
    content: concat(prekey, sessionId),
    signature,
  });
  if (!isValid) throw new CryptoCoreError('protocol-error');
}
