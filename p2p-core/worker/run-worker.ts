/** The dedicated worker's whole work, given who computes the Signal layer. Called once by each worker's entry. */
import type { SignalEngine } from '@enk/crypto-core';
import { systemClock } from '../ports/clock.ts';
import { EnkCore } from './enk-core.ts';
import type { PageToWorker, WorkerToPage } from './messages.ts';
import { PortTransport } from './port-transport.ts';
import { respond } from './rpc.ts';

/** What this file needs of DedicatedWorkerGlobalScope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<PageToWorker>) => void) | null;
  postMessage(message: WorkerToPage, transfer: Transferable[]): void;
  readonly navigator: { readonly locks: LockManager };
}

/** Answers the page from now on. */
export function runWorker(signalEngine: SignalEngine): void {
  const scope = globalThis as unknown as WorkerScope;
  const transport = new PortTransport((message, transfer) => scope.postMessage(message, transfer));
  const core = new EnkCore({
    transport,
    clock: systemClock,
    signalEngine,
    locks: scope.navigator.locks,
    emit: event => scope.postMessage({ kind: 'event', event }, []),
  });
  scope.onmessage = ({ data }) => {
    if (data.kind === 'transport-event') return transport.deliver(data.event);
    void respond(core, data).then(message => scope.postMessage(message, []));
  };
}
