import type { StorageState } from '@enk/context';

/** `storage` is missing outside secure contexts, and either call may be refused: then nothing is known. */
export async function readStorage(): Promise<StorageState> {
  const manager: StorageManager | undefined = navigator.storage;
  const [isPersisted, estimate] = await Promise.all([
    manager?.persisted().catch(() => null) ?? null,
    manager?.estimate().catch(() => null) ?? null,
  ]);
  return { isPersisted, usageBytes: estimate?.usage ?? null, quotaBytes: estimate?.quota ?? null };
}
