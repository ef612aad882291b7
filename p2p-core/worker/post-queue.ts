/**
 * Messages of the worker to its page, those of one turn in one `postMessage`: a received frame causes an answer, an
 * event and an acknowledgement at once, and each crossing costs both threads. Order is kept; nothing waits longer than
 * until the end of the running turn.
 */
import type { WorkerPost, WorkerToPage } from './messages.ts';

export class PostQueue {
  readonly #post: (message: WorkerPost, transfer: Transferable[]) => void;
  #messages: WorkerToPage[] = [];
  /** A set: an object that is listed twice would make the whole post fail. */
  #transfer = new Set<Transferable>();

  constructor(post: (message: WorkerPost, transfer: Transferable[]) => void) {
    this.#post = post;
  }

  /** Takes `message`; what is in `transfer` belongs to the page from here on. */
  add(message: WorkerToPage, transfer: readonly Transferable[] = []): void {
    if (this.#messages.length === 0) queueMicrotask(() => this.#flush());
    this.#messages.push(message);
    for (const object of transfer) this.#transfer.add(object);
  }

  #flush(): void {
    const [messages, transfer] = [this.#messages, [...this.#transfer]];
    [this.#messages, this.#transfer] = [[], new Set()];
    const [only] = messages;
    if (only !== undefined && messages.length === 1) this.#post(only, transfer);
    else this.#post({ kind: 'batch', messages }, transfer);
  }
}
