/**
 * The real media worker. As its name (`#…` of its address) says, its sealing is broken on purpose, or what the encoder
 * gives it is shown to the test.
 */
import type { TransformOptions } from '../../calls/media-worker/messages.ts';
import { type MediaWorkerScope, runMediaWorker } from '../../calls/media-worker/run-media-worker.ts';
import type { FrameStep } from '../../calls/media-worker/frame-pipe.ts';

const BREAKS: Readonly<Record<string, (step: FrameStep, options: TransformOptions) => FrameStep>> = {
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
  /** An error that belongs to no frame, after a few of them. */
  'throws-uncaught': step => {
    let count = 0;
    return async (data, type) => {
      if (++count === 10) setTimeout(fail);
      return step(data, type);
    };
  },
  /** Every frame as the encoder made it, and as it leaves. */
  watched: (step, { direction, slot }) => {
    if (direction !== 'seal') return step;
    const channel = new BroadcastChannel('encoder');
    return async (data, type) => {
      const encoded = data.slice();
      const sealed = await step(data, type);
      channel.postMessage({ slot, type, encoded, sealed: sealed?.slice() ?? null });
      return sealed;
    };
  },
};

function fail(): never {
  throw new TypeError('broken on purpose');
}

const broken = BREAKS[self.location.hash.slice(1)] ?? BREAKS[''];
runMediaWorker(globalThis as unknown as MediaWorkerScope, broken);
