/**
 * One ordered, reliable data channel as a pipe of whole binary messages: the receiving limits, and how full the
 * sending queue is. Knows nothing of frames; whoever breaks a limit is cut off.
 */
import { MAX_EARLY_MESSAGES, MAX_RECEIVED_MESSAGE_BYTES } from '../limits.ts';

/** What becomes of a channel. */
export interface BytePipeEvents {
  onOpen(): void;
  /** The other side sent text, too much, or too early. */
  onViolation(): void;
  onClose(): void;
}

export interface ByteChannelEvents extends BytePipeEvents {
  onMessage(bytes: Uint8Array): void;
  /** The sending queue shrank: so many bytes have left it since the beginning, all or not. */
  onDrained(takenBytes: number, isEmpty: boolean): void;
}

/** What a link needs of its channel, in whichever thread that is. */
export interface BytePipe {
  /** Hands over what came early, and everything from now on as it comes. */
  release(): void;
  /** Queues one message; throws when it cannot be taken. */
  send(bytes: Uint8Array): void;
  /** No event comes any more. Queued messages still leave; `onClosed` is called once when the channel is gone. */
  close(onClosed: () => void): void;
}

export class ByteChannel implements BytePipe {
  /** What came before the link was told as open; null afterwards. */
  #early: Uint8Array[] | null = [];
  readonly #listening = new AbortController();
  #sentBytes = 0;

  constructor(
    private readonly channel: RTCDataChannel,
    private readonly events: ByteChannelEvents,
  ) {
    const { signal } = this.#listening;
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = 0;
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#receive(data), { signal });
    channel.addEventListener('bufferedamountlow', () => this.#drained(), { signal });
    channel.addEventListener('close', () => events.onClose(), { signal });
    if (channel.readyState === 'open') queueMicrotask(() => events.onOpen());
    else channel.addEventListener('open', () => events.onOpen(), { signal });
  }

  release(): void {
    const early = this.#early ?? [];
    this.#early = null;
    for (const bytes of early) this.events.onMessage(bytes);
  }

  /** Queues one message. Throws what `RTCDataChannel.send` throws: not open, too large, or its queue is full. */
  send(bytes: Uint8Array): void {
    this.channel.send(bytes as Uint8Array<ArrayBuffer>); // Never shared memory: it came by postMessage.
    this.#sentBytes += bytes.length;
    // Half of what waits is the next report: a few reports for a long queue, and always one for "empty".
    const half = Math.floor(this.channel.bufferedAmount / 2);
    if (half > this.channel.bufferedAmountLowThreshold) this.channel.bufferedAmountLowThreshold = half;
  }

  close(onClosed: () => void): void {
    this.#listening.abort();
    this.#early = null;
    if (this.channel.readyState === 'closed') return onClosed();
    this.channel.addEventListener('close', onClosed, { once: true });
    this.channel.close();
  }

  #receive(data: unknown): void {
    const isSound = data instanceof ArrayBuffer && data.byteLength <= MAX_RECEIVED_MESSAGE_BYTES;
    if (!isSound || (this.#early?.length ?? 0) >= MAX_EARLY_MESSAGES) return this.events.onViolation();
    const bytes = new Uint8Array(data);
    if (this.#early === null) this.events.onMessage(bytes);
    else this.#early.push(bytes);
  }

  #drained(): void {
    const { bufferedAmount } = this.channel;
    this.channel.bufferedAmountLowThreshold = Math.floor(bufferedAmount / 2);
    this.events.onDrained(this.#sentBytes - bufferedAmount, bufferedAmount === 0);
  }
}

/** Ordered and fully reliable: the only kind of channel that strict frame counters can run over. */
export function isReliable(channel: RTCDataChannel): boolean {
  return channel.ordered && channel.maxRetransmits === null && channel.maxPacketLifeTime === null;
}
