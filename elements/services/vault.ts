/** VaultService over the worker: passkeys are asked for here, everything else is the worker's. */
import type {
  ExportRequest,
  ExportSecret,
  ImportReport,
  LockSettings,
  MovingView,
  NewVaultMethod,
  ProfileView,
  StorageState,
  UnlockMethodView,
  VaultAttempt,
  VaultChange,
  VaultService,
  VaultView,
} from '@enk/context';
import type { NewUnlockMethod, UnlockAttempt } from '@enk/p2p-core';
import { PageActivity } from './page-activity.ts';
import { canUsePasskeys, createPasskey, usePasskey } from './passkey.ts';
import { ServiceError } from './service-error.ts';
import { readStorage } from './storage-state.ts';
import { Store } from './store.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** What a passkey is asked with, on either side of the lock. */
interface Ceremony {
  readonly prfInput: Uint8Array;
  readonly methods: readonly UnlockMethodView[];
}

export class WorkerVaultService extends Store<VaultView | null> implements VaultService {
  readonly canUsePasskeys = canUsePasskeys();
  readonly #worker: WorkerConnection;
  readonly #activity: PageActivity;
  readonly #watchers = new Set<(moving: MovingView) => void>();
  #ceremony: Ceremony | null = null;

  constructor(worker: WorkerConnection) {
    super(null);
    this.#worker = worker;
    this.#activity = new PageActivity(worker);
    worker.listen(event => {
      if (event.type === 'vault') this.#show(event.vault);
      if (event.type === 'profile') this.#follow(event.profile);
      if (event.type === 'moving' && event.moving !== null) this.#tell(event.moving);
    });
  }

  async unlock(attempt: VaultAttempt): Promise<void> {
    await this.#worker.request('unlock', { attempt: await this.#complete(attempt) });
  }

  lock(): Promise<void> {
    return this.#worker.request('lock');
  }

  proposeRecoveryKey(): Promise<string> {
    return this.#worker.request('proposeRecoveryKey');
  }

  async addMethod(change: VaultChange): Promise<void> {
    await this.#worker.request('addUnlockMethod', await this.#completeChange(change));
  }

  async replaceMethod(id: string, change: VaultChange): Promise<void> {
    await this.#worker.request('replaceUnlockMethod', { id, ...(await this.#completeChange(change)) });
  }

  async removeMethod(id: string, given: VaultAttempt | null): Promise<void> {
    const current = given === null ? null : await this.#complete(given);
    await this.#worker.request('removeUnlockMethod', { id, current });
  }

  setLock(lock: LockSettings): Promise<void> {
    return this.#worker.request('setLockSettings', { lock });
  }

  erase(): Promise<void> {
    return this.#worker.request('eraseEverything');
  }

  exportVault(
    { key, contactId, to }: ExportRequest,
    watch: (moving: MovingView) => void,
  ): Promise<File | null> {
    const params = { key, ...(contactId !== null && { contactId }), ...(to !== null && { to }) };
    return this.#watched(watch, () => this.#worker.request('exportVault', params));
  }

  importVault(
    request: { readonly file: Blob; readonly secret: ExportSecret },
    watch: (moving: MovingView) => void,
  ): Promise<ImportReport> {
    return this.#watched(watch, () => this.#worker.request('importVault', request));
  }

  cancelMoving(): Promise<void> {
    return this.#worker.request('cancelMoving');
  }

  /** One runs at a time: what the worker tells is about it. */
  async #watched<R>(watch: (moving: MovingView) => void, work: () => Promise<R>): Promise<R> {
    this.#watchers.add(watch);
    try {
      return await work();
    } finally {
      this.#watchers.delete(watch);
    }
  }

  readStorage(): Promise<StorageState> {
    return readStorage();
  }

  async askToPersist(): Promise<boolean> {
    const manager: StorageManager | undefined = navigator.storage;
    return (await manager?.persist().catch(() => false)) ?? false;
  }

  /** Stops looking at the page. */
  close(): void {
    this.#activity.stop();
  }

  #tell(moving: MovingView): void {
    for (const watch of this.#watchers) watch(moving);
  }

  #show(vault: VaultView): void {
    this.#ceremony = vault;
    this.replace(vault);
    if (vault.canLock) this.#activity.start();
    else this.#activity.stop();
  }

  #follow(profile: ProfileView): void {
    if (profile.kind === 'locked') this.#ceremony = profile;
    if (profile.kind !== 'locked' && profile.kind !== 'erased' && profile.kind !== 'closed') return;
    this.#activity.stop();
    this.replace(null);
  }

  async #completeChange({ current, method }: VaultChange): Promise<{
    readonly current: UnlockAttempt | null;
    readonly method: NewUnlockMethod;
  }> {
    // In this order: who cannot open the vault makes no passkey for it.
    const opened = current === null ? null : await this.#complete(current);
    return { current: opened, method: await this.#make(method) };
  }

  async #make(method: NewVaultMethod): Promise<NewUnlockMethod> {
    if (method.kind !== 'passkey') return method;
    return { kind: 'passkey', ...(await createPasskey(this.#asked().prfInput)) };
  }

  async #complete(attempt: VaultAttempt): Promise<UnlockAttempt> {
    if (attempt.kind !== 'passkey') return attempt;
    const { prfInput, methods } = this.#asked();
    const ids = methods.flatMap(({ credentialId }) => (credentialId === null ? [] : [credentialId]));
    if (ids.length === 0) throw new ServiceError('unknown-unlock-method');
    return { kind: 'passkey', ...(await usePasskey(prfInput, ids)) };
  }

  #asked(): Ceremony {
    if (this.#ceremony === null) throw new ServiceError('not-open');
    return this.#ceremony;
  }
}
