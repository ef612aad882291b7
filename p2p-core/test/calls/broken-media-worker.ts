/** The real media worker, whose sealing is broken on purpose as its name (`#…` of its address) says. */
import { type MediaWorkerScope, runMediaWorker } from '../../calls/media-worker/run-media-worker.ts';
import type { FrameStep } from '../../calls/media-worker/frame-pipe.ts';

const BREAKS: Readonly<Record<string, (step: FrameStep) => FrameStep>> = {
  '': step => step,
  throws: () => async () => {
    throw new TypeError('broken on purpose');
  },
  'returns-input': () => async data => data,
  'returns-input-with-header': () => async data => {
    const longer = new Uint8Array(data.length + 40);
    longer.set(data, 12);
    return longer;
  },
};

const broken = BREAKS[self.location.hash.slice(1)] ?? BREAKS[''];
runMediaWorker(globalThis as unknown as MediaWorkerScope, broken);
