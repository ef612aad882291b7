/** The claims; the scenarios run in a worker (p2p-core/test/transfers), where files can be kept. */
import { expect } from '@esm-bundle/chai';

async function run(scenario: string): Promise<void> {
  const worker = new Worker(new URL('../test/transfers/worker.ts', import.meta.url), { type: 'module' });
  try {
    const failure = await new Promise<string | null>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<string | null>) => resolve(data);
      worker.onerror = event => reject(new Error(event.message || 'the worker did not start'));
      worker.postMessage(scenario);
    });
    expect(failure).to.equal(null);
  } finally {
    worker.terminate();
  }
}

describe('transfers of files', function () {
  this.timeout(180_000);

  it('P2P-TRF-01: nothing comes before the person said yes; refused and withdrawn offers leave nothing', () =>
    run('decisions'));
  it('P2P-TRF-02: files of every size arrive byte-equal, through the cascade and in fast mode', () =>
    run('sizes'));
  it('P2P-TRF-02: several at once and both ways at once', () => run('many'));
  it('P2P-TRF-03: lines of chat pass a running transfer', () => run('chat'));
  it('P2P-TRF-07: a pause on either side stops the chunks, and it goes on from there', () => run('pauses'));
  it('P2P-TRF-07: cancelled on either side, nothing of it stays', () => run('cancels'));
  it('P2P-TRF-08: after a cut it goes on, and sends one window again at most', () => run('cut'));
  it('P2P-TRF-08: after each of many cuts, by the network or a crash of either side, a window at most is sent again', () =>
    run('manyCuts'));
  it('P2P-TRF-08: after a reload of the receiver', () => run('receiverReload'));
  it('P2P-TRF-08: after a reload of the sender', () => run('senderReload'));
  it('P2P-TRF-08: a crash of either side at any chunk leaves a file that arrives whole', () =>
    run('crashWalk'));
  it('P2P-TRF-08: what is read where it lies ends with its page, and both sides are told', () =>
    run('blobReload'));
  it('P2P-TRF-09: room is asked for before a yes, and the offer stands', () => run('full'));
  it('P2P-TRF-09: a disk that fills pauses the transfer with the reason; with room it goes on', () =>
    run('fullInTheMiddle'));
  it('P2P-TRF-11: a folder of 2,000 files arrives with its structure, every file byte-equal', () =>
    run('folder'));

  it('P2P-TRF-05: chunks of a wrong size or total end their transfer alone', () => run('wrongSizes'));
  it('P2P-TRF-05: missing, repeated, overlapping and surplus chunks end their transfer alone', () =>
    run('wrongOrder'));
  it('P2P-TRF-06: another content than was hashed, or less of it, is not kept', () => run('wrongHash'));
  it('P2P-TRF-05: chunks without end cost a window, then the session', () => run('endless'));
  it('P2P-TRF-01: chunks that nobody asked for end the session', () => run('unasked'));
  it('P2P-TRF-13: offers are bounded', () => run('tooManyOffers'));
  it('P2P-TRF-13: offers whose sizes are none are refused', () => run('brokenOffers'));
  it('P2P-TRF-13: a million files are refused before they cost memory', () => run('millionFiles'));
  it('P2P-TRF-10: hostile names are kept as plain ones', () => run('names'));
  it('P2P-TRF-04: an acknowledgement of what never left ends its transfer', () => run('ackOfNothing'));
  it('P2P-TRF-04: a receiver that claims more than there is ends its transfer', () =>
    run('acceptBeyondTheEnd'));
  it('P2P-TRF-04: a receiver that stalls gets a window and no more', () => run('stalls'));
  it('P2P-TRF-13: nobody gets what is sent to somebody else', () => run('othersFiles'));
});
