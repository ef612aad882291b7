import type { ExportSecret } from '@enk/context';

const HEAD_BYTES = 64;

/** What an export is opened with, by the beginning of the file; null when it is no file of the age format. */
export async function readExportKind(file: Blob): Promise<ExportSecret['kind'] | null> {
  const head = await file.slice(0, HEAD_BYTES).text();
  if (!head.startsWith('age-encryption.org/v1\n-> ')) return null;
  return head.startsWith('-> scrypt ', 22) ? 'passphrase' : 'identity';
}
