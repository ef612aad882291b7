/** A journal's file in memory, for tests: what was flushed is told apart from what was only written. */
import type { JournalFile } from '../../storage/journal/journal.ts';

export class MemoryJournalFile implements JournalFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  flushes = 0;
  lastWrite = { at: 0, length: 0 };
  /** What the next writes throw. */
  failure: DOMException | null = null;
  #flushed: Uint8Array<ArrayBuffer>;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.#flushed = this.bytes.slice();
  }

  /** The file as another opening finds it: with everything that was written. */
  again(): MemoryJournalFile {
    return MemoryJournalFile.#of(this.bytes);
  }

  /** The file after a loss of power. */
  flushed(): MemoryJournalFile {
    return MemoryJournalFile.#of(this.#flushed);
  }

  static #of(bytes: Uint8Array): MemoryJournalFile {
    const file = new MemoryJournalFile(bytes.length);
    file.bytes.set(bytes);
    file.#flushed.set(bytes);
    return file;
  }

  read(into: Uint8Array, { at }: { readonly at: number }): number {
    into.set(this.bytes.subarray(at, at + into.length));
    return into.length;
  }

  write(bytes: Uint8Array, { at }: { readonly at: number }): number {
    if (this.failure !== null) throw this.failure;
    this.lastWrite = { at, length: bytes.length };
    this.bytes.set(bytes, at);
    return bytes.length;
  }

  flush(): void {
    if (this.failure !== null) throw this.failure;
    this.flushes += 1;
    this.#flushed = this.bytes.slice();
  }

  getSize(): number {
    return this.bytes.length;
  }

  close(): void {}
}
