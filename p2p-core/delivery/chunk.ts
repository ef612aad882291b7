/**
 * One chunk of a large PDU, as it travels in a bulk frame (CC-PAD-04), and the arithmetic of chunks. SPEC.md §3.
 *
 *     chunk  = transfer u32 ‖ index u16 ‖ CHUNK_BYTES bytes of the padded PDU
 *     padded = PDU ‖ zeros up to the bucket of its length: 32 KiB, then multiples of 64 KiB
 *
 * All chunks have the same length: bulk frames are not padded, and the wire must not show more of a PDU's length than
 * its bucket. Not responsible for order or memory (large-receiver.ts).
 */
import { CHUNK_BYTES } from '../limits.ts';

const HEADER_BYTES = 6;
/** Length of every chunk with its header. */
export const CHUNK_FRAME_BYTES = HEADER_BYTES + CHUNK_BYTES;
const SMALLEST_BUCKET_BYTES = 2 * CHUNK_BYTES;
const BUCKET_STEP_BYTES = 4 * CHUNK_BYTES;

export interface Chunk {
  /** Which announced PDU it belongs to. */
  readonly transfer: number;
  /** From 0. */
  readonly index: number;
  /** CHUNK_BYTES bytes, a view. */
  readonly bytes: Uint8Array;
}

/** Length of a PDU of `sizeBytes` with its padding: the buckets of CC-PAD above one chunk. */
export function paddedBytes(sizeBytes: number): number {
  if (sizeBytes <= SMALLEST_BUCKET_BYTES) return SMALLEST_BUCKET_BYTES;
  return Math.ceil(sizeBytes / BUCKET_STEP_BYTES) * BUCKET_STEP_BYTES;
}

/** How many chunks a PDU of `sizeBytes` has. */
export function chunkCount(sizeBytes: number): number {
  return paddedBytes(sizeBytes) / CHUNK_BYTES;
}

/** Chunk `index` of `pdu`; beyond its end, zeros. */
export function encodeChunk(transfer: number, index: number, pdu: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(CHUNK_FRAME_BYTES);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, transfer);
  view.setUint16(4, index);
  chunk.set(pdu.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES), HEADER_BYTES);
  return chunk;
}

/** Null for anything that has not the length of a chunk. */
export function decodeChunk(bytes: Uint8Array): Chunk | null {
  if (bytes.length !== CHUNK_FRAME_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { transfer: view.getUint32(0), index: view.getUint16(4), bytes: bytes.subarray(HEADER_BYTES) };
}
