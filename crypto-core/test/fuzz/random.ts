/** The fuzzer's own randomness: reproducible from a seed and an input's number. Nothing secret comes of it. */

/** mulberry32 over 32 bits of state. */
export class FuzzRandom {
  #state: number;

  constructor(seed: number, index = 0) {
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index | 0, 0x85ebca6b) ^ 0x5bd1e995) | 0;
    for (let i = 0; i < 4; i++) this.u32();
  }

  /** 0 … 2^32−1. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 … below−1; 0 when `below` is 0. */
  int(below: number): number {
    return below <= 0 ? 0 : Math.floor((this.u32() / 2 ** 32) * below);
  }

  chance(probability: number): boolean {
    return this.u32() / 2 ** 32 < probability;
  }

  /** One of the items; there must be one. */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.int(items.length)] as Item;
  }

  bytes(size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = this.u32() & 0xff;
    return bytes;
  }
}
