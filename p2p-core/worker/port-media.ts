/** The media port inside the worker: commands leave by postMessage, events and key ports come in. */
import type { CallId, CallMediaCommand, CallMediaEvent, CallMediaPort } from '../ports/call-media.ts';
import type { PostQueue } from './post-queue.ts';

export class PortMedia implements CallMediaPort {
  readonly #posts: PostQueue;
  readonly #listeners = new Set<(event: CallMediaEvent) => void>();
  readonly #keyListeners = new Set<(call: CallId, port: MessagePort) => void>();

  constructor(posts: PostQueue) {
    this.#posts = posts;
  }

  execute(command: CallMediaCommand): void {
    this.#posts.add({ kind: 'media-command', command });
  }

  subscribe(listener: (event: CallMediaEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onKeyPort(listener: (call: CallId, port: MessagePort) => void): () => void {
    this.#keyListeners.add(listener);
    return () => this.#keyListeners.delete(listener);
  }

  /** An event of the page's media. */
  deliver(event: CallMediaEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** A port that nobody wants is closed: the media worker gets no key then. */
  takeKeyPort(call: CallId, port: MessagePort): void {
    if (this.#keyListeners.size === 0) return port.close();
    for (const listener of [...this.#keyListeners]) listener(call, port);
  }
}
