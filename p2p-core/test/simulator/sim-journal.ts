/**
 * The journal's file on a simulated disk: what was written survives the process, what was flushed survives the power.
 * Small, so that a run fills it many times.
 */
import type { JournalFile } from '../../storage/journal/journal.ts';

const SIZE_BYTES = 12 * 1024;

export class SimJournal implements JournalFile {
  readonly #onFlush: () => void;
  #bytes = new Uint8Array(SIZE_BYTES);
  #flushed = this.#bytes.slice();
  #isOpen = false;

  /** @param onFlush what was written is durable, and its author does not know it yet */
  constructor(onFlush: () => void) {
    this.#onFlush = onFlush;
  }

  open(): this {
    if (this.#isOpen) throw new DOMException('open already', 'NoModificationAllowedError');
    this.#isOpen = true;
    return this;
  }

  /** Whoever had it open is gone. */
  kill({ losesPower }: { readonly losesPower: boolean }): void {
    this.#isOpen = false;
    if (losesPower) this.#bytes = this.#flushed.slice();
  }

  copy(): Uint8Array {
    return this.#bytes.slice();
  }

  putBack(bytes: Uint8Array): void {
    this.#bytes.set(bytes);
    this.#flushed.set(bytes);
  }

  read(into: Uint8Array, { at }: { readonly at: number }): number {
    this.#assertOpen();
    into.set(this.#bytes.subarray(at, at + into.length));
    return Math.min(into.length, SIZE_BYTES - at);
  }

  write(bytes: Uint8Array, { at }: { readonly at: number }): number {
    this.#assertOpen();
    this.#bytes.set(bytes, at);
    return bytes.length;
  }

  flush(): void {
    this.#assertOpen();
    this.#flushed.set(this.#bytes);
    this.#onFlush();
    this.#assertOpen(); // who died of it does not go on
  }

  getSize(): number {
    return SIZE_BYTES;
  }

  close(): void {
    this.#isOpen = false;
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new DOMException('closed', 'InvalidStateError');
  }
}
