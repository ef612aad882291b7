/**
 * The channels of one link: its own, and those of its stripes. Says where the next frame goes, and how it is dressed
 * for that. P2P-STR-01, P2P-STR-02.
 */
import { MIN_STRIPED_FRAME_BYTES } from '../limits.ts';
import type { LinkId } from '../ports/transport.ts';
import { ChannelQueue } from './channel-queue.ts';
import { numberFrame } from './frame-order.ts';

export interface Route {
  readonly linkId: LinkId;
  readonly bytes: Uint8Array;
}

export class LinkLanes {
  readonly #linkId: LinkId;
  readonly #nowMs: () => number;
  /** The link's own. */
  readonly main: ChannelQueue;
  readonly #stripes = new Map<LinkId, ChannelQueue>();
  /** Of the next frame; null while frames go as they are. */
  #number: number | null = null;
  #lastStripedAtMs = Number.NEGATIVE_INFINITY;

  constructor(linkId: LinkId, nowMs: () => number) {
    this.#linkId = linkId;
    this.#nowMs = nowMs;
    this.main = new ChannelQueue(nowMs);
  }

  /** A stripe may be used from now on. */
  add(linkId: LinkId): void {
    this.#stripes.set(linkId, new ChannelQueue(this.#nowMs));
  }

  /** It may not any more; what it was given is still on its way. */
  remove(linkId: LinkId): void {
    this.#stripes.delete(linkId);
  }

  /** A frame came by a stripe. */
  noteReceived(): void {
    this.#lastStripedAtMs = this.#nowMs();
  }

  /** When a frame went or came by a stripe last. */
  get lastStripedAtMs(): number {
    return this.#lastStripedAtMs;
  }

  get isDrained(): boolean {
    return this.main.bytes === 0 && [...this.#stripes.values()].every(({ bytes }) => bytes === 0);
  }

  get hasChunkRoom(): boolean {
    return this.main.hasChunkRoom || [...this.#stripes.values()].some(({ hasChunkRoom }) => hasChunkRoom);
  }

  /** Where this frame goes; it counts as sent there. */
  route(frame: Uint8Array): Route {
    if (this.#number === null) {
      const begins = this.#stripes.size > 0 && frame.length >= MIN_STRIPED_FRAME_BYTES;
      if (!begins) return this.#sent(this.#linkId, this.main, frame);
      this.#number = 0;
    }
    const number = this.#number++;
    const bytes = numberFrame(number, frame);
    // The first one follows what had no number, where that went.
    const isFree = number > 0 && frame.length >= MIN_STRIPED_FRAME_BYTES;
    const [linkId, queue] = isFree ? this.#freest() : ([this.#linkId, this.main] as const);
    if (queue !== this.main) this.#lastStripedAtMs = this.#nowMs();
    return this.#sent(linkId, queue, bytes);
  }

  /** A channel took so much off its queue since it opened; one that was removed counts no more. */
  taken(linkId: LinkId, bytes: number, isEmpty: boolean): void {
    const queue = linkId === this.#linkId ? this.main : this.#stripes.get(linkId);
    queue?.taken(bytes, isEmpty);
  }

  #sent(linkId: LinkId, queue: ChannelQueue, bytes: Uint8Array): Route {
    queue.sent(bytes.length);
    return { linkId, bytes };
  }

  /** The one that is emptied soonest. */
  #freest(): readonly [LinkId, ChannelQueue] {
    const lanes: (readonly [LinkId, ChannelQueue])[] = [[this.#linkId, this.main], ...this.#stripes];
    return lanes.reduce((best, lane) => (lane[1].fill < best[1].fill ? lane : best));
  }
}
