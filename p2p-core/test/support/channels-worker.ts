/** The session worker's side of handed-over channels alone: the test takes the place of session and link. */
import type { ChannelState, LinkId, TransportEvent } from '../../ports/transport.ts';
import { WorkerChannels } from '../../worker/worker-channels.ts';

export type ToChannelsWorker =
  | { readonly kind: 'channel'; readonly linkId: LinkId; readonly channel: RTCDataChannel }
  | { readonly kind: 'event'; readonly event: TransportEvent }
  | { readonly kind: 'send'; readonly linkId: LinkId; readonly bytes: Uint8Array };

export type FromChannelsWorker =
  | { readonly kind: 'event'; readonly event: TransportEvent }
  | { readonly kind: 'state'; readonly linkId: LinkId; readonly state: ChannelState }
  | { readonly kind: 'sent'; readonly isOurs: boolean };

const tell = (message: FromChannelsWorker): void => postMessage(message);
const channels = new WorkerChannels({
  deliver: event => tell({ kind: 'event', event }),
  tell: (linkId, state) => tell({ kind: 'state', linkId, state }),
});

addEventListener('message', ({ data }: MessageEvent<ToChannelsWorker>) => {
  if (data.kind === 'channel') channels.take(data.linkId, data.channel);
  else if (data.kind === 'event') channels.follow(data.event);
  else tell({ kind: 'sent', isOurs: channels.send(data.linkId, data.bytes) });
});
