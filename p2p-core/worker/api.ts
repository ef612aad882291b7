/**
 * What the page may ask of the worker, and what the worker tells the page. Plaintext messages come out; keys do
 * not. Everything here is structured-cloneable. The elements' services are the only callers.
 */
import type { UnlockMethodKind } from '../storage/key-file.ts';
import type { NewUnlockMethod, UnlockAttempt } from '../storage/unlock-attempt.ts';
import type { NetworkSettings, PeerId, SignalingState } from '../ports/transport.ts';
import type { P2pErrorCode, StorageFailureCode } from '../errors.ts';
import type { FileJudgement, FileWarning } from '../files/file-type.ts';
import type { CallFlags, CallView, MissedCallView } from '../calls/call-view.ts';
import type { CallId } from '../ports/call-media.ts';
import type { DiagnosticsView } from './diagnostics.ts';
import type { ReleaseAnswer, ReleaseClaim } from './release.ts';
import type { VaultFolder } from '../files/folder-tree.ts';
import type { FolderChange, StoredFileApi } from './stored-file-api.ts';

export type { FileJudgement, FileWarning, FolderChange, VaultFolder };

export type { NewUnlockMethod, UnlockAttempt, UnlockMethodKind };

export type ContactId = string & { readonly __brand: 'ContactId' };
export type TransferId = string & { readonly __brand: 'TransferId' };
export type MessageId = string & { readonly __brand: 'MessageId' };

// ---------------------------------------------------------------- views

/** The life of the profile in this page. */
export type ProfileView =
  | { readonly kind: 'closed' }
  | { readonly kind: 'opening' }
  /** Another tab of this profile owns it and has not answered (it may run another version); this one takes over when that one closes. */
  | { readonly kind: 'waiting-for-other-tab' }
  /** The vault is locked: no key is in memory, no session is open. */
  | {
      readonly kind: 'locked';
      readonly methods: readonly UnlockMethodView[];
      /** `eval.first` of WebAuthn's PRF extension for this vault's passkeys: 32 bytes. */
      readonly prfInput: Uint8Array;
      /** When a passcode, password or recovery key may be tried again, by this device's clock; null: now. */
      readonly retryAtMs: number | null;
      /** When everything was last exported; null: never. */
      readonly lastExportAtMs: number | null;
    }
  /** Everything of this profile on this device is gone. Ends with `close()`. */
  | { readonly kind: 'erased' }
  /** Storage works, but nobody has given a name yet: first run. */
  | { readonly kind: 'needs-name'; readonly peerId: PeerId; readonly identityKey: Uint8Array }
  | {
      readonly kind: 'open';
      readonly displayName: string;
      readonly peerId: PeerId;
      /** Own Ed25519 identity key, 32 bytes. */
      readonly identityKey: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly code: StorageFailureCode };

/** One way to open the vault. */
export interface UnlockMethodView {
  readonly id: string;
  readonly kind: UnlockMethodKind;
  readonly createdAtMs: number;
  /** Of a passkey: which credential to ask for; null for the others. */
  readonly credentialId: Uint8Array | null;
}

/** When an open vault locks by itself; null: not for that reason. Without effect on a device that opens by itself. */
export interface LockSettings {
  /** After so long without a touch. */
  readonly idleMs: number | null;
  /** So long after the page went out of sight. */
  readonly hiddenMs: number | null;
  /** When the machine slept. */
  readonly onSleep: boolean;
}

/** The lock, seen from inside. */
export interface VaultView {
  readonly methods: readonly UnlockMethodView[];
  /** As in the locked ProfileView. */
  readonly prfInput: Uint8Array;
  /** False while this device opens the vault by itself. */
  readonly canLock: boolean;
  readonly lock: LockSettings;
  /** As in the locked ProfileView. */
  readonly lastExportAtMs: number | null;
}

/** Shared by every conversation of this profile. All switches are off by default. */
export interface PrivacySettings {
  readonly sendTyping: boolean;
  readonly sendReadReceipts: boolean;
}

export type Verification =
  /** The person compared the safety number. */
  | 'verified'
  /** We opened their invite: its key is theirs, as far as the link's way to us was safe. */
  | 'verified-by-invite'
  /** They came by a link of ours; whoever had the link first could use it. */
  | 'unverified-by-link'
  /** First use of a bare address: only the safety number can tell. */
  | 'unverified';

export type ConnectionView =
  /** No dial is under way (blocked contact, or the profile is offline). */
  | { readonly kind: 'idle' }
  /** The broker says that the other is not there; dialling goes on with back-off. */
  | { readonly kind: 'waiting-for-peer'; readonly nextAttemptAtMs: number }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'handshaking' }
  | { readonly kind: 'ready'; readonly sinceMs: number }
  /** The path is lost, the session is intact. */
  | { readonly kind: 'disconnected' }
  /** A stranger answers at this contact's address; nothing can leave. */
  | { readonly kind: 'someone-else-answers'; readonly nextAttemptAtMs: number }
  /**
   * Dialling stopped until the person asks: handshakes failed twice running, or cannot succeed. `peer-outdated`,
   * `self-outdated`: who must update before the two can talk.
   */
  | {
      readonly kind: 'stopped';
      readonly code:
        'protocol-error' | 'profile-mismatch' | 'peer-outdated' | 'self-outdated' | 'invite-invalid';
    };

/** How long messages stay. */
export interface MessageTimer {
  /**
   * `sending`: both copies go so long after the message was written. `reading`: each copy goes so long after its side
   * has seen it; the author's after the other's device has it.
   */
  readonly startsAt: 'sending' | 'reading';
  /** 0: they stay. Otherwise MIN_TIMER_MS to MAX_TIMER_MS, whole seconds. */
  readonly lifetimeMs: number;
}

/** What new messages of a conversation get, on both sides. */
export interface TimerView extends MessageTimer {
  /** False while the other's device has not said that it has the change: what it gets meanwhile may stay there. */
  readonly isConfirmed: boolean;
}

export interface ContactView {
  readonly id: ContactId;
  /** Local name, never authenticated. */
  readonly name: string;
  readonly peerId: PeerId;
  /** 32 bytes, or null while no handshake with a bare address has finished. */
  readonly identityKey: Uint8Array | null;
  readonly verification: Verification;
  readonly connection: ConnectionView;
  /** Shown until dismissed. */
  readonly notice: 'restored-or-cloned' | 'invite-used-by-another' | null;
  readonly isBlocked: boolean;
  readonly isTyping: boolean;
  readonly unreadCount: number;
  /** Own messages that the other has not acknowledged. */
  readonly pendingCount: number;
  readonly lastMessage: MessageView | null;
  /** Null while nobody has set one. */
  readonly timer: TimerView | null;
  readonly createdAtMs: number;
}

export interface MessageView {
  readonly id: MessageId;
  readonly contactId: ContactId;
  /** Position in this conversation as this device stores it; rises, and is never used again. */
  readonly position: number;
  /**
   * `deleted`: its author deleted it for everyone. `timer`: this person (or `isMine`) set `timer`. `message-timer`: the
   * other's messages that follow have this timer, which is not the one of the last line.
   */
  readonly kind: 'text' | 'deleted' | 'timer' | 'message-timer';
  readonly isMine: boolean;
  /** Empty unless `kind` is `text`. */
  readonly text: string;
  /** How long it stays (of a line: what it says); null: it stays. */
  readonly timer: MessageTimer | null;
  /** When it goes, by this device's clock; null while its time has not begun. */
  readonly vanishesAtMs: number | null;
  /** The author's clock. */
  readonly sentAtMs: number;
  /** queued: on this device only · sent: on the wire · delivered: acknowledged as stored · read: receipt. */
  readonly state: 'queued' | 'sent' | 'delivered' | 'read' | 'received';
}

export interface MessagePage {
  readonly messages: readonly MessageView[];
  readonly hasOlder: boolean;
}

export interface SearchHitView {
  readonly message: MessageView;
  /** What to mark in its text: from … to (exclusive), in UTF-16 units, ascending. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

export interface SearchPage {
  /** Newest first, by the author's clock. */
  readonly hits: readonly SearchHitView[];
  /** `before` of the next page; null when that was all. */
  readonly next: string | null;
}

/** A file of the vault, or a folder that is kept as one. */
export interface FileView {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** Of a folder that is kept as one; null: a file. */
  readonly fileCount: number | null;
  /** The folder of the vault that it is in; null: at the top. */
  readonly folderId: string | null;
}

export interface FolderEntry {
  /** Relative, parts joined by `/`. */
  readonly path: string;
  /** Where its bytes begin in the folder's. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface TransferView {
  readonly id: TransferId;
  readonly contactId: ContactId;
  readonly isMine: boolean;
  /**
   * offered: the receiver has not decided · waiting: for a connection · queued: behind others, or the file is being
   * opened · running · paused: here · paused-by-peer · done: stored on the receiver's device · refused · cancelled · failed.
   */
  readonly state:
    | 'offered'
    | 'waiting'
    | 'queued'
    | 'running'
    | 'paused'
    | 'paused-by-peer'
    | 'done'
    | 'refused'
    | 'cancelled'
    | 'failed';
  /** Made harmless: to be shown. */
  readonly name: string;
  /** As the sender wrote it. */
  readonly claimedName: string;
  /** What the name alone tells; `inspectFile` looks inside. */
  readonly warnings: readonly FileWarning[];
  readonly sizeBytes: number;
  /** Stored by the receiver (own ones), or received; null: not known now. */
  readonly doneBytes: number | null;
  readonly caption: string;
  readonly fileCount: number | null;
  /** The file of the vault, when it is whole; null also for one that is sent from where it lies. */
  readonly fileId: string | null;
  readonly isFast: boolean;
  readonly createdAtMs: number;
  /** Why it failed, or why this device paused it by itself. */
  readonly failure: P2pErrorCode | null;
}

export interface FileSettings {
  /** Own transfers go outside the ratchets, under a key for each file: faster; who gets that key can open that file. */
  readonly isFast: boolean;
}

export interface StorageView {
  readonly usedBytes: number;
  readonly quotaBytes: number;
}

export interface InviteView {
  readonly id: string;
  /** Goes into the URL fragment as `#invite=…`; base64url. */
  readonly token: string;
  readonly expiresAtMs: number;
  readonly state: 'open' | 'used' | 'expired';
}

export type InvitePreview =
  | {
      readonly kind: 'valid';
      readonly inviterKey: Uint8Array;
      readonly brokerUrl: string;
      readonly expiresAtMs: number;
      /** Set when the inviter is a contact already. */
      readonly contactId: ContactId | null;
    }
  | { readonly kind: 'invalid'; readonly reason: 'malformed' | 'expired' | 'own-invite' | 'other-broker' };

/** Someone without an invite or a common secret asks to talk; they learn nothing until the person answers. */
export interface ConsentRequest {
  readonly id: string;
  /** The contact at whose address they are: a device that lost the common secret, or somebody else. */
  readonly contactId: ContactId | null;
  readonly peerId: PeerId;
  readonly sinceMs: number;
}

/**
 * Someone altered a connection on its way: the hello knew a secret of ours, but not this connection. Nothing was
 * sent. Without a contact it was an invite that had not been used yet.
 */
export interface AlertView {
  readonly id: string;
  readonly kind: 'connection-altered';
  readonly contactId: ContactId | null;
  readonly atMs: number;
}

export interface SafetyNumber {
  /** 60 digits. */
  readonly digits: string;
  /** What the QR code carries. */
  readonly qr: Uint8Array;
}

/** With what an export is sealed: a passphrase of at least 10 characters, or an age recipient (`age1…`). */
export type ExportKey =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'recipient'; readonly recipient: string };

/** With what it is opened: that passphrase, or the age identity (`AGE-SECRET-KEY-1…`). */
export type ExportSecret =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'identity'; readonly identity: string };

export interface ImportReport {
  /**
   * `taken`: this device had nobody yet, and is that person now · `same`: it was already · `kept`: it has another
   * identity and contacts, and keeps it · `none`: the export has none (one conversation).
   */
  readonly identity: 'taken' | 'same' | 'kept' | 'none';
  readonly contactsAdded: number;
  readonly messagesAdded: number;
  /** Were here already. */
  readonly messagesKnown: number;
  readonly filesAdded: number;
  readonly filesKnown: number;
}

/** How far an export or import is. */
export interface MovingView {
  readonly kind: 'export' | 'import';
  readonly doneBytes: number;
  /** Null while it is not known. */
  readonly totalBytes: number | null;
}

// ---------------------------------------------------------------- requests

/** Every method returns a promise on the page's side and rejects with a P2pError `{code}`. */
export interface EnkApi extends StoredFileApi {
  /** Takes the profile's lock (waits for it), opens storage, makes an identity on first run. */
  open(params: { readonly profile: string; readonly network: NetworkSettings }): Promise<void>;
  close(): Promise<void>;
  /** Opens a locked vault. Rejects with `unlock-failed`, `unlock-throttled`, `unknown-unlock-method`, `recovery-key-malformed`. */
  unlock(params: { readonly attempt: UnlockAttempt }): Promise<void>;
  /** Ends every session and forgets every key. Rejects with `nothing-locks` where this device would open it again. */
  lock(): Promise<void>;
  /** A fresh recovery key as text, to be written down. It opens nothing until `addUnlockMethod` is given it. */
  proposeRecoveryKey(): Promise<string>;
  /**
   * `current` opens the vault now; null where this device does. The first real way takes the device's away. Rejects
   * as `unlock`, and with `unlock-method-exists`, `secret-too-short`, `too-many-unlock-methods`.
   */
  addUnlockMethod(params: {
    readonly current: UnlockAttempt | null;
    readonly method: NewUnlockMethod;
  }): Promise<void>;
  /** Another secret of the same kind instead of that one. */
  replaceUnlockMethod(params: {
    readonly id: string;
    readonly current: UnlockAttempt | null;
    readonly method: NewUnlockMethod;
  }): Promise<void>;
  /** Rejects as `unlock`, and with `last-unlock-method`. */
  removeUnlockMethod(params: { readonly id: string; readonly current: UnlockAttempt | null }): Promise<void>;
  setLockSettings(params: { readonly lock: LockSettings }): Promise<void>;
  /** Somebody uses a page of this profile. */
  noteActivity(): Promise<void>;
  /** A page of this profile went out of sight. */
  noteHidden(): Promise<void>;
  /** Destroys the keys, then the data, also of a locked vault. Resolves when nothing is left. */
  eraseEverything(): Promise<void>;
  setDisplayName(params: { readonly displayName: string }): Promise<void>;
  /**
   * A new address at the broker. Contacts learn it through their sessions, or when this device dials them; open invites
   * end. Who also takes a new one before that must be invited again.
   */
  renewAddress(): Promise<void>;
  /** The host page's settings: in force unless the person chose others. */
  setNetwork(params: { readonly network: NetworkSettings }): Promise<void>;
  /** The person's own choice, kept sealed on this device; null goes back to the host page's settings. */
  rememberNetwork(params: { readonly network: NetworkSettings | null }): Promise<void>;
  getPrivacy(): Promise<PrivacySettings>;
  setPrivacy(params: { readonly privacy: PrivacySettings }): Promise<void>;

  createInvite(params: { readonly lifetimeMs?: number }): Promise<InviteView>;
  listInvites(): Promise<readonly InviteView[]>;
  revokeInvite(params: { readonly id: string }): Promise<void>;
  previewInvite(params: { readonly token: string }): Promise<InvitePreview>;
  acceptInvite(params: { readonly token: string; readonly name: string }): Promise<ContactId>;
  addByPeerId(params: { readonly peerId: string; readonly name: string }): Promise<ContactId>;
  answerConsent(params: {
    readonly id: string;
    readonly accept: boolean;
    readonly name?: string;
  }): Promise<void>;

  renameContact(params: { readonly contactId: ContactId; readonly name: string }): Promise<void>;
  setVerified(params: { readonly contactId: ContactId; readonly verified: boolean }): Promise<void>;
  setBlocked(params: { readonly contactId: ContactId; readonly blocked: boolean }): Promise<void>;
  removeContact(params: { readonly contactId: ContactId }): Promise<void>;
  dismissNotice(params: { readonly contactId: ContactId }): Promise<void>;
  dismissAlert(params: { readonly id: string }): Promise<void>;
  getSafetyNumber(params: { readonly contactId: ContactId }): Promise<SafetyNumber>;
  /** Dial now, also after `stopped`. */
  reconnect(params: { readonly contactId: ContactId }): Promise<void>;
  /** The signed release that runs here, told to contacts that ask; null: none. Holds until it is set again. */
  setRelease(params: { readonly release: ReleaseClaim | null }): Promise<void>;
  /** Asks a contact what it says that it runs. Rejects with `not-connected`, `no-answer`. */
  askRelease(params: { readonly contactId: ContactId }): Promise<ReleaseAnswer>;

  /**
   * Resolves once the message is durable in the outbox. At most 64 KiB of UTF-8. `token` (16 bytes as base64url) names
   * the message for a caller that may have to ask again; with `isRetry` one that is stored under it already is that one.
   */
  sendMessage(params: {
    readonly contactId: ContactId;
    readonly text: string;
    readonly token?: string;
    readonly isRetry?: boolean;
  }): Promise<MessageId>;
  /** Newest first page when `beforePosition` is absent; messages are in ascending order of position. */
  listMessages(params: {
    readonly contactId: ContactId;
    readonly beforePosition?: number;
    readonly limit: number;
  }): Promise<MessagePage>;
  /**
   * The newest messages with all words of the query, or words that begin with them, in every script; case and accents
   * do not matter. At most MAX_SEARCH_CHARS characters of the query count.
   */
  search(params: {
    readonly query: string;
    /** In one conversation only. */
    readonly contactId?: ContactId;
    readonly limit: number;
    readonly before?: string;
  }): Promise<SearchPage>;
  /** How long messages of both sides stay, from now on; null: for good. Both see a line about it. */
  setTimer(params: { readonly contactId: ContactId; readonly timer: MessageTimer | null }): Promise<void>;
  /**
   * Deletes messages, at most MAX_DELETED_MESSAGES. For this person they are gone at once, and for UNDO_DELETE_MS
   * `undoDelete` brings them back. For everyone: own ones only; the other's app is asked, now or when it is there. One
   * that was not sent yet is not sent. Rejects with `bad-request`, `outbox-full`.
   */
  deleteMessages(params: {
    readonly contactId: ContactId;
    readonly positions: readonly number[];
    readonly forEveryone: boolean;
  }): Promise<void>;
  undoDelete(params: { readonly contactId: ContactId; readonly positions: readonly number[] }): Promise<void>;
  markRead(params: { readonly contactId: ContactId; readonly upToPosition: number }): Promise<void>;
  setTyping(params: { readonly contactId: ContactId; readonly isTyping: boolean }): Promise<void>;

  /** Seals a file into the vault, in stream; resolves with its id. Rejects with `storage-full`, `file-changed`. */
  addFile(params: {
    readonly file: Blob;
    readonly name: string;
    readonly folderId?: string | null;
  }): Promise<string>;
  /** The same for a folder, which is kept as one file. Rejects with `folder-too-large`. */
  addFolder(params: {
    readonly name: string;
    readonly files: readonly { readonly path: string; readonly file: Blob }[];
    readonly folderId?: string | null;
  }): Promise<string>;
  renameFile(params: { readonly fileId: string; readonly name: string }): Promise<void>;
  deleteFile(params: { readonly fileId: string }): Promise<void>;
  /** Of a folder. Rejects with `unknown-file`. */
  listFolder(params: { readonly fileId: string }): Promise<readonly FolderEntry[]>;
  /** A range of a file's bytes, at most 4 MiB. Rejects with `bad-request` outside of it. */
  readFile(params: {
    readonly fileId: string;
    readonly offset: number;
    readonly length: number;
  }): Promise<Uint8Array>;
  /** What its name and its first bytes say; `path`: of a file in a folder. */
  inspectFile(params: { readonly fileId: string; readonly path?: string }): Promise<FileJudgement>;
  /**
   * Offers a file of the vault, or one that is read where it lies (a reload of this page ends that one). Resolves once
   * the offer is durable. Rejects with `unknown-file`, `too-many-transfers`.
   */
  sendFile(params: {
    readonly contactId: ContactId;
    readonly what:
      | { readonly kind: 'stored'; readonly fileId: string }
      | { readonly kind: 'blob'; readonly blob: Blob; readonly name: string };
    readonly caption: string;
  }): Promise<TransferId>;
  /** Says yes or no to an offer. A yes asks for room first: `storage-full`. */
  answerTransfer(params: { readonly transferId: TransferId; readonly accept: boolean }): Promise<void>;
  pauseTransfer(params: { readonly transferId: TransferId }): Promise<void>;
  resumeTransfer(params: { readonly transferId: TransferId }): Promise<void>;
  cancelTransfer(params: { readonly transferId: TransferId }): Promise<void>;
  /** Takes it off the list; what was received stays. */
  forgetTransfer(params: { readonly transferId: TransferId }): Promise<void>;
  getFileSettings(): Promise<FileSettings>;
  setFileSettings(params: { readonly files: FileSettings }): Promise<void>;
  getStorage(): Promise<StorageView>;
  getDiagnostics(): Promise<DiagnosticsView>;

  /**
   * Everything, or one conversation, as a file in the age format: written to `to`, and null is the result; or into this
   * origin's private file system, to be saved by the person from there, until the next export or start. Rejects with
   * `passphrase-too-short`, `recipient-invalid`, `moving-already`, `storage-…`, `aborted`.
   */
  exportVault(params: {
    readonly key: ExportKey;
    readonly contactId?: ContactId;
    /** A file that the person chose, writable. */
    readonly to?: FileSystemFileHandle;
  }): Promise<File | null>;
  /**
   * Adds what is not here yet, at once or not at all. Sessions end meanwhile, and every other request rejects with
   * `import-running`. Rejects with `export-locked`, `export-malformed`, `export-newer`, `moving-already`, `aborted`,
   * `storage-…`; then nothing was changed.
   */
  importVault(params: { readonly file: Blob; readonly secret: ExportSecret }): Promise<ImportReport>;
  /** Stops the export or import under way, if any. */
  cancelMoving(): Promise<void>;
  /**
   * Rings a contact, also one that has no session yet. A ring of theirs at the same time is that call. Rejects with
   * `in-a-call`, `calls-unavailable`, `call-in-other-tab`, `no-identity-yet`.
   */
  startCall(params: { readonly contactId: ContactId; readonly isVideo: boolean }): Promise<CallId>;
  acceptCall(params: { readonly call: CallId }): Promise<void>;
  declineCall(params: { readonly call: CallId }): Promise<void>;
  hangUp(params: { readonly call: CallId }): Promise<void>;
  /** Rings one more contact. Everybody in a call is a contact of everybody else in it. */
  inviteToCall(params: { readonly call: CallId; readonly contactId: ContactId }): Promise<void>;
  /** From then on it decodes nothing. */
  removeFromCall(params: { readonly call: CallId; readonly contactId: ContactId }): Promise<void>;
  /** Told to every member. */
  setCallFlags(params: { readonly call: CallId; readonly flags: CallFlags }): Promise<void>;
  /** So many rows of a member's camera are shown, 1 … MAX_PICTURE_ROWS: the member need not send more. */
  showCallRows(params: {
    readonly call: CallId;
    readonly contactId: ContactId;
    readonly rows: number;
  }): Promise<void>;
  sendReaction(params: { readonly call: CallId; readonly emoji: string }): Promise<void>;
  /** Of a contact: its missed calls; null: the call that has ended. */
  dismissCalls(params: { readonly contactId: ContactId | null }): Promise<void>;
}

// ---------------------------------------------------------------- events

export type EnkEvent =
  | { readonly type: 'profile'; readonly profile: ProfileView }
  /** At open, and after each change of the ways to open or of the lock's settings. */
  | { readonly type: 'vault'; readonly vault: VaultView }
  | { readonly type: 'signaling'; readonly state: SignalingState }
  /** The settings in force, at open and after each change. */
  | { readonly type: 'network'; readonly network: NetworkSettings; readonly isRemembered: boolean }
  /** The whole list, newest activity first. */
  | { readonly type: 'contacts'; readonly contacts: readonly ContactView[] }
  /** New or changed messages of one conversation. */
  | { readonly type: 'messages'; readonly contactId: ContactId; readonly messages: readonly MessageView[] }
  /** All files of the vault, newest first, and its folders, at open and after each change. */
  | { readonly type: 'files'; readonly files: readonly FileView[]; readonly folders: readonly VaultFolder[] }
  /** All transfers, oldest first; while they run, four times a second. */
  | { readonly type: 'transfers'; readonly transfers: readonly TransferView[] }
  /** Messages that are not to be seen any more: deleted here, or their time ran out. */
  | {
      readonly type: 'messages-removed';
      readonly contactId: ContactId;
      readonly positions: readonly number[];
    }
  /** Null when it has ended, in whichever way. */
  | { readonly type: 'moving'; readonly moving: MovingView | null }
  | { readonly type: 'consent'; readonly requests: readonly ConsentRequest[] }
  | { readonly type: 'alerts'; readonly alerts: readonly AlertView[] }
  | { readonly type: 'invites'; readonly invites: readonly InviteView[] }
  | { readonly type: 'privacy'; readonly privacy: PrivacySettings }
  /** The one call of this profile; null: none. An ended one is told for a while. */
  | { readonly type: 'call'; readonly call: CallView | null }
  | { readonly type: 'call-reaction'; readonly contactId: ContactId; readonly emoji: string }
  | { readonly type: 'missed-calls'; readonly calls: readonly MissedCallView[] }
  /** Another tab owned the profile until now, and took with it what it had not told: read again what is shown. */
  | { readonly type: 'resumed' };
