/** What a transfer reads: a stored file, or one that the person chose and that is not copied. P2P-TRF-07. */
import { P2pError } from '../errors.ts';
import type { FileStore } from '../storage/files/file-store.ts';

/** Read from the disk at once: large enough that asking costs little beside it. */
const PIECE_BYTES = 1024 * 1024;

export interface FileSource {
  readonly sizeBytes: number;
  /** All bytes from `offset` on, in pieces of any length. Throws P2pError `file-changed`, `unknown-file`, `storage-…`. */
  stream(offset: number): AsyncGenerator<Uint8Array, void, undefined>;
  close(): Promise<void>;
}

/** A file of the vault. It never changes; a deleted one fails. */
export async function storedSource(store: FileStore, id: string): Promise<FileSource> {
  const reader = await store.open(id);
  return {
    sizeBytes: reader.sizeBytes,
    stream: offset => reader.chunks(offset),
    close: () => reader.close(),
  };
}

/** A Blob or File. One that changes on the disk fails: the browser compares its state with that at the choice. */
export function blobSource(blob: Blob): FileSource {
  const read = (offset: number): Promise<ArrayBuffer> =>
    blob.slice(offset, offset + PIECE_BYTES).arrayBuffer();
  return {
    sizeBytes: blob.size,
    async *stream(offset) {
      let next: Promise<ArrayBuffer> | null = null;
      try {
        for (let at = offset; at < blob.size; at += PIECE_BYTES) {
          const piece = await (next ?? read(at));
          next = at + PIECE_BYTES < blob.size ? read(at + PIECE_BYTES) : null;
          next?.catch(() => undefined); // who comes for it hears of it
          yield new Uint8Array(piece);
        }
      } catch (cause) {
        throw new P2pError('file-changed', { cause });
      }
    },
    close: async () => undefined,
  };
}
