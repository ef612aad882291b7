/** Entry of the media worker. Built as one self-contained bundle and started by startVerifiedWorker only. */
import { type MediaWorkerScope, runMediaWorker } from './run-media-worker.ts';

runMediaWorker(globalThis as unknown as MediaWorkerScope);
