/**
 * The journal's file on a simulated disk: what was written survives the process, what was flushed survives the power.
 * Small, so that a run fills it many times.
 */
import type { JournalFile } from '../../storage/journal/journal.ts';

const SIZE_BYTES = 12 * 1024;

export class SimJournal {
  readonly #onFlush: () => void;
  readonly #bytes = new Uint8Array(SIZE_BYTES);
  readonly #flushed = new Uint8Array(SIZE_BYTES);
  /** Whose it is now; a process that died has another handle, which does nothing any more. */
  #handle: Handle | null = null;

  /** @param onFlush what was written is durable, and its author does not know it yet */
  constructor(onFlush: () => void) {
    this.#onFlush = onFlush;
  }

  open(): JournalFile {
    if (this.#handle?.isOpen) throw new DOMException('open already', 'NoModificationAllowedError');
    this.#handle = new Handle(this.#bytes, () => {
      this.#flushed.set(this.#bytes);
      this.#onFlush();
    });
    return this.#handle;
  }

  /** Whoever had it open is gone. */
  kill({ losesPower }: { readonly losesPower: boolean }): void {
    this.#handle?.close();
    if (losesPower) this.#bytes.set(this.#flushed);
  }

  copy(): Uint8Array {
    return this.#bytes.slice();
  }

  putBack(bytes: Uint8Array): void {
    this.#bytes.set(bytes);
    this.#flushed.set(bytes);
  }
}

class Handle implements JournalFile {
  isOpen = true;
  readonly #bytes: Uint8Array;
  readonly #flush: () => void;

  constructor(bytes: Uint8Array, flush: () => void) {
    this.#bytes = bytes;
    this.#flush = flush;
  }

  read(into: Uint8Array, { at }: { readonly at: number }): number {
    this.#assertOpen();
    into.set(this.#bytes.subarray(at, at + into.length));
    return Math.min(into.length, this.#bytes.length - at);
  }

  write(bytes: Uint8Array, { at }: { readonly at: number }): number {
    this.#assertOpen();
    this.#bytes.set(bytes, at);
    return bytes.length;
  }

  flush(): void {
    this.#assertOpen();
    this.#flush();
    this.#assertOpen(); // who died of it does not go on
  }

  getSize(): number {
    return this.#bytes.length;
  }

  close(): void {
    this.isOpen = false;
  }

  #assertOpen(): void {
    if (!this.isOpen) throw new DOMException('closed', 'InvalidStateError');
  }
}
