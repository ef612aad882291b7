/**
 * Frames for peers that are not here (yet): kept for `expireMs`, delivered in order when the peer registers, else
 * each sender gets one EXPIRE per absent peer. Bounded in frames, bytes and number of queues; what exceeds a bound
 * is dropped, and the sender gets its EXPIRE all the same.
 */
import type { BrokerLimits } from './limits.ts';

interface Queue {
  readonly frames: string[];
  readonly senders: Set<string>;
  readonly sinceMs: number;
  sizeBytes: number;
}

export class AbsentQueues {
  readonly #queues = new Map<string, Queue>();

  constructor(private readonly limits: BrokerLimits) {}

  /** False when no further queue may be opened: the sender should be told at once. */
  add(src: string, dst: string, frame: string, nowMs: number): boolean {
    const queue = this.#queues.get(dst) ?? this.#open(dst, nowMs);
    if (queue === null) return false;
    queue.senders.add(src);
    const sizeBytes = queue.sizeBytes + Buffer.byteLength(frame);
    if (queue.frames.length >= this.limits.queueFrames || sizeBytes > this.limits.queueBytes) return true;
    queue.frames.push(frame);
    queue.sizeBytes = sizeBytes;
    return true;
  }

  /** Takes everything that waits for `dst`, in order of arrival. */
  take(dst: string): readonly string[] {
    const frames = this.#queues.get(dst)?.frames ?? [];
    this.#queues.delete(dst);
    return frames;
  }

  /** Drops the queues that nobody read in time, and tells each (sender, absent peer) pair once. */
  expire(nowMs: number, tell: (src: string, absent: string) => void): void {
    for (const [dst, queue] of this.#queues) {
      if (nowMs - queue.sinceMs < this.limits.expireMs) continue;
      this.#queues.delete(dst);
      for (const src of queue.senders) tell(src, dst);
    }
  }

  #open(dst: string, nowMs: number): Queue | null {
    if (this.#queues.size >= this.limits.queues) return null;
    const queue: Queue = { frames: [], senders: new Set(), sinceMs: nowMs, sizeBytes: 0 };
    this.#queues.set(dst, queue);
    return queue;
  }
}
