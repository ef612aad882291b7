/**
 * A service from context that is subscribed to only while its host can be seen: in the viewport (or near it), in a
 * tab that is in front. What nobody sees is not read.
 */
import type { Observable } from '@enk/context';
import { ContextConsumer, type Context } from '@lit/context';
import type { ReactiveController, ReactiveControllerHost } from 'lit';

type Host = ReactiveControllerHost & HTMLElement;

export class VisibleWatch<S extends Observable<unknown>> implements ReactiveController {
  readonly #host: Host;
  #service: S | undefined;
  #release: (() => void) | undefined;
  #isInView = false;
  #viewport: IntersectionObserver | undefined;
  #listening: AbortController | undefined;

  constructor(host: Host, context: Context<unknown, S>) {
    this.#host = host;
    host.addController(this);
    new ContextConsumer(host, { context, subscribe: true, callback: service => this.#use(service) });
  }

  get service(): S | undefined {
    return this.#service;
  }

  get snapshot(): S['snapshot'] | undefined {
    return this.#service?.snapshot;
  }

  hostConnected(): void {
    this.#listening = new AbortController();
    document.addEventListener('visibilitychange', () => this.#follow(), { signal: this.#listening.signal });
    this.#viewport = new IntersectionObserver(entries => {
      this.#isInView = entries.at(-1)?.isIntersecting ?? false;
      this.#follow();
    });
    this.#viewport.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#listening?.abort();
    this.#viewport?.disconnect();
    this.#isInView = false;
    this.#follow();
  }

  #use(service: S): void {
    if (service === this.#service) return;
    this.#stop();
    this.#service = service;
    this.#follow();
    this.#host.requestUpdate();
  }

  #follow(): void {
    const isWanted = this.#isInView && this.#host.isConnected && document.visibilityState === 'visible';
    if (!isWanted) return this.#stop();
    if (this.#release || !this.#service) return;
    this.#release = this.#service.subscribe(() => this.#host.requestUpdate());
    this.#host.requestUpdate();
  }

  #stop(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
