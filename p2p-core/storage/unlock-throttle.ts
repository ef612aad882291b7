/**
 * How long to wait after wrong tries at the lock. Pure; who keeps the counter stores it before each try, so that
 * neither a reload nor a killed process makes a try free. It guards this screen; a copied store is guarded by
 * Argon2id alone. P2P-VLT-04.
 */
import { UNLOCK_BACKOFF_BASE_MS, UNLOCK_BACKOFF_MAX_MS, UNLOCK_FREE_TRIES } from '../limits.ts';

/** Tries since the last success. */
export interface UnlockTries {
  readonly count: number;
  /** When the last one was made, or judged, by this device's clock. */
  readonly lastAtMs: number;
}

export const NO_TRIES: UnlockTries = { count: 0, lastAtMs: 0 };

/** A clock that was set back starts the wait anew, so that it neither ends early nor lasts for years. */
export function settleTries(tries: UnlockTries, nowMs: number): UnlockTries {
  return tries.lastAtMs > nowMs ? { ...tries, lastAtMs: nowMs } : tries;
}

/** One more try, now. */
export function countTry(tries: UnlockTries, nowMs: number): UnlockTries {
  return { count: tries.count + 1, lastAtMs: nowMs };
}

/** When the next try is allowed; null: now. */
export function nextTryAtMs({ count, lastAtMs }: UnlockTries, nowMs: number): number | null {
  const paid = count - UNLOCK_FREE_TRIES;
  if (paid <= 0) return null;
  const waitMs = Math.min(UNLOCK_BACKOFF_BASE_MS * 2 ** (paid - 1), UNLOCK_BACKOFF_MAX_MS);
  return lastAtMs + waitMs > nowMs ? lastAtMs + waitMs : null;
}

/** Whether a value from storage is a counter. */
export function isUnlockTries(value: unknown): value is UnlockTries {
  if (typeof value !== 'object' || value === null) return false;
  const { count, lastAtMs } = value as Record<string, unknown>;
  return Number.isSafeInteger(count) && (count as number) >= 0 && Number.isFinite(lastAtMs);
}
