import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type {
  AlertView,
  ConsentRequest,
  ContactId,
  ContactView,
  ReleaseAnswer,
  SafetyNumber,
} from './views.ts';

export interface ContactsSnapshot {
  /** False until the store was read for the first time. */
  readonly isLoaded: boolean;
  /** Newest activity first. */
  readonly contacts: readonly ContactView[];
  /** People without an invite who wait for an answer. */
  readonly consentRequests: readonly ConsentRequest[];
  /** What the person must hear about; stays until dismissed. */
  readonly alerts: readonly AlertView[];
}

/** The people of this profile. Every method rejects with a ServiceFailure. */
export interface ContactsService extends Observable<ContactsSnapshot> {
  addByPeerId(contact: { readonly peerId: string; readonly name: string }): Promise<ContactId>;
  answerConsent(answer: {
    readonly id: string;
    readonly accept: boolean;
    readonly name?: string;
  }): Promise<void>;
  rename(contactId: ContactId, name: string): Promise<void>;
  setVerified(contactId: ContactId, verified: boolean): Promise<void>;
  setBlocked(contactId: ContactId, blocked: boolean): Promise<void>;
  /** Deletes the contact and the conversation from this device. */
  remove(contactId: ContactId): Promise<void>;
  dismissNotice(contactId: ContactId): Promise<void>;
  dismissAlert(id: string): Promise<void>;
  getSafetyNumber(contactId: ContactId): Promise<SafetyNumber>;
  /** Dials now, also after dialling was stopped. */
  reconnect(contactId: ContactId): Promise<void>;
  /** What a connected contact says that it runs: a claim. Rejects with `not-connected`, `no-answer`. */
  askRelease(contactId: ContactId): Promise<ReleaseAnswer>;
}

export const contactsServiceContext = createContext<ContactsService>(Symbol.for('enk.contacts-service.v1'));
