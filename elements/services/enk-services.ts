/**
 * All services of one profile over one worker. Owner: `<enk-provider>` (or a shell). Opens the profile as soon as
 * the worker runs; whatever fails on the way becomes the profile's `failed` snapshot, so that it is shown.
 */
import type {
  CallService,
  ConnectionService,
  ContactsService,
  ConversationService,
  DiagnosticsService,
  FilesService,
  InvitesService,
  NetworkSettings,
  PrivacyService,
  ProfileService,
  ProfileSnapshot,
  ProfileView,
  ReleaseClaim,
  VaultService,
} from '@enk/context';
import { EnkClient } from '@enk/p2p-core';
import { WorkerCallService } from './call/call.ts';
import { WorkerConnectionService } from './connection.ts';
import { WorkerContactsService } from './contacts.ts';
import { WorkerConversationService } from './conversations.ts';
import { WorkerDiagnosticsService } from './diagnostics.ts';
import { WorkerFilesService } from './files.ts';
import { WorkerInvitesService } from './invites.ts';
import { WorkerPrivacyService, WorkerProfileService } from './profile.ts';
import { ServiceError, toServiceError } from './service-error.ts';
import { WorkerVaultService } from './vault.ts';
import { WorkerConnection, type WorkerClient } from './worker-connection.ts';

export interface EnkServicesOptions {
  /** Names the store on this device; two profiles share nothing. */
  readonly profile: string;
  readonly network: NetworkSettings;
  /** Another way to start the worker; EnkClient by default. */
  readonly start?: () => Promise<WorkerClient>;
}

export class EnkServices {
  readonly profile: ProfileService;
  readonly privacy: PrivacyService;
  readonly contacts: ContactsService;
  readonly conversations: ConversationService;
  readonly invites: InvitesService;
  readonly connection: ConnectionService;
  readonly diagnostics: DiagnosticsService;
  readonly vault: VaultService;
  readonly files: FilesService;
  readonly calls: CallService;
  readonly #options: EnkServicesOptions;
  readonly #worker: WorkerConnection;
  readonly #profile: WorkerProfileService;
  readonly #privacy: WorkerPrivacyService;
  readonly #invites: WorkerInvitesService;
  readonly #contacts: WorkerContactsService;
  readonly #conversations: WorkerConversationService;
  readonly #vault: WorkerVaultService;
  readonly #files: WorkerFilesService;
  readonly #calls: WorkerCallService;
  /** Set while the vault is locked: settled when it is open for the first time. */
  #locked: PromiseWithResolvers | null = null;
  #release: ReleaseClaim | null = null;

  constructor(options: EnkServicesOptions) {
    const worker = new WorkerConnection(options.start ?? (() => EnkClient.start()));
    this.#options = options;
    this.#worker = worker;
    this.profile = this.#profile = new WorkerProfileService(worker);
    this.privacy = this.#privacy = new WorkerPrivacyService(worker);
    this.contacts = this.#contacts = new WorkerContactsService(worker);
    this.conversations = this.#conversations = new WorkerConversationService(worker);
    this.invites = this.#invites = new WorkerInvitesService(worker);
    this.connection = new WorkerConnectionService(worker, options.network);
    this.diagnostics = new WorkerDiagnosticsService(worker);
    this.vault = this.#vault = new WorkerVaultService(worker);
    this.files = this.#files = new WorkerFilesService(worker);
    this.calls = this.#calls = new WorkerCallService(worker);
    worker.listen(event => {
      if (event.type === 'profile') this.#follow(event.profile);
    });
    worker.onStopped(() => this.#profile.replace({ kind: 'failed', code: 'worker-stopped' }));
  }

  /**
   * Opens the profile; resolves when it is usable (which may take as long as
   * another tab holds it, or nobody unlocks it). Rejects with a
   * ServiceError, after the profile's snapshot says so.
   */
  async open(): Promise<void> {
    try {
      await this.#worker.request('open', {
        profile: this.#options.profile,
        network: this.#options.network,
      });
      if (this.#locked === null) await this.#load();
      else await this.#locked.promise;
    } catch (error) {
      const failure = toServiceError(error);
      this.#showFailure(failure);
      throw failure;
    }
  }

  /** What this page runs, told to contacts that ask; null: nothing that is signed. */
  setRelease(release: ReleaseClaim | null): void {
    if (release?.hash === this.#release?.hash) return;
    this.#release = release;
    this.#tellRelease();
  }

  /** A worker that is not there, or another tab's that was not told, says that it runs nothing that is signed. */
  #tellRelease(): void {
    this.#worker.request('setRelease', { release: this.#release }).catch(() => undefined);
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#vault.close();
    this.#calls.close();
    this.#locked?.reject(new ServiceError('aborted'));
    this.#locked = null;
    return this.#worker.close();
  }

  async #load(): Promise<void> {
    await Promise.all([this.#privacy.load(), this.#invites.load(), this.#files.load()]);
  }

  /** A lock takes everything that was read out of the page; an unlock reads it anew. */
  #follow(profile: ProfileView): void {
    switch (profile.kind) {
      case 'locked':
        this.#locked ??= withResolvers();
        return this.#forget();
      case 'erased':
        return this.#forget();
      case 'open':
      case 'needs-name':
        return this.#unlocked();
      default:
        return;
    }
  }

  #unlocked(): void {
    if (this.#release !== null) this.#tellRelease(); // also to the worker of another tab that has taken over
    const waiting = this.#locked;
    this.#locked = null;
    if (waiting === null) return;
    this.#load().then(waiting.resolve, (error: unknown) => {
      this.#showFailure(toServiceError(error));
      waiting.reject(error);
    });
  }

  #forget(): void {
    this.#contacts.forget();
    this.#conversations.forget();
    this.#files.forgetAll();
    this.#invites.replace([]);
    this.#privacy.replace(null);
  }

  #showFailure(failure: ServiceError): void {
    if (failure.code === 'aborted' || this.#profile.snapshot.kind === 'failed') return;
    this.#profile.replace({ kind: 'failed', code: failedProfileCode(failure.code) });
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers(): PromiseWithResolvers {
  let [resolve, reject]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  promise.catch(() => undefined); // nobody waits after the first opening: the profile's snapshot tells
  return { promise, resolve, reject };
}

type FailureCode = Extract<ProfileSnapshot, { kind: 'failed' }>['code'];

const SHOWN_AS_THEY_ARE: readonly string[] = [
  'storage-unavailable',
  'storage-newer',
  'storage-corrupt',
  'storage-full',
  'storage-lost',
  'network-refused',
  'worker-unverified',
  'worker-stopped',
] satisfies FailureCode[];

function failedProfileCode(code: string): FailureCode {
  return SHOWN_AS_THEY_ARE.includes(code) ? (code as FailureCode) : 'worker-unavailable';
}
