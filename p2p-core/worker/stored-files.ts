/** What the page asks about stored files besides their bytes (StoredFileApi), over an open profile. */
import { sha256Stream } from '@enk/crypto-core';
import { findEntry, requireFile } from './files.ts';
import type { EnkParams } from './messages.ts';
import type { OpenProfile } from './open-profile.ts';

export async function hashFile(
  profile: OpenProfile,
  { fileId, path }: EnkParams<'hashFile'>,
): Promise<string> {
  const store = await profile.files.store();
  const file = await requireFile(store, fileId);
  const { offset, sizeBytes } =
    path === undefined ? { offset: 0, sizeBytes: file.sizeBytes } : findEntry(file, path);
  const reader = await store.open(fileId);
  const hash = sha256Stream();
  try {
    for await (const chunk of reader.chunks(offset, sizeBytes)) hash.update(chunk);
  } finally {
    await reader.close();
  }
  return Array.from(hash.digest(), byte => byte.toString(16).padStart(2, '0')).join('');
}
