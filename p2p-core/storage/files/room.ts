/** How much the browser lends to this origin. */
import { P2pError } from '../../errors.ts';
import { STORAGE_RESERVE_BYTES } from '../../limits.ts';

export interface StorageRoom {
  readonly usedBytes: number;
  /** What the browser would lend in all; it is an estimate, and the disk may be smaller. */
  readonly quotaBytes: number;
}

/** The browser's estimate. */
export async function storageRoom(): Promise<StorageRoom> {
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return { usedBytes: usage, quotaBytes: quota };
}

/** Throws P2pError `storage-full` when `bytes` more would not leave STORAGE_RESERVE_BYTES. */
export async function assertRoom(bytes: number): Promise<void> {
  const { usedBytes, quotaBytes } = await storageRoom();
  if (usedBytes + bytes + STORAGE_RESERVE_BYTES > quotaBytes) throw new P2pError('storage-full');
}
