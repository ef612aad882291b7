/** Cancellation of waits by an AbortSignal, as the one error code `aborted`. */
import { CryptoCoreError } from '../errors.ts';

/** Throws `aborted` when the signal has fired. */
export function assertNotAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new CryptoCoreError('aborted');
}

/** The promise's outcome, or `aborted` as soon as the signal fires; a later rejection is never unhandled. */
export async function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const release = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(new CryptoCoreError('aborted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true, signal: release.signal });
  });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    release.abort();
  }
}
