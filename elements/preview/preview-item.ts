/** What previews know of the item that they show, and how they read it. */
import type { FileJudgement, FilesService, PreviewItem } from '@enk/context';

/** An item whose contents were looked at. */
export interface InspectedItem {
  readonly item: PreviewItem;
  readonly judgement: FileJudgement;
}

/** Random access to the bytes of an item. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Rejects with a ServiceError outside of the file, and when it is gone or damaged. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Over the vault: only what is asked for is opened. */
export function vaultSource(files: FilesService, { id, sizeBytes, entry }: PreviewItem): ByteSource {
  return {
    sizeBytes: entry?.sizeBytes ?? sizeBytes,
    read: (offset, length) => files.readRange({ id }, { offset, length }, entry),
  };
}
