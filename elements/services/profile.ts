import type { PrivacyService, PrivacySettings, ProfileService, ProfileSnapshot } from '@enk/context';
import { Store } from './store.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** ProfileService over the worker; its owner replaces the snapshot when the worker cannot tell. */
export class WorkerProfileService extends Store<ProfileSnapshot> implements ProfileService {
  readonly #worker: WorkerConnection;

  constructor(worker: WorkerConnection) {
    super({ kind: 'opening' });
    this.#worker = worker;
    worker.listen(event => {
      if (event.type === 'profile') this.replace(event.profile);
    });
  }

  setDisplayName(displayName: string): Promise<void> {
    return this.#worker.request('setDisplayName', { displayName });
  }

  renewAddress(): Promise<void> {
    return this.#worker.request('renewAddress');
  }
}

/** PrivacyService over the worker; reads the switches when the profile opens. */
export class WorkerPrivacyService extends Store<PrivacySettings | null> implements PrivacyService {
  readonly #worker: WorkerConnection;

  constructor(worker: WorkerConnection) {
    super(null);
    this.#worker = worker;
    worker.listen(event => {
      if (event.type === 'privacy') this.replace(event.privacy);
    });
  }

  async load(): Promise<void> {
    this.replace(await this.#worker.request('getPrivacy'));
  }

  /** Shows the new switches only once they are stored. */
  async setPrivacy(privacy: PrivacySettings): Promise<void> {
    await this.#worker.request('setPrivacy', { privacy });
    this.replace(privacy);
  }
}
