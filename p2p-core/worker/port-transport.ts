/** The transport port inside the worker: commands leave by postMessage, events come in by `deliver`. */
import type { TransportCommand, TransportEvent, TransportPort } from '../ports/transport.ts';
import type { PostQueue } from './post-queue.ts';

export class PortTransport implements TransportPort {
  readonly #posts: PostQueue;
  readonly #listeners = new Set<(event: TransportEvent) => void>();

  constructor(posts: PostQueue) {
    this.#posts = posts;
  }

  execute(command: TransportCommand): void {
    if (command.type !== 'send') return this.#posts.add({ kind: 'transport-command', command });
    const bytes = ownMemory(command.bytes);
    this.#posts.add({ kind: 'transport-command', command: { ...command, bytes } }, [bytes.buffer]);
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

/** A sent frame is the page's: who made it needs it no more. Only one that lies in somebody else's memory is copied. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isWhole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  return isWhole ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}
