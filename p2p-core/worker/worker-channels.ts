/**
 * The data channels that the page has handed over: what comes goes to the session without passing the page, and what is
 * sealed leaves from here. The page keeps the connections: it is told when a channel opened, failed or closed, and says
 * by the link's events when a channel may speak and when it is over.
 *
 * Invariants: nothing of a channel is delivered before its link was told as open, nor after it was told as closed.
 */
import type { ChannelState, LinkId, TransportEvent } from '../ports/transport.ts';
import { ByteChannel } from '../transport/byte-channel.ts';

export interface WorkerChannelsOptions {
  deliver(event: TransportEvent): void;
  tell(linkId: LinkId, state: ChannelState): void;
}

export class WorkerChannels {
  readonly #options: WorkerChannelsOptions;
  readonly #channels = new Map<LinkId, ByteChannel>();

  constructor(options: WorkerChannelsOptions) {
    this.#options = options;
  }

  /** Takes what the page handed over for this link. */
  take(linkId: LinkId, channel: RTCDataChannel): void {
    const { deliver, tell } = this.#options;
    const taken = new ByteChannel(channel, {
      onOpen: () => tell(linkId, 'open'),
      onMessage: bytes => deliver({ type: 'link-message', linkId, bytes }),
      onDrained: (takenBytes, isEmpty) => deliver({ type: 'link-drained', linkId, takenBytes, isEmpty }),
      onViolation: () => this.#fail(linkId),
      onClose: () => {
        this.#channels.delete(linkId);
        tell(linkId, 'closed');
      },
    });
    this.#channels.set(linkId, taken);
  }

  /** Sends one message; false: the page has this link's channel. One that cannot be taken ends the link: a gap. */
  send(linkId: LinkId, bytes: Uint8Array): boolean {
    const channel = this.#channels.get(linkId);
    if (channel === undefined) return false;
    try {
      channel.send(bytes);
    } catch {
      this.#fail(linkId);
    }
    return true;
  }

  /** An event of the page, after the session has had it. */
  follow(event: TransportEvent): void {
    if (event.type === 'link-open') this.#channels.get(event.link.linkId)?.release();
    else if (event.type === 'stripe-open') this.#channels.get(event.linkId)?.release();
    else if (event.type === 'link-closed') this.#close(event.linkId);
  }

  #fail(linkId: LinkId): void {
    this.#options.tell(linkId, 'failed');
    this.#close(linkId);
  }

  #close(linkId: LinkId): void {
    const channel = this.#channels.get(linkId);
    this.#channels.delete(linkId);
    channel?.close(() => this.#options.tell(linkId, 'closed'));
  }
}
