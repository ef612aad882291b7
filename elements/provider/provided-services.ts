/** Offers the services of one EnkServices to everything below the host, and forgets them when it is gone. */
import {
  callServiceContext,
  connectionServiceContext,
  contactsServiceContext,
  conversationServiceContext,
  diagnosticsServiceContext,
  filesServiceContext,
  invitesServiceContext,
  privacyServiceContext,
  profileServiceContext,
  vaultServiceContext,
} from '@enk/context';
import type { EnkServices } from '@enk/services';
import { ContextProvider, type Context } from '@lit/context';
import type { LitElement } from 'lit';

/** Every service by the name it has in EnkServices. */
export type ServiceSet = Pick<
  EnkServices,
  | 'profile'
  | 'privacy'
  | 'contacts'
  | 'conversations'
  | 'invites'
  | 'connection'
  | 'diagnostics'
  | 'vault'
  | 'files'
  | 'calls'
>;

export class ProvidedServices {
  readonly #host: LitElement;
  readonly #set: (services: ServiceSet) => void;

  constructor(host: LitElement) {
    this.#host = host;
    const profile = this.#slot(profileServiceContext);
    const privacy = this.#slot(privacyServiceContext);
    const contacts = this.#slot(contactsServiceContext);
    const conversations = this.#slot(conversationServiceContext);
    const invites = this.#slot(invitesServiceContext);
    const connection = this.#slot(connectionServiceContext);
    const diagnostics = this.#slot(diagnosticsServiceContext);
    const vault = this.#slot(vaultServiceContext);
    const files = this.#slot(filesServiceContext);
    const calls = this.#slot(callServiceContext);
    this.#set = services => {
      profile(services.profile);
      privacy(services.privacy);
      contacts(services.contacts);
      conversations(services.conversations);
      invites(services.invites);
      connection(services.connection);
      diagnostics(services.diagnostics);
      vault(services.vault);
      files(services.files);
      calls(services.calls);
    };
  }

  provide(services: ServiceSet): void {
    this.#set(services);
  }

  /** The provider is made with its first value: one without a value would answer early consumers with undefined. */
  #slot<S>(context: Context<unknown, S>): (service: S) => void {
    let provider: ContextProvider<Context<unknown, S>> | undefined;
    return service => {
      if (provider) provider.setValue(service);
      else provider = new ContextProvider(this.#host, { context, initialValue: service });
    };
  }
}
