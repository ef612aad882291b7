/**
 * One chunk of a file as it travels through the cascade, in a bulk frame (CC-PAD-04). The cascade authenticates all of
 * it, so file, place and number of chunks are bound to its bytes. P2P-TRF-05.
 *
 *     chunk = 0 u32 ‖ file id (16) ‖ index u32 ‖ total u32 ‖ bytes       0: no transfer of a large PDU has this number
 */
import { decodeBase64Url, encodeBase64Url } from '../storage/base64url.ts';

const FILE_ID_BYTES = 16;
/** In front of a chunk's bytes. */
export const FILE_CHUNK_HEADER_BYTES = 4 + FILE_ID_BYTES + 4 + 4;

export interface FileChunk {
  /** base64url. */
  readonly id: string;
  readonly index: number;
  readonly total: number;
  /** A view. */
  readonly bytes: Uint8Array;
}

/** `into`: a buffer that may be used for it, and that nobody reads any more; too small a one is left alone. */
export function encodeFileChunk({ id, index, total, bytes }: FileChunk, into?: ArrayBuffer): Uint8Array {
  const length = FILE_CHUNK_HEADER_BYTES + bytes.length;
  const buffer = into !== undefined && into.byteLength >= length ? into : new ArrayBuffer(length);
  const chunk = new Uint8Array(buffer, 0, length);
  const view = new DataView(buffer);
  view.setUint32(0, 0);
  chunk.set(decodeBase64Url(id), 4);
  view.setUint32(4 + FILE_ID_BYTES, index);
  view.setUint32(8 + FILE_ID_BYTES, total);
  chunk.set(bytes, FILE_CHUNK_HEADER_BYTES);
  return chunk;
}

/** Whether a bulk body is a file's, and not a large PDU's. */
export function isFileChunk(body: Uint8Array): boolean {
  return body.length >= FILE_CHUNK_HEADER_BYTES && body.subarray(0, 4).every(byte => byte === 0);
}

/** Null for anything that is none. */
export function decodeFileChunk(body: Uint8Array): FileChunk | null {
  if (!isFileChunk(body)) return null;
  const view = new DataView(body.buffer, body.byteOffset);
  return {
    id: encodeBase64Url(body.subarray(4, 4 + FILE_ID_BYTES)),
    index: view.getUint32(4 + FILE_ID_BYTES),
    total: view.getUint32(8 + FILE_ID_BYTES),
    bytes: body.subarray(FILE_CHUNK_HEADER_BYTES),
  };
}
