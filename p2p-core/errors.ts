/**
 * The package's error family: one class, a closed list of codes, a constant text per code. Neither text nor code
 * ever carries content, keys, names, addresses or SDP. `code` crosses the worker boundary; `cause` does not.
 */

const MESSAGES = {
  // the caller's fault
  'bad-request': 'The request is not valid.',
  'not-open': 'The profile is not open.',
  'already-open': 'A profile is open already.',
  'unknown-contact': 'There is no such contact.',
  'unknown-invite': 'There is no such invite.',
  'unknown-request': 'There is no such request.',
  'contact-exists': 'This address belongs to a contact already.',
  'own-address': 'This is your own address.',
  'contact-blocked': 'This contact is blocked.',
  'no-identity-yet': 'No connection with this contact has finished yet.',
  'not-connected': 'There is no connection with this contact now.',
  'no-answer': 'The other side did not answer.',
  'message-empty': 'The message is empty.',
  'message-too-large': 'The message is too large.',
  'name-invalid': 'The name is empty or too long.',
  'address-invalid': 'The address is not valid.',
  'network-refused': 'The network settings are not valid.',
  'outbox-full': 'Too many messages wait for this contact.',
  'too-many-contacts': 'There are too many contacts.',
  'too-many-invites': 'Too many invites are open.',
  'unknown-call': 'There is no such call.',
  'in-a-call': 'There is a call already.',
  'calls-unavailable': 'Calls are not possible here.',
  'call-in-other-tab': 'Calls run in the tab of this app that was opened first.',
  // the invite
  'invite-malformed': 'This is not a complete invite link.',
  'invite-expired': 'This invite has expired.',
  'own-invite': 'This is your own invite.',
  'other-broker': 'This invite belongs to another broker.',
  // the peer's fault
  'protocol-error': 'The other side broke the protocol.',
  'identity-refused': 'The other side is not who it should be.',
  refused: 'The connection was refused.',
  // storage
  'storage-unavailable': 'Storage is not available.',
  'storage-newer': 'The stored data belongs to a newer version.',
  'storage-corrupt': 'Stored data is damaged. Nothing was deleted.',
  'storage-conflict': 'Stored data changed in the meantime.',
  'storage-lost': 'Stored data was taken away while the app was open.',
  'storage-full': 'There is not enough room on this device. Nothing was half saved.',
  'export-malformed': 'This is not a complete export. Nothing was changed.',
  'export-newer': 'This export was made by a newer version. Nothing was changed.',
  'export-locked': 'The passphrase or key does not open this export.',
  'import-running': 'An import is under way.',
  'passphrase-too-short': 'The passphrase is too short.',
  'recipient-invalid': 'This is not the address of an age key.',
  'moving-already': 'An export or import is under way.',
  'unknown-file': 'There is no such file.',
  'unknown-folder': 'There is no such folder.',
  'too-many-folders': 'There are too many folders, or they lie too deep.',
  'unknown-transfer': 'There is no such transfer.',
  'too-many-transfers': 'Too many transfers with this contact are open.',
  'file-changed': 'The file changed while it was being sent.',
  'folder-too-large': 'The folder has too many files, or their names are too long. Send it as an archive.',
  // the vault's locks
  'vault-locked': 'The vault is locked.',
  'unlock-failed': 'This does not open the vault.',
  'unlock-throttled': 'Too many wrong tries. Wait before the next one.',
  'unknown-unlock-method': 'The vault does not open this way.',
  'unlock-method-exists': 'The vault has this way to open already.',
  'last-unlock-method': 'The last way to open the vault cannot be removed.',
  'too-many-unlock-methods': 'The vault has too many ways to open.',
  'secret-too-short': 'This is too short.',
  'recovery-key-malformed': 'This is not a complete recovery key.',
  'nothing-locks': 'The vault opens by itself on this device: set a passcode, password or passkey first.',
  // the worker itself
  'worker-unavailable': 'The worker could not be started.',
  'worker-unverified':
    'A part of this app was changed on its way here. It was not run, and nothing was sent.',
  'owner-changed':
    'Another tab of this app closed while it was at it. Look whether it is done, and try again.',
  'worker-stopped': 'The worker stopped. Reload the page to go on; nothing that was saved is lost.',
  aborted: 'The operation was stopped.',
  internal: 'Something went wrong inside.',
} as const;

export type P2pErrorCode = keyof typeof MESSAGES;

/** Thrown by everything in p2p-core. Compare `code`, never the text. */
export class P2pError extends Error {
  override readonly name = 'P2pError';
  constructor(
    readonly code: P2pErrorCode,
    options?: { readonly cause?: unknown },
  ) {
    super(MESSAGES[code], options);
  }
}

/** True when `value` is one of the codes; for what comes over the worker boundary. */
export function isP2pErrorCode(value: unknown): value is P2pErrorCode {
  return typeof value === 'string' && Object.hasOwn(MESSAGES, value);
}

/** Narrows anything thrown to a P2pError; what is not one becomes `internal` with the original as cause. */
export function toP2pError(error: unknown): P2pError {
  return error instanceof P2pError ? error : new P2pError('internal', { cause: error });
}

/** Codes with which a profile does not open, or stops. */
const STOPPING = [
  'storage-unavailable',
  'storage-newer',
  'storage-corrupt',
  'storage-full',
  'storage-lost',
] as const;
export type StorageFailureCode = (typeof STOPPING)[number];

/** Why a profile does not open, or stops, of an error: what has no code of its own is `storage-unavailable`. */
export function storageFailure(error: unknown): StorageFailureCode {
  const { code } = toP2pError(error);
  return STOPPING.find(known => known === code) ?? 'storage-unavailable';
}

/** What a storage API threw, as P2pError: `storage-full` when the device has no room, else `storage-unavailable`. */
export function storageError(cause: unknown): P2pError {
  if (cause instanceof P2pError) return cause;
  const isFull = (cause as { name?: unknown } | null)?.name === 'QuotaExceededError';
  return new P2pError(isFull ? 'storage-full' : 'storage-unavailable', { cause });
}
