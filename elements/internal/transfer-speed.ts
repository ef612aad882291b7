/** How fast a transfer has been lately. */

const WINDOW_MS = 5_000;

export class TransferSpeed {
  #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  /** Notes how far it is; one that went back starts over. */
  note(bytes: number, atMs: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && bytes < last.bytes) this.#samples = [];
    if (last?.bytes === bytes) return;
    this.#samples.push({ atMs, bytes });
    this.#samples = this.#samples.filter(sample => atMs - sample.atMs <= WINDOW_MS);
  }

  clear(): void {
    this.#samples = [];
  }

  /** Null while too little is known. */
  get bytesPerSecond(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < 500) return null;
    return ((last.bytes - first.bytes) * 1_000) / (last.atMs - first.atMs);
  }
}
