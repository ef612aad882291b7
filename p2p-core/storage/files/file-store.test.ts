/** The claims; the scenarios run in a worker (p2p-core/test/files), where synchronous handles exist. */
import { runInWorker as run } from '../../test/support/run-in-worker.ts';

describe('file store', () => {
  it('P2P-FIL-01: files of every size come back, written in any steps, after a restart too', () =>
    run('sizes'));
  it('P2P-FIL-01: neither OPFS nor IndexedDB shows a name or a byte; the scan finds a clear canary', () =>
    run('nothingReadable'));
  it('P2P-FIL-02: any range reads, and nothing outside the file', () => run('ranges'));
  it('P2P-FIL-02: a range opens although everything else of the file is damaged', () =>
    run('onlyWhatIsNeeded'));
  it('P2P-FIL-03: a flipped byte, swapped, doubled and missing chunks are refused, and put back they open', () =>
    run('damage'));
  it('P2P-FIL-03: chunks of another file are refused', () => run('mixed'));
  it('P2P-FIL-03: a file whose chunks are gone is corrupt, and stays listed', () => run('missing'));
  it('P2P-FIL-04: continues behind any end; readers see it as it was when they opened it', () =>
    run('append'));
  it('P2P-FIL-05: what was not committed is gone after an abort', () => run('abort'));
  it('P2P-FIL-05: a crash between any two steps leaves no half file, and no orphan', () => run('crashes'));
  it('P2P-FIL-08: a file that arrives is hidden, and goes on after a crash behind what opens', () =>
    run('partial'));
  it('P2P-FIL-06: renames and deletes, also under readers and writers', () => run('renameAndDelete'));
  it('P2P-FIL-09: files and folders move together or not at all, and a folder goes with what is in it', () =>
    run('folders'));
  it('P2P-TRF-14: a small picture is made once, kept sealed, and gone with its file; none of a bomb', () =>
    run('thumbnails'));
  it('P2P-FIL-07: a full disk is told before and while writing, and leaves everything as it was', () =>
    run('full'));
});
