/**
 * Bytes of files that left one session and are not acknowledged as written: a window for each transfer, and one for all
 * of them, so that a slow receiver slows its sender and is not flooded. P2P-TRF-04.
 */
import { FILE_SESSION_WINDOW_BYTES, FILE_WINDOW_BYTES } from '../limits.ts';

export class SendWindow {
  readonly #inFlight = new Map<object, number>();
  readonly #wake: () => void;
  #totalBytes = 0;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  enter(transfer: object): void {
    this.#inFlight.set(transfer, 0);
  }

  leave(transfer: object): void {
    this.#totalBytes -= this.#inFlight.get(transfer) ?? 0;
    this.#inFlight.delete(transfer);
    this.#wake();
  }

  hasRoom(transfer: object): boolean {
    const share = Math.min(FILE_WINDOW_BYTES, FILE_SESSION_WINDOW_BYTES / Math.max(1, this.#inFlight.size));
    return (this.#inFlight.get(transfer) ?? 0) < share && this.#totalBytes < FILE_SESSION_WINDOW_BYTES;
  }

  sent(transfer: object, bytes: number): void {
    this.#add(transfer, bytes);
  }

  acknowledged(transfer: object, bytes: number): void {
    this.#add(transfer, -bytes);
    this.#wake();
  }

  #add(transfer: object, bytes: number): void {
    const before = this.#inFlight.get(transfer);
    if (before === undefined) return; // it left
    this.#inFlight.set(transfer, before + bytes);
    this.#totalBytes += bytes;
  }
}
