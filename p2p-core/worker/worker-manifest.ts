/**
 * Which worker this page runs: the constants of the module that the import map names as its Signal engine, which is
 * checked by integrity like every other.
 */
import { WORKER_INTEGRITY, WORKER_URL } from '@enk/signal-engine';
import { P2pError } from '../errors.ts';

export interface WorkerManifest {
  readonly url: string;
  /** `sha384-…`, as in Subresource Integrity. */
  readonly integrity: string;
}

/** The worker of this page. Throws P2pError `worker-unavailable` in source that no build went over. */
export function workerManifest(): WorkerManifest {
  if (WORKER_URL === null || WORKER_INTEGRITY === null) throw new P2pError('worker-unavailable');
  return { url: WORKER_URL, integrity: WORKER_INTEGRITY };
}
