import type { ConnectionService, DiagnosticsView, NetworkSettings, SignalingState } from '@enk/context';
import { Store } from './store.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** ConnectionService over the worker. */
export class WorkerConnectionService extends Store<SignalingState> implements ConnectionService {
  readonly #worker: WorkerConnection;
  #network: NetworkSettings;

  constructor(worker: WorkerConnection, network: NetworkSettings) {
    super({ kind: 'idle' });
    this.#worker = worker;
    this.#network = network;
    worker.listen(event => {
      if (event.type === 'signaling') this.replace(event.state);
    });
  }

  get network(): NetworkSettings {
    return this.#network;
  }

  async setNetwork(network: NetworkSettings): Promise<void> {
    await this.#worker.request('setNetwork', { network });
    this.#network = network;
  }

  getDiagnostics(): Promise<DiagnosticsView> {
    return this.#worker.request('getDiagnostics');
  }
}
