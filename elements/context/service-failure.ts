/**
 * What an intent rejects with. Services throw a class of their own; elements only rely on this shape and turn
 * `code` into words. Neither code nor message carries content, names, keys or addresses.
 */
export interface ServiceFailure extends Error {
  readonly code: string;
}

/** The `code` of anything thrown by a service; `internal` for everything else. */
export function failureCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return 'internal';
  return typeof error.code === 'string' ? error.code : 'internal';
}
