/** The claims; the scenarios run in a worker (p2p-core/test/files), where synchronous handles exist. */
import { runInWorker } from '../test/support/run-in-worker.ts';

describe('moving files', () => {
  it('P2P-MOV-02: files of every size arrive with their names and ids; a second time adds nothing', () =>
    runInWorker('movesFiles'));
  it('P2P-MOV-04: a byte that was flipped late takes back the files before it, and keeps what was there', () =>
    runInWorker('takesFilesBack'));
});
