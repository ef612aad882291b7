/**
 * The hash of a whole file, taken chunk by chunk while it passes. P2P-TRF-06.
 *
 *     leaf(i) = SHA-256(chunk i)
 *     hash    = SHA-256("enk/v1 file hash" ‖ 0 ‖ size u64 ‖ chunk size u32 ‖ leaf(0) ‖ … ‖ leaf(n − 1))
 *
 * A list of leaves and not one SHA-256 over the bytes: browsers hash whole buffers only, and many of them at once on
 * other threads. Memory: 32 bytes a chunk, 2 MiB for 8 GiB.
 */
import type { ChunkPlan } from '@enk/crypto-core';

const LEAF_BYTES = 32;
const LABEL = new TextEncoder().encode('enk/v1 file hash\0');

export class FileHash {
  readonly #plan: ChunkPlan;
  #leaves = new Uint8Array(LEAF_BYTES * 64);
  #count = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(plan: ChunkPlan) {
    this.#plan = plan;
  }

  /** Chunks from the start that were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds the next chunk, which is read before this returns; one that was added before counts for nothing. */
  add(index: number, chunk: Uint8Array): void {
    if (index < this.#count) return;
    if (index > this.#count) throw new RangeError('a chunk is missing');
    this.#count += 1;
    const digest = crypto.subtle.digest('SHA-256', chunk as Uint8Array<ArrayBuffer>);
    const before = this.#last;
    this.#last = digest.then(async leaf => {
      await before;
      this.#put(index, new Uint8Array(leaf));
    });
    this.#last.catch(() => undefined); // `root` tells
  }

  #put(index: number, leaf: Uint8Array): void {
    const at = index * LEAF_BYTES;
    if (at + LEAF_BYTES > this.#leaves.length) {
      const larger = new Uint8Array(this.#leaves.length * 2);
      larger.set(this.#leaves);
      this.#leaves = larger;
    }
    this.#leaves.set(leaf, at);
  }

  /** Of all chunks that were added, 32 bytes. */
  async root(): Promise<Uint8Array<ArrayBuffer>> {
    await this.#last;
    const leaves = this.#leaves.subarray(0, this.#count * LEAF_BYTES);
    const input = new Uint8Array(LABEL.length + 12 + leaves.length);
    const view = new DataView(input.buffer);
    input.set(LABEL);
    view.setBigUint64(LABEL.length, BigInt(this.#plan.sizeBytes));
    view.setUint32(LABEL.length + 8, this.#plan.chunkBytes);
    input.set(leaves, LABEL.length + 12);
    return new Uint8Array(await crypto.subtle.digest('SHA-256', input));
  }
}
