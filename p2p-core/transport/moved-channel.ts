/**
 * A data channel that the session worker has: its messages never pass the page's thread. The page keeps the connection
 * and decides on the link; the worker tells it what became of the channel (worker/worker-channels.ts).
 */
import type { ChannelState } from '../ports/transport.ts';
import type { BytePipe, BytePipeEvents } from './byte-channel.ts';

export class MovedChannel implements BytePipe {
  #isClosed = false;
  #onClosed: (() => void) | undefined;

  constructor(private readonly events: BytePipeEvents) {}

  /** What the worker tells. */
  tell(state: ChannelState): void {
    if (this.#isClosed) return;
    this.#isClosed = state === 'closed';
    if (this.#onClosed !== undefined) return this.#isClosed ? this.#onClosed() : undefined;
    if (state === 'open') this.events.onOpen();
    else if (state === 'failed') this.events.onViolation();
    else this.events.onClose();
  }

  /** The worker does so itself when it is told that the link is open. */
  release(): void {}

  send(): void {
    throw new Error('the worker has this channel');
  }

  /** The worker closes it when it is told that the link is closed. */
  close(onClosed: () => void): void {
    if (this.#isClosed) return onClosed();
    this.#onClosed = onClosed;
  }
}
