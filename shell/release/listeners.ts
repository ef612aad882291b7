/** The bell of an observable: who listens, and ringing it. */
export class Listeners {
  readonly #entries = new Set<() => void>();

  /** Returns the way to stop. */
  add(listener: () => void): () => void {
    const entry = (): void => listener(); // one function added twice is two subscriptions
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  ring(): void {
    for (const entry of [...this.#entries]) entry();
  }
}
