/**
 * The file of an export: written to where the person chose, or into this origin's private file system, where it lies
 * sealed until the page has handed it over. And read from where the person has it.
 */
import { P2pError, storageError } from '../errors.ts';
import type { ExportKey, ExportSecret } from '../worker/api.ts';
import { exportFolder, removeExports } from '../storage/export-folder.ts';
import { openExport, sealExport } from './age.ts';
import { type ExportSource, exportParts } from './export-vault.ts';

export interface MovingOptions {
  readonly signal: AbortSignal;
  /** Bytes read or written so far. */
  onProgress(doneBytes: number): void;
}

export interface ExportDestination {
  readonly profile: string;
  /** The file that the person chose; null: one of our own. */
  readonly to: FileSystemFileHandle | null;
}

/**
 * Writes the sealed export and returns the file, which is not in memory; null when the person chose one. Throws P2pError
 * `passphrase-too-short`, `recipient-invalid`, `storage-…`, `aborted`; then no file of ours is left, and the person's is
 * as it was.
 */
export async function writeExport(
  source: ExportSource,
  key: ExportKey,
  { profile, to, signal, onProgress }: ExportDestination & MovingOptions,
): Promise<File | null> {
  const sealed = await sealExport(toStream(exportParts(source), onProgress), key);
  try {
    if (to !== null) {
      await sealed.pipeTo(await to.createWritable(), { signal });
      return null;
    }
    await removeExports(profile);
    const folder = await exportFolder(profile);
    const name = exportName(source.nowMs);
    const file = await folder.getFileHandle(name, { create: true });
    await sealed.pipeTo(await file.createWritable(), { signal });
    return await file.getFile();
  } catch (cause) {
    if (to === null) await removeExports(profile);
    throw movingError(cause, signal);
  }
}

/** `enkrypted-2026-11-30.tar.age` */
function exportName(nowMs: number): string {
  return `enkrypted-${new Date(nowMs).toISOString().slice(0, 10)}.tar.age`;
}

/** The plaintext of a file, as it is read. Throws P2pError `export-locked`, `aborted`; the stream fails with those, and `export-malformed`. */
export async function readExportFile(
  file: Blob,
  secret: ExportSecret,
  { signal, onProgress }: MovingOptions,
): Promise<ReadableStream<Uint8Array>> {
  let doneBytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      onProgress((doneBytes += chunk.length));
      controller.enqueue(chunk);
    },
  });
  try {
    return await openExport(file.stream().pipeThrough(counted, { signal }), secret);
  } catch (cause) {
    throw movingError(cause, signal);
  }
}

/** What a stream that was stopped fails with is `aborted`. */
export function movingError(cause: unknown, signal: AbortSignal): P2pError {
  if (signal.aborted) return new P2pError('aborted', { cause });
  return storageError(cause);
}

/** Pulled one part at a time: nothing is read ahead of what is sealed. */
function toStream(
  parts: AsyncGenerator<Uint8Array, void, undefined>,
  onProgress: (doneBytes: number) => void,
): ReadableStream<Uint8Array> {
  let doneBytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await parts.next();
        if (done) return controller.close();
        onProgress((doneBytes += value.length));
        controller.enqueue(value);
      },
      async cancel() {
        await parts.return();
      },
    },
    { highWaterMark: 0 },
  );
}
