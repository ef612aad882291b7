/**
 * Entry of the dedicated worker: keys, ratchets, storage and delivery of one page live here. Built as one
 * self-contained bundle and started by startVerifiedWorker only.
 */
import { enkSignalEngine } from '@enk/crypto-core';
import { runWorker } from './run-worker.ts';

runWorker(enkSignalEngine);
