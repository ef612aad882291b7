/**
 * `handshake-finish`: a signature proves the identity, a MAC proves every layer's keys. Both are needed.
 * A finishes over TH1, B over TH2; contexts and MAC keys differ by role, so neither can be reflected.
 */
import { concat } from '../bytes/concat.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { hmacSha256 } from '../bytes/kdf.ts';
import { CryptoCoreError } from '../errors.ts';
import { verifyWithContext } from '../identity/ed25519.ts';
import type { IdentityKeys } from '../identity/identity.ts';

/** The two proofs of a finish. */
export interface Finish {
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
  /** HMAC-SHA-256 over transcript hash ‖ signature, 32 bytes. */
  readonly mac: Uint8Array;
}

/** What both sides know when a finish is made or checked. */
export interface FinishInput {
  /** The sender's role. */
  readonly role: 'A' | 'B';
  /** TH1 for A, TH2 for B; 32 bytes. */
  readonly transcriptHash: Uint8Array;
  /** `fin_A` or `fin_B`, 32 bytes. */
  readonly finishKey: Uint8Array;
}

/** Signs and MACs the transcript. */
export async function createFinish(identity: IdentityKeys, input: FinishInput): Promise<Finish> {
  const signature = await identity.sign(`finish ${input.role}`, input.transcriptHash);
  return { signature, mac: computeMac(input, signature) };
}

/** Throws `protocol-error` unless MAC and signature (by `identityKey`, 32 bytes) both verify. */
export async function verifyFinish(
  identityKey: Uint8Array,
  input: FinishInput,
  finish: Finish,
): Promise<void> {
  const isMacValid = constantTimeEqual(computeMac(input, finish.signature), finish.mac);
  const isSignatureValid = await verifyWithContext({
    publicKey: identityKey,
    context: `finish ${input.role}`,
    content: input.transcriptHash,
    signature: finish.signature,
  });
  if (!isMacValid || !isSignatureValid) throw new CryptoCoreError('protocol-error');
}

function computeMac(input: FinishInput, signature: Uint8Array): Uint8Array {
  return hmacSha256(input.finishKey, concat(input.transcriptHash, signature));
}
