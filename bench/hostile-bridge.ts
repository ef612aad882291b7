/**
 * The test network across threads: it lives in the page, as RTCPeerConnections do in the product, and every peer in a
 * worker reaches it by messages. So who attacks, who is attacked and who is disturbed do not share a thread.
 */
import type { PeerId, TransportCommand, TransportEvent, TransportPort } from '../p2p-core/ports/transport.ts';
import { type TestNetwork, TestTransport } from '../p2p-core/test/support/test-network.ts';

export type ToPage =
  | { readonly kind: 'create'; readonly transport: number }
  | { readonly kind: 'command'; readonly transport: number; readonly command: TransportCommand }
  | { readonly kind: 'kill'; readonly transport: number }
  | { readonly kind: 'answer'; readonly call: number; readonly result: unknown };

export type ToWorker =
  | { readonly kind: 'event'; readonly transport: number; readonly event: TransportEvent }
  | { readonly kind: 'call'; readonly call: number; readonly name: string; readonly parameter: unknown };

/** A worker's transport. */
class BridgedTransport implements TransportPort {
  readonly #id: number;
  readonly #listeners = new Set<(event: TransportEvent) => void>();
  #peerId: PeerId | null = null;

  constructor(id: number) {
    this.#id = id;
    post({ kind: 'create', transport: id });
  }

  get peerId(): PeerId {
    if (this.#peerId === null) throw new RangeError('not registered');
    return this.#peerId;
  }

  execute(command: TransportCommand): void {
    if (command.type === 'register') this.#peerId = command.peerId;
    post({ kind: 'command', transport: this.#id, command });
  }

  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  deliver(event: TransportEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  kill(): void {
    post({ kind: 'kill', transport: this.#id });
  }
}

function post(message: ToPage): void {
  (self as unknown as Worker).postMessage(message);
}

/** In a worker: the network, and the answers to the page's calls. */
export function joinNetwork(answer: (name: string, parameter: unknown) => Promise<unknown>): TestNetwork {
  const transports: BridgedTransport[] = [];
  addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === 'event') return transports[data.transport]?.deliver(data.event);
    const { call } = data;
    void answer(data.name, data.parameter).then(result => post({ kind: 'answer', call, result }));
  });
  const createTransport = (): BridgedTransport => {
    const transport = new BridgedTransport(transports.length);
    transports.push(transport);
    return transport;
  };
  // Of the network, peers use this alone.
  return { createTransport } as unknown as TestNetwork;
}

/** The page's end of a worker's transport. It passes everything on at once: the worker's own queue is the wire. */
class PassingTransport extends TestTransport {
  readonly #onEvent: (event: TransportEvent) => void;

  constructor(network: TestNetwork, onEvent: (event: TransportEvent) => void) {
    super(network);
    this.#onEvent = onEvent;
  }

  override post(event: TransportEvent, onDelivered: () => void = () => undefined): void {
    this.#onEvent(event);
    onDelivered();
  }
}

/** In the page: a worker whose peers are on `network`; its `call` asks the worker. */
export class NetworkedWorker {
  readonly #worker: Worker;
  readonly #calls = new Map<number, (result: unknown) => void>();
  #lastCall = 0;

  constructor(network: TestNetwork, url: string, name: string) {
    this.#worker = new Worker(url, { type: 'module', name });
    const transports: PassingTransport[] = [];
    this.#worker.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
      if (data.kind === 'answer') return this.#calls.get(data.call)?.(data.result);
      if (data.kind === 'command') return transports[data.transport]?.execute(data.command);
      if (data.kind === 'kill') return transports[data.transport]?.kill();
      const { transport } = data;
      const onEvent = (event: TransportEvent): void => this.#tell({ kind: 'event', transport, event });
      transports[transport] = new PassingTransport(network, onEvent);
    });
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  call(name: string, parameter: unknown = null): Promise<unknown> {
    const call = ++this.#lastCall;
    return new Promise(resolve => {
      this.#calls.set(call, resolve);
      this.#tell({ kind: 'call', call, name, parameter });
    });
  }
}
