/** The transport port inside the worker: commands leave by postMessage, events come in by `deliver`. */
import type { TransportCommand, TransportEvent, TransportPort } from '../ports/transport.ts';
import type { WorkerToPage } from './messages.ts';

export class PortTransport implements TransportPort {
  readonly #post: (message: WorkerToPage, transfer: Transferable[]) => void;
  readonly #listeners = new Set<(event: TransportEvent) => void>();

  constructor(post: (message: WorkerToPage, transfer: Transferable[]) => void) {
    this.#post = post;
  }

  execute(command: TransportCommand): void {
    if (command.type !== 'send') return this.#post({ kind: 'transport-command', command }, []);
    // A copy moves to the page: the handshake still hashes what it sent.
    const bytes = command.bytes.slice();
    this.#post({ kind: 'transport-command', command: { ...command, bytes } }, [bytes.buffer]);
  }

  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An event of the page's transport. */
  deliver(event: TransportEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
