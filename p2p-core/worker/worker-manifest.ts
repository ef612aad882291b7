/**
 * Which worker this release runs: file name and hash are constants of an integrity-checked module, put in by the
 * build, and never read from a fetched file (DESIGN.md §2).
 */
import { P2pError } from '../errors.ts';

/** File name of the worker bundle, beside this module. */
declare const __ENK_WORKER_FILE__: string;
/** `sha384-` and the base64 digest of its bytes. */
declare const __ENK_WORKER_SHA384__: string;

export interface WorkerManifest {
  readonly url: string;
  /** `sha384-…`, as in Subresource Integrity. */
  readonly integrity: string;
}

/** The worker of this build. Throws P2pError `worker-unavailable` in source that no build went over. */
export function workerManifest(): WorkerManifest {
  if (typeof __ENK_WORKER_FILE__ === 'undefined' || typeof __ENK_WORKER_SHA384__ === 'undefined') {
    throw new P2pError('worker-unavailable');
  }
  const here = import.meta.url; // Apart, or bundlers take `new URL(…, import.meta.url)` for an asset of theirs.
  return { url: new URL(__ENK_WORKER_FILE__, here).href, integrity: __ENK_WORKER_SHA384__ };
}
