/**
 * Splitting a file into chunks of one size (SPEC.md CC-BLK). Pure arithmetic on sizes; knows no keys.
 */
import { CryptoCoreError } from '../errors.ts';

/** Most chunks of one transfer: what a receiver keeps of each is one bit, 2 MiB at most. */
export const MAX_CHUNKS = 2 ** 24;
/** Largest chunk, as of the cascade's bodies: its frame stays below 256 KiB. */
export const MAX_CHUNK_BYTES = 196_608;

/** A file's division: every chunk has `chunkBytes`, but the last one has the rest. */
export interface ChunkPlan {
  readonly sizeBytes: number;
  readonly chunkBytes: number;
}

/** Where a chunk lies in its file. */
export interface ChunkRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * How many chunks a file has: ⌈size / chunk size⌉, and one (empty) chunk for an empty file, so that it is
 * authenticated too. Throws `invalid-argument` for sizes out of the limits.
 */
export function countChunks({ sizeBytes, chunkBytes }: ChunkPlan): number {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new CryptoCoreError('invalid-argument');
  if (!Number.isInteger(chunkBytes) || chunkBytes < 1 || chunkBytes > MAX_CHUNK_BYTES) {
    throw new CryptoCoreError('invalid-argument');
  }
  const total = Math.max(1, Math.ceil(sizeBytes / chunkBytes));
  if (total > MAX_CHUNKS) throw new CryptoCoreError('invalid-argument');
  return total;
}

/** The place of chunk `index`. Throws `invalid-argument` for an index that the file does not have. */
export function chunkRange(plan: ChunkPlan, index: number): ChunkRange {
  const isInFile = Number.isInteger(index) && index >= 0 && index < countChunks(plan);
  if (!isInFile) throw new CryptoCoreError('invalid-argument');
  const offset = index * plan.chunkBytes;
  return { offset, length: Math.min(plan.chunkBytes, plan.sizeBytes - offset) };
}

/** All chunks of `bytes`, as views. Throws `invalid-argument` for sizes out of the limits. */
export function splitIntoChunks(bytes: Uint8Array, chunkBytes: number): Uint8Array[] {
  const plan = { sizeBytes: bytes.length, chunkBytes };
  return Array.from({ length: countChunks(plan) }, (_, index) => {
    const { offset, length } = chunkRange(plan, index);
    return bytes.subarray(offset, offset + length);
  });
}
