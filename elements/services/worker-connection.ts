/**
 * The services' one way to the worker: requests wait until the client has started and reject with a ServiceError.
 * Not responsible for what requests mean.
 */
import type { CallMedia, EnkEvent, EnkMethod, EnkParams, EnkResult, TransportStats } from '@enk/p2p-core';
import { ServiceError, toServiceError } from './service-error.ts';

/** Methods without parameters take none. */
type Arguments<M extends EnkMethod> = EnkParams<M> extends undefined ? [] : [params: EnkParams<M>];

/** What the services need of EnkClient. */
export interface WorkerClient {
  request<M extends EnkMethod>(method: M, ...args: Arguments<M>): Promise<EnkResult<M>>;
  /** What the page's own connections say; who has none says nothing. */
  transportStats?(): Promise<TransportStats>;
  /** The media of this page's call; who has none makes no calls. */
  readonly calls?: CallMedia;
  /** Resolves when the worker died by itself. */
  readonly stopped: Promise<unknown>;
  subscribe(listener: (event: EnkEvent) => void): () => void;
  close(): Promise<void> | void;
}

export class WorkerConnection {
  readonly #client: Promise<WorkerClient>;
  readonly #listeners = new Set<(event: EnkEvent) => void>();
  #isClosed = false;

  constructor(start: () => Promise<WorkerClient>) {
    this.#client = start().then(client => this.#adopt(client));
    // Whoever requests sees the failure; nobody having asked yet is no unhandled rejection.
    this.#client.catch(() => undefined);
  }

  async request<M extends EnkMethod>(method: M, ...args: Arguments<M>): Promise<EnkResult<M>> {
    try {
      const client = await this.#client;
      if (this.#isClosed) throw new ServiceError('aborted');
      return await client.request(method, ...args);
    } catch (error) {
      throw toServiceError(error);
    }
  }

  /** Paths and bytes of the page's connections. Rejects as `request` does. */
  async transportStats(): Promise<TransportStats> {
    try {
      const client = await this.#client;
      if (this.#isClosed) throw new ServiceError('aborted');
      return (await client.transportStats?.()) ?? { links: [], relay: null };
    } catch (error) {
      throw toServiceError(error);
    }
  }

  /** Events of the worker, in its order. */
  listen(listener: (event: EnkEvent) => void): void {
    this.#listeners.add(listener);
  }

  /** Calls `listener` with the client once it runs. */
  onClient(listener: (client: WorkerClient) => void): void {
    void this.#client.then(listener, () => undefined); // It never ran: every request says so.
  }

  /** Calls `listener` when a running worker died by itself. */
  onStopped(listener: () => void): void {
    void this.#client.then(
      client => client.stopped.then(listener),
      () => undefined, // It never ran: every request says so.
    );
  }

  /** Idempotent; also stops a client that is still starting. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listeners.clear();
    const client = await this.#client.catch(() => null);
    await client?.close();
  }

  #adopt(client: WorkerClient): WorkerClient {
    client.subscribe(event => {
      for (const listener of this.#listeners) listener(event);
    });
    return client;
  }
}
