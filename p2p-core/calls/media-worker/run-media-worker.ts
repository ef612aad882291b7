/**
 * The media worker's whole work: every encoded frame of a call passes here, is sealed or opened with keys that the
 * page never sees, or is dropped. One worker a call: when it ends, every key ends.
 */
import { FramePipe, type FramePort, type FrameStep } from './frame-pipe.ts';
import { type KeyPort, MediaKeys } from './media-keys.ts';
import type { MediaWorkerCommand, MediaWorkerEvent, TransformOptions } from './messages.ts';

/** What this file needs of RTCRtpScriptTransformer. */
interface Transformer extends FramePort {
  readonly options: TransformOptions;
  /** Of a receiver: asks the sender for a key frame. Missing in older browsers. */
  sendKeyFrameRequest?(): Promise<void>;
  /** Of a sender. */
  generateKeyFrame?(): Promise<unknown>;
}

/** What this file needs of DedicatedWorkerGlobalScope. */
export interface MediaWorkerScope {
  onmessage: ((event: MessageEvent<MediaWorkerCommand>) => void) | null;
  onrtctransform: ((event: { readonly transformer: Transformer }) => void) | null;
  postMessage(event: MediaWorkerEvent): void;
}

/** `change` is for tests that break the sealing on purpose. */
export function runMediaWorker(
  scope: MediaWorkerScope,
  change: (step: FrameStep, options: TransformOptions) => FrameStep = step => step,
): void {
  const pipes = new Map<Transformer, FramePipe>();
  let keys: MediaKeys | null = null;

  const askForKeyFrames = (isMeant: (options: TransformOptions) => boolean): void => {
    for (const transformer of pipes.keys()) {
      if (!isMeant(transformer.options)) continue;
      const { direction } = transformer.options;
      const asked =
        direction === 'open' ? transformer.sendKeyFrameRequest?.() : transformer.generateKeyFrame?.();
      // Audio has none, and a track may have ended: the decoder asks by itself then.
      void asked?.catch(() => undefined);
    }
  };

  const takeKeys = (port: KeyPort): void => {
    keys?.close();
    keys = new MediaKeys(port, {
      onSealing: epoch => {
        scope.postMessage({ kind: 'sealing', epoch: Number(epoch) });
        askForKeyFrames(({ direction }) => direction === 'seal');
      },
      onAnnounced: leaf =>
        askForKeyFrames(options => options.direction === 'open' && keys?.leafOf(options.peer) === leaf),
      onKeyless: () => scope.postMessage({ kind: 'keyless' }),
    });
  };

  const stepOf = (options: TransformOptions): FrameStep =>
    options.direction === 'seal'
      ? async (data, type) => (await keys?.seal(options.slot, data, type)) ?? null
      : async data => (await keys?.open(options.peer, options.slot, data)) ?? null;

  scope.onmessage = ({ data }) => {
    if (data.kind === 'keys') takeKeys(data.port);
    else {
      const transforms = [...pipes.values()].map(({ counts }) => counts);
      scope.postMessage({ kind: 'counts', id: data.id, transforms });
    }
  };

  scope.onrtctransform = ({ transformer }) => {
    const { options } = transformer;
    const pipe = new FramePipe(options.id, options.direction, change(stepOf(options), options));
    pipes.set(transformer, pipe);
    void pipe
      .run(transformer)
      .catch(() => scope.postMessage({ kind: 'failed', transform: options.id }))
      .finally(() => pipes.delete(transformer)); // its connection is over
    scope.postMessage({ kind: 'attached', transform: options.id });
  };
}
