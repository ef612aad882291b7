/**
 * The transport port inside the worker: commands leave by postMessage, events come in by `deliver`. Messages of a
 * channel that the page could hand over do neither.
 */
import type { LinkId, TransportCommand, TransportEvent, TransportPort } from '../ports/transport.ts';
import type { PostQueue } from './post-queue.ts';
import { WorkerChannels } from './worker-channels.ts';

export class PortTransport implements TransportPort {
  readonly #posts: PostQueue;
  readonly #listeners = new Set<(event: TransportEvent) => void>();
  readonly #channels: WorkerChannels;

  constructor(posts: PostQueue) {
    this.#posts = posts;
    this.#channels = new WorkerChannels({
      deliver: event => this.#tell(event),
      tell: (linkId, state) => posts.add({ kind: 'channel-state', linkId, state }),
    });
  }

  execute(command: TransportCommand): void {
    if (command.type !== 'send') return this.#posts.add({ kind: 'transport-command', command });
    if (this.#channels.send(command.linkId, command.bytes)) return;
    const bytes = ownMemory(command.bytes);
    this.#posts.add({ kind: 'transport-command', command: { ...command, bytes } }, [bytes.buffer]);
  }

  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An event of the page's transport. */
  deliver(event: TransportEvent): void {
    this.#tell(event);
    this.#channels.follow(event);
  }

  /** A channel that the page hands over. */
  takeChannel(linkId: LinkId, channel: RTCDataChannel): void {
    this.#channels.take(linkId, channel);
  }

  #tell(event: TransportEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** A sent frame is the page's: who made it needs it no more. Only one that lies in somebody else's memory is copied. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isWhole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  return isWhole ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}
