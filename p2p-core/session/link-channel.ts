/**
 * The receiving end of one link as a queue with a bound: the handshake and then the session take messages off it
 * one by one. A peer that sends faster than it is worked off is cut off. P2P-LIM-03.
 */
import { P2pError } from '../errors.ts';

interface Bound {
  readonly frames: number;
  readonly bytes: number;
}

export class LinkChannel {
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #bound: Bound;
  #waiter: { resolve(bytes: Uint8Array): void; reject(error: Error): void } | null = null;
  #closed: P2pError | null = null;

  constructor(bound: Bound) {
    this.#bound = bound;
  }

  /** Sets another bound, for after the handshake. */
  rebound(bound: Bound): void {
    this.#bound = bound;
  }

  /** Takes a message from the wire. False: over the bound; the caller closes the link. */
  push(bytes: Uint8Array): boolean {
    if (this.#closed !== null) return true;
    if (this.#waiter !== null) {
      const { resolve } = this.#waiter;
      this.#waiter = null;
      resolve(bytes);
      return true;
    }
    if (this.#queue.length >= this.#bound.frames) return false;
    if (this.#queuedBytes + bytes.length > this.#bound.bytes) return false;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    return true;
  }

  /** The next message. One caller at a time. Rejects with P2pError `aborted` once closed. */
  receive(): Promise<Uint8Array> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    const next = this.#queue.shift();
    if (next !== undefined) {
      this.#queuedBytes -= next.length;
      return Promise.resolve(next);
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** Drops what is queued; receivers reject. */
  close(): void {
    if (this.#closed !== null) return;
    this.#closed = new P2pError('aborted');
    this.#queue = [];
    this.#waiter?.reject(this.#closed);
    this.#waiter = null;
  }
}
