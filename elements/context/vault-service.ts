import { createContext } from '@lit/context';
import type { StorageState } from './diagnostics-service.ts';
import type { Observable } from './observable.ts';
import type {
  ContactId,
  ExportKey,
  ExportSecret,
  ImportReport,
  LockSettings,
  MovingView,
  VaultView,
} from './views.ts';

/** What a person opens the vault with. A passkey is asked for by the browser, in a dialog of its own. */
export type VaultAttempt =
  | { readonly kind: 'passcode' | 'password' | 'recovery-key'; readonly text: string }
  | { readonly kind: 'passkey' };

/** A way to open that is to be made; `device`: this device, without asking. */
export type NewVaultMethod = VaultAttempt | { readonly kind: 'device' };

export interface VaultChange {
  /** What opens the vault now; null where this device does. */
  readonly current: VaultAttempt | null;
  readonly method: NewVaultMethod;
}

export interface ExportRequest {
  readonly key: ExportKey;
  /** One conversation; null: everything. */
  readonly contactId: ContactId | null;
  /** The file that the person picked; null: one of this origin, to be downloaded. */
  readonly to: FileSystemFileHandle | null;
}

/**
 * The lock of this device's vault: the ways to open it, and when it locks. The snapshot is null until the profile is
 * open; what the locked state offers stands in the profile's snapshot. Besides the worker's codes, intents reject with
 * `passkey-cancelled` (the person or the browser ended the ceremony) and `passkey-unsupported` (no PRF, or no passkeys
 * on this page).
 */
export interface VaultService extends Observable<VaultView | null> {
  /** Whether this page can ask for passkeys at all. */
  readonly canUsePasskeys: boolean;
  unlock(attempt: VaultAttempt): Promise<void>;
  lock(): Promise<void>;
  /** A recovery key to be written down; it opens nothing until `addMethod` is given it. */
  proposeRecoveryKey(): Promise<string>;
  addMethod(change: VaultChange): Promise<void>;
  replaceMethod(id: string, change: VaultChange): Promise<void>;
  removeMethod(id: string, current: VaultAttempt | null): Promise<void>;
  setLock(lock: LockSettings): Promise<void>;
  /** Destroys the keys, then the data of this profile. Resolves when nothing is left. */
  erase(): Promise<void>;
  /** Everything or one conversation as a file in the age format; null when it went to the file that was picked. */
  exportVault(request: ExportRequest, watch: (moving: MovingView) => void): Promise<File | null>;
  /** Adds what an export has and this device has not; all of it or nothing. */
  importVault(
    request: { readonly file: Blob; readonly secret: ExportSecret },
    watch: (moving: MovingView) => void,
  ): Promise<ImportReport>;
  /** Stops the export or import under way, which then rejects with `aborted`. */
  cancelMoving(): Promise<void>;
  readStorage(): Promise<StorageState>;
  /** Asks the browser not to clear the site's data by itself. May wait for the person for as long as they like. */
  askToPersist(): Promise<boolean>;
}

export const vaultServiceContext = createContext<VaultService>(Symbol.for('enk.vault-service.v1'));
