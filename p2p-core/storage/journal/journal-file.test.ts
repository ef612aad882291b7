/** The claims; the scenarios run in a worker (p2p-core/test/files), where synchronous handles exist. */
import { runInWorker as run } from '../../test/support/run-in-worker.ts';

describe('journal in the origin private file system', () => {
  it('P2P-JRN-01: brings back what the database lost', () => run('journalComesBack'));
  it('P2P-JRN-04: shows no name and no text; the scan finds a clear canary', () =>
    run('journalShowsNothing'));
  it('P2P-JRN-04: is one tab’s at a time; the next one waits for it', () => run('journalHandedOver'));
  it('P2P-VLT-07: goes with the profile', () => run('journalErased'));
});
