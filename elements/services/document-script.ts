/** Which script draws documents in a frame: file name and hash, put in by the build, as for workers. */
import type { DocumentScript } from '@enk/context';
import { fetchVerified } from '@enk/p2p-core';
import { ServiceError, toServiceError } from './service-error.ts';

/** File name of the script, beside this module. */
declare const __ENK_FRAME_FILE__: string;
/** `sha384-` and the base64 digest of its bytes. */
declare const __ENK_FRAME_SHA384__: string;

const here = import.meta.url; // Apart, or bundlers take `new URL(…, import.meta.url)` for an asset of theirs.

let loading: Promise<DocumentScript> | undefined;

/** Rejects with ServiceError `worker-unverified`, `worker-unavailable` (also in source that no build went over). */
export function documentScript(): Promise<DocumentScript> {
  loading ??= load();
  loading.catch(() => (loading = undefined)); // the next time it is asked for again
  return loading;
}

async function load(): Promise<DocumentScript> {
  if (typeof __ENK_FRAME_FILE__ === 'undefined') throw new ServiceError('worker-unavailable');
  try {
    const integrity = __ENK_FRAME_SHA384__;
    const bytes = await fetchVerified({ url: new URL(__ENK_FRAME_FILE__, here).href, integrity });
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), integrity };
  } catch (error) {
    throw toServiceError(error);
  }
}
