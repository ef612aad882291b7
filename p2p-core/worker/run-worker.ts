/** The dedicated worker's whole work, given who computes the Signal layer. Called once by each worker's entry. */
import type { SignalEngine } from '@enk/crypto-core';
import { systemClock } from '../ports/clock.ts';
import { EnkCore } from './enk-core.ts';
import type { PageToWorker, WorkerPost } from './messages.ts';
import { PortMedia } from './port-media.ts';
import { PortTransport } from './port-transport.ts';
import { PostQueue } from './post-queue.ts';
import { TabHub } from './tabs/tab-hub.ts';

/** What this file needs of DedicatedWorkerGlobalScope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<PageToWorker>) => void) | null;
  postMessage(message: WorkerPost, transfer: Transferable[]): void;
  readonly navigator: { readonly locks: LockManager };
}

/** Answers the page from now on. */
export function runWorker(signalEngine: SignalEngine): void {
  const scope = globalThis as unknown as WorkerScope;
  const posts = new PostQueue((message, transfer) => scope.postMessage(message, transfer));
  const transport = new PortTransport(posts);
  const media = new PortMedia(posts);
  const hub = new TabHub({
    makeCore: emit =>
      new EnkCore({
        transport,
        media,
        clock: systemClock,
        signalEngine,
        locks: scope.navigator.locks,
        emit,
      }),
    openChannel: name => new BroadcastChannel(name),
    emit: event => posts.add({ kind: 'event', event }),
  });
  scope.onmessage = ({ data }) => {
    if (data.kind === 'transport-event') return transport.deliver(data.event);
    if (data.kind === 'channel') return transport.takeChannel(data.linkId, data.channel);
    if (data.kind === 'media-event') return media.deliver(data.event);
    if (data.kind === 'call-keys') return media.takeKeyPort(data.call, data.port);
    void hub.respond(data).then(response => posts.add(response));
  };
}
