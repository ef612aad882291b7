/**
 * Lit controllers that tie an element to services for as long as it is connected: the context request and the
 * subscription are taken in hostConnected and given back in hostDisconnected (ContextConsumer does the former).
 */
import { ContextConsumer, type Context } from '@lit/context';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Conversation, ConversationService } from './conversation-service.ts';
import { conversationServiceContext } from './conversation-service.ts';
import type { Observable } from './observable.ts';
import type { ContactId } from './views.ts';

type Host = ReactiveControllerHost & HTMLElement;

/** Renders the host whenever the observable that it watches changes. At most one observable at a time. */
export class ObservableController<O extends Observable<unknown>> implements ReactiveController {
  readonly #host: Host;
  #observable: O | undefined;
  #release: (() => void) | undefined;

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
  }

  get observable(): O | undefined {
    return this.#observable;
  }

  watch(observable: O | undefined): void {
    if (observable === this.#observable) return;
    this.#stop();
    this.#observable = observable;
    if (this.#host.isConnected) this.#start();
    this.#host.requestUpdate();
  }

  hostConnected(): void {
    this.#start();
  }

  hostDisconnected(): void {
    this.#stop();
  }

  #start(): void {
    if (this.#release || !this.#observable) return;
    this.#release = this.#observable.subscribe(() => this.#host.requestUpdate());
    this.#host.requestUpdate();
  }

  #stop(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** One service from context, and its snapshot. Both are undefined until a provider answers. */
export class ServiceController<S extends Observable<unknown>> {
  readonly #watched: ObservableController<S>;

  constructor(host: Host, context: Context<unknown, S>) {
    this.#watched = new ObservableController<S>(host);
    new ContextConsumer(host, {
      context,
      subscribe: true,
      callback: service => this.#watched.watch(service),
    });
  }

  get service(): S | undefined {
    return this.#watched.observable;
  }

  get snapshot(): S['snapshot'] | undefined {
    return this.#watched.observable?.snapshot;
  }
}

/** The conversation with one contact; `select` may be called on every update. */
export class ConversationController {
  readonly #watched: ObservableController<Conversation>;
  #service: ConversationService | undefined;
  #contactId: ContactId | undefined;

  constructor(host: Host) {
    this.#watched = new ObservableController<Conversation>(host);
    new ContextConsumer(host, {
      context: conversationServiceContext,
      subscribe: true,
      callback: service => {
        this.#service = service;
        this.#watch();
      },
    });
  }

  select(contactId: ContactId | undefined): void {
    this.#contactId = contactId;
    this.#watch();
  }

  get conversation(): Conversation | undefined {
    return this.#watched.observable;
  }

  get snapshot(): Conversation['snapshot'] | undefined {
    return this.#watched.observable?.snapshot;
  }

  #watch(): void {
    const id = this.#contactId;
    this.#watched.watch(id === undefined ? undefined : this.#service?.conversation(id));
  }
}
