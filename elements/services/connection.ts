import type { ConnectionService, NetworkSettings, SignalingState } from '@enk/context';
import { Store } from './store.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** ConnectionService over the worker. */
export class WorkerConnectionService extends Store<SignalingState> implements ConnectionService {
  readonly #worker: WorkerConnection;
  #network: NetworkSettings;
  #isNetworkRemembered = false;

  constructor(worker: WorkerConnection, network: NetworkSettings) {
    super({ kind: 'idle' });
    this.#worker = worker;
    this.#network = network;
    worker.listen(event => {
      if (event.type === 'signaling') this.replace(event.state);
      if (event.type !== 'network') return;
      this.#network = event.network;
      this.#isNetworkRemembered = event.isRemembered;
      this.replace({ ...this.snapshot });
    });
  }

  get network(): NetworkSettings {
    return this.#network;
  }

  get isNetworkRemembered(): boolean {
    return this.#isNetworkRemembered;
  }

  setNetwork(network: NetworkSettings): Promise<void> {
    return this.#worker.request('setNetwork', { network });
  }

  rememberNetwork(network: NetworkSettings | null): Promise<void> {
    return this.#worker.request('rememberNetwork', { network });
  }
}
