import type { ContactId, ContactsService, ContactsSnapshot, ReleaseAnswer, SafetyNumber } from '@enk/context';
import { Store } from './store.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** ContactsService over the worker: every change comes back as a `contacts` or `consent` event. */
export class WorkerContactsService extends Store<ContactsSnapshot> implements ContactsService {
  readonly #worker: WorkerConnection;

  constructor(worker: WorkerConnection) {
    super({ isLoaded: false, contacts: [], consentRequests: [], alerts: [] });
    this.#worker = worker;
    worker.listen(event => {
      if (event.type === 'contacts')
        this.replace({ ...this.snapshot, isLoaded: true, contacts: event.contacts });
      if (event.type === 'consent') this.replace({ ...this.snapshot, consentRequests: event.requests });
      if (event.type === 'alerts') this.replace({ ...this.snapshot, alerts: event.alerts });
    });
  }

  /** Nothing of a locked vault stays in the page. */
  forget(): void {
    this.replace({ isLoaded: false, contacts: [], consentRequests: [], alerts: [] });
  }

  addByPeerId(contact: { readonly peerId: string; readonly name: string }): Promise<ContactId> {
    return this.#worker.request('addByPeerId', contact);
  }

  answerConsent(answer: {
    readonly id: string;
    readonly accept: boolean;
    readonly name?: string;
  }): Promise<void> {
    return this.#worker.request('answerConsent', answer);
  }

  rename(contactId: ContactId, name: string): Promise<void> {
    return this.#worker.request('renameContact', { contactId, name });
  }

  setVerified(contactId: ContactId, verified: boolean): Promise<void> {
    return this.#worker.request('setVerified', { contactId, verified });
  }

  setBlocked(contactId: ContactId, blocked: boolean): Promise<void> {
    return this.#worker.request('setBlocked', { contactId, blocked });
  }

  remove(contactId: ContactId): Promise<void> {
    return this.#worker.request('removeContact', { contactId });
  }

  dismissNotice(contactId: ContactId): Promise<void> {
    return this.#worker.request('dismissNotice', { contactId });
  }

  dismissAlert(id: string): Promise<void> {
    return this.#worker.request('dismissAlert', { id });
  }

  getSafetyNumber(contactId: ContactId): Promise<SafetyNumber> {
    return this.#worker.request('getSafetyNumber', { contactId });
  }

  reconnect(contactId: ContactId): Promise<void> {
    return this.#worker.request('reconnect', { contactId });
  }

  askRelease(contactId: ContactId): Promise<ReleaseAnswer> {
    return this.#worker.request('askRelease', { contactId });
  }
}
