import type { Observable } from '@enk/context';

/** A snapshot that its owner replaces. Listeners run synchronously, in the order of subscription. */
export class Store<T> implements Observable<T> {
  #snapshot: T;
  readonly #listeners = new Set<() => void>();

  constructor(initial: T) {
    this.#snapshot = initial;
  }

  get snapshot(): T {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    // A wrapper of its own, so that one function subscribed twice is two subscriptions.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Replaces the snapshot and tells every listener; the same object again tells nobody. */
  replace(next: T): void {
    if (next === this.#snapshot) return;
    this.#snapshot = next;
    for (const listener of [...this.#listeners]) listener();
  }
}
