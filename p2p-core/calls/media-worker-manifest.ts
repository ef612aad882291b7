/** Which media worker this module starts: file name and hash, put in by the build and never read from a fetched file. */
import { P2pError } from '../errors.ts';
import type { WorkerManifest } from '../worker/worker-manifest.ts';

/** File name of the worker bundle, beside this module. */
declare const __ENK_WORKER_FILE__: string;
/** `sha384-` and the base64 digest of its bytes. */
declare const __ENK_WORKER_SHA384__: string;

const here = import.meta.url; // Apart, or bundlers take `new URL(…, import.meta.url)` for an asset of theirs.

/** Throws P2pError `worker-unavailable` in source that no build went over. */
export function mediaWorkerManifest(): WorkerManifest {
  if (typeof __ENK_WORKER_FILE__ === 'undefined') throw new P2pError('worker-unavailable');
  return { url: new URL(__ENK_WORKER_FILE__, here).href, integrity: __ENK_WORKER_SHA384__ };
}
