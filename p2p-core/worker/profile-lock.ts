/**
 * One owner of a profile among all tabs: a Web Lock held as long as the profile is open. The browser frees it when
 * the worker dies. P2P-STO-08.
 */
import { P2pError } from '../errors.ts';

export interface LockOptions {
  /** Ends the wait; a lock that is held already is given back by the returned function only. */
  readonly signal: AbortSignal;
  /** Another tab holds it. */
  onWaiting(): void;
}

/**
 * Takes the lock of a profile, waiting for another tab when need be. Returns what gives it back. Rejects with
 * P2pError `aborted` or `storage-unavailable` (no Web Locks).
 */
export async function takeProfileLock(
  locks: LockManager,
  profile: string,
  { signal, onWaiting }: LockOptions,
): Promise<() => void> {
  const name = `enk:${profile}`;
  const free = await request(locks, name, { ifAvailable: true });
  if (free !== null) return free;
  onWaiting();
  const taken = await request(locks, name, { signal });
  if (taken === null) throw new P2pError('storage-unavailable');
  return taken;
}

/** The release of a granted lock, or null when it is not available at once. */
function request(locks: LockManager, name: string, options: RequestOptions): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const held = locks.request(name, options, lock => {
      if (lock === null) return resolve(null);
      return new Promise<void>(release => resolve(release));
    });
    held.catch((cause: unknown) => {
      const isAbort = cause instanceof DOMException && cause.name === 'AbortError';
      reject(new P2pError(isAbort ? 'aborted' : 'storage-unavailable', { cause }));
    });
  });
}

type RequestOptions = { readonly ifAvailable: true } | { readonly signal: AbortSignal };
