/**
 * The one error family of crypto-core. Messages are constant per code: no content, key, name or
 * peer-chosen text ever enters an error (`cause` is for developers and never leaves the worker).
 */

/** Why crypto-core refused; see SPEC.md for who is at fault in each. */
export type CryptoCoreErrorCode =
  | 'protocol-error' // the peer: anything wrong on the wire
  | 'profile-mismatch' // the peer: another profile, layer list or engine
  | 'identity-refused' // the peer: not the identity that was expected or allowed
  | 'own-identity' // the peer: our own identity answered
  | 'no-common-psk' // the peer: the demanded pre-shared key is missing
  | 'invite-malformed' // the person: not an invite, or a damaged one
  | 'unlock-failed' // the person: not the password, passkey or recovery key of this vault
  | 'vault-corrupt' // the storage: a damaged, moved or foreign envelope or record
  | 'invalid-argument' // the caller
  | 'aborted' // the caller: its signal fired
  | 'session-closed' // the caller: this session was closed or has failed
  | 'internal'; // us, or the platform

const MESSAGES: Record<CryptoCoreErrorCode, string> = {
  'protocol-error': 'The peer broke the protocol',
  'profile-mismatch': 'The peer speaks another profile',
  'identity-refused': 'The identity of the peer is refused',
  'own-identity': 'The peer presented our own identity',
  'no-common-psk': 'No common pre-shared key',
  'invite-malformed': 'The invite is malformed',
  'unlock-failed': 'The vault does not unlock with this',
  'vault-corrupt': 'Stored data is damaged or belongs elsewhere',
  'invalid-argument': 'Invalid argument',
  aborted: 'Aborted',
  'session-closed': 'The session is closed',
  internal: 'Internal error',
};

/** Thrown by every public function of crypto-core. */
export class CryptoCoreError extends Error {
  override readonly name = 'CryptoCoreError';

  constructor(
    readonly code: CryptoCoreErrorCode,
    options?: { readonly cause?: unknown },
  ) {
    super(MESSAGES[code], options);
  }
}

/** What of a hello is not ours. Of two versions of one profile it is known which side must update. */
export type ProfileDifference = 'older-version' | 'newer-version' | 'profile' | 'layers' | 'engine';

/** `profile-mismatch`, with what differs: it stands in clear in the peer's hello and is no secret. */
export class ProfileMismatchError extends CryptoCoreError {
  constructor(readonly difference: ProfileDifference) {
    super('profile-mismatch');
  }
}
