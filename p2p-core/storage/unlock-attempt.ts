/** What a person or a browser offers to open a vault with, and the secret that crypto-core makes of it. */
import { type UnlockSecret, decodeRecoveryKey } from '@enk/crypto-core';
import { argon2idSoftware } from '@enk/crypto-core/argon2id';
import { P2pError } from '../errors.ts';
import { PASSCODE_MIN_CHARACTERS, PASSWORD_MIN_CHARACTERS } from '../limits.ts';
import type { KeySlot } from './key-file.ts';

/** Everything but `device`, which no person offers. */
export type UnlockAttempt =
  | { readonly kind: 'passcode' | 'password'; readonly text: string }
  | { readonly kind: 'recovery-key'; readonly text: string }
  /** `prfOutput`: 32 bytes of WebAuthn's PRF; the ceremony is the page's. */
  | { readonly kind: 'passkey'; readonly prfOutput: Uint8Array; readonly credentialId: Uint8Array };

/** A way to open that is to be made. `device` opens by itself on this device: no lock. */
export type NewUnlockMethod = UnlockAttempt | { readonly kind: 'device' };

/** The secret of an attempt. Throws P2pError `recovery-key-malformed` before anything counts as a try. */
export function toUnlockSecret(attempt: UnlockAttempt): UnlockSecret {
  switch (attempt.kind) {
    case 'passcode':
    case 'password':
      if (attempt.text === '') throw new P2pError('secret-too-short');
      return { kind: 'password', password: attempt.text, argon2id: argon2idSoftware };
    case 'passkey':
      return { kind: 'passkey', prfOutput: attempt.prfOutput };
    case 'recovery-key': {
      const recoveryKey = decodeRecoveryKey(attempt.text);
      if (recoveryKey === null) throw new P2pError('recovery-key-malformed');
      return { kind: 'recovery-key', recoveryKey };
    }
  }
}

/** Throws P2pError `secret-too-short`. Counted in code points, as a person counts. */
export function assertLongEnough(method: NewUnlockMethod): void {
  if (method.kind !== 'passcode' && method.kind !== 'password') return;
  const least = method.kind === 'passcode' ? PASSCODE_MIN_CHARACTERS : PASSWORD_MIN_CHARACTERS;
  if ([...method.text].length < least) throw new P2pError('secret-too-short');
}

/** Whether this slot could be what the attempt is for. */
export function isSlotOf(slot: KeySlot, attempt: UnlockAttempt): boolean {
  if (slot.method !== attempt.kind) return false;
  if (attempt.kind !== 'passkey') return true;
  const { credentialId } = slot;
  return (
    credentialId?.length === attempt.credentialId.length &&
    credentialId.every((byte, index) => byte === attempt.credentialId[index])
  );
}

/** Whether a machine could guess it at the lock: a passkey's authenticator counts tries itself. */
export function isThrottled(attempt: UnlockAttempt): boolean {
  return attempt.kind !== 'passkey';
}
