/** The real media worker; what the encoders gave it, before it was sealed, is told to the page of the test. */
import type { FrameStep } from '../../../p2p-core/calls/media-worker/frame-pipe.ts';
import type { TransformOptions } from '../../../p2p-core/calls/media-worker/messages.ts';
import {
  type MediaWorkerScope,
  runMediaWorker,
} from '../../../p2p-core/calls/media-worker/run-media-worker.ts';

const encoded = new BroadcastChannel('encoder-output');

function record(step: FrameStep, { direction, slot }: TransformOptions): FrameStep {
  if (direction === 'open') return step;
  return (data, type) => {
    encoded.postMessage({ slot, bytes: data.slice() });
    return step(data, type);
  };
}

runMediaWorker(globalThis as unknown as MediaWorkerScope, record);
