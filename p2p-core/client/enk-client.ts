/**
 * The page's side of the worker: typed requests, events, and the wire between the worker's transport port and the
 * transport of this page. Keys, ratchets and storage stay in the worker; this module never sees one.
 *
 * Invariants: every request settles, with a result, with the worker's error, or with `worker-stopped`/`aborted` when
 * the worker dies or the client closes; after that nothing is sent and nothing is reported.
 */
import { P2pError, type P2pErrorCode, isP2pErrorCode } from '../errors.ts';
import type { SfuPlace } from '../ports/call-media.ts';
import type {
  ChannelState,
  LinkId,
  TransportCommand,
  TransportEvent,
  TransportPort,
} from '../ports/transport.ts';
import type { TransportStats } from '../transport/link-stats.ts';
import { CallMedia } from '../calls/media/call-media.ts';
import { watchWake } from '../transport/wake-signals.ts';
import { Transport } from '../transport/transport.ts';
import type { EnkEvent } from '../worker/api.ts';
import type {
  EnkMethod,
  EnkParams,
  EnkResult,
  PageToWorker,
  WorkerPost,
  WorkerToPage,
} from '../worker/messages.ts';
import { startVerifiedWorker } from '../worker/start-verified-worker.ts';
import { workerManifest } from '../worker/worker-manifest.ts';

/** The transport as the client needs it: the port, an end, and for a real one its statistics. */
export interface ClosableTransport extends TransportPort {
  stats?(): Promise<TransportStats>;
  /** ICE servers and policy for further connections of this page. */
  configuration?(): Promise<RTCConfiguration>;
  /** The broker's SFU, for calls (CallMediaOptions). */
  sfuFromMembers?(): Promise<number | null | undefined>;
  sfuPlace?(room: string): Promise<SfuPlace | null>;
  /** What the worker tells of a channel that it was handed. */
  takeChannelState?(linkId: LinkId, state: ChannelState): void;
  close(): void;
}

export interface EnkClientOptions {
  /** A running worker; by default the verified worker of this build. The client terminates it. */
  readonly worker?: Worker;
  /** By default the WebRTC transport. The client closes it. */
  readonly transport?: ClosableTransport;
}

/** Methods without parameters take none. */
type Arguments<M extends EnkMethod> = EnkParams<M> extends undefined ? [] : [params: EnkParams<M>];

interface PendingRequest {
  resolve(result: unknown): void;
  reject(error: P2pError): void;
}

export class EnkClient {
  readonly #pending = new Map<number, PendingRequest>();
  readonly #listeners = new Set<(event: EnkEvent) => void>();
  readonly #page = new AbortController();
  /** The media of this page's call. */
  readonly calls: CallMedia;
  #nextId = 1;
  #end: P2pError | undefined;
  #tellStopped!: (error: P2pError) => void;

  /** Resolves when the worker died by itself (`worker-stopped`); stays pending after `close()`. */
  readonly stopped = new Promise<P2pError>(resolve => {
    this.#tellStopped = resolve;
  });

  /**
   * Starts the worker and wires it to the transport. Rejects with P2pError `worker-unverified` when the worker's
   * bytes are not those of this release, `worker-unavailable` when they cannot be had.
   */
  static async start(options: EnkClientOptions = {}): Promise<EnkClient> {
    const worker = options.worker ?? (await startVerifiedWorker({ ...workerManifest(), name: 'enk' }));
    const moveChannel = handOver.bind(null, worker);
    return new EnkClient(worker, options.transport ?? new Transport({ moveChannel }));
  }

  private constructor(
    private readonly worker: Worker,
    private readonly transport: ClosableTransport,
  ) {
    const { signal } = this.#page;
    const onMessage = ({ data }: MessageEvent<WorkerPost>): void => this.#receivePost(data);
    worker.addEventListener('message', onMessage, { signal });
    const onError = (event: Event): void => {
      event.preventDefault(); // The embedding page must not read the worker's errors in `window.onerror`.
      this.#stop();
    };
    worker.addEventListener('error', onError, { signal });
    worker.addEventListener('messageerror', () => this.#stop(), { signal });
    transport.subscribe(event => this.#report(event));
    this.calls = new CallMedia({
      configuration: async () => (await transport.configuration?.()) ?? { iceServers: [] },
      sfuFromMembers: async () => transport.sfuFromMembers?.(),
      sfuPlace: async room => (await transport.sfuPlace?.(room)) ?? null,
      giveKeyPort: (call, port) => this.#post({ kind: 'call-keys', call, port }, [port]),
    });
    // On another network the paths are gone, whatever ICE still believes.
    watchWake(cause => cause === 'network' && this.calls.restartIce(), signal);
    this.calls.subscribe(event => {
      if (!this.#end) this.#post({ kind: 'media-event', event });
    });
  }

  /** Asks the worker. Rejects with a P2pError whose `code` says why. */
  request<M extends EnkMethod>(method: M, ...args: Arguments<M>): Promise<EnkResult<M>> {
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: result => resolve(result as EnkResult<M>), reject });
      try {
        this.#post({ kind: 'request', id, method, params: args[0] as EnkParams<M> });
      } catch (cause) {
        this.#pending.delete(id); // The parameters cannot be cloned.
        reject(new P2pError('bad-request', { cause }));
      }
    });
  }

  /** Paths and bytes of the page's links: the worker knows the sessions, the page the connections under them. */
  async transportStats(): Promise<TransportStats> {
    if (this.#end) throw this.#end;
    return (await this.transport.stats?.()) ?? { links: [], relay: null };
  }

  /** Calls `listener` with every event of the worker until the returned function is called. */
  subscribe(listener: (event: EnkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Lets the worker close its profile, then ends it and every connection. Idempotent; does not wait longer than
   * CLOSE_TIMEOUT_MS for a worker that hangs.
   */
  async close(): Promise<void> {
    if (this.#end) return;
    const closed = this.request('close').catch(() => undefined); // Nothing was open, or it failed: we end anyway.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expired = new Promise(resolve => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    await Promise.race([closed, expired]);
    clearTimeout(timer);
    this.#finish(new P2pError('aborted'));
  }

  #receivePost(post: WorkerPost): void {
    if (post.kind !== 'batch') return this.#receive(post);
    for (const message of post.messages) {
      if (this.#end) return; // A listener may have closed us.
      this.#receive(message);
    }
  }

  #receive(message: WorkerToPage): void {
    switch (message.kind) {
      case 'response':
        return this.#settle(message);
      case 'event':
        for (const listener of this.#listeners) listener(message.event);
        return;
      case 'transport-command':
        return this.#execute(message.command);
      case 'channel-state':
        return this.transport.takeChannelState?.(message.linkId, message.state);
      case 'media-command':
        return this.calls.execute(message.command);
    }
  }

  #settle(response: WorkerToPage & { kind: 'response' }): void {
    const request = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (response.ok) request?.resolve(response.result);
    else request?.reject(new P2pError(knownCode(response.code)));
  }

  #execute(command: TransportCommand): void {
    this.transport.execute(command);
  }

  #report(event: TransportEvent): void {
    if (this.#end) return;
    // Moved, not copied: other listeners of the transport find a received message empty from here on.
    const transfer = event.type === 'link-message' ? [event.bytes.buffer as ArrayBuffer] : [];
    this.#post({ kind: 'transport-event', event }, transfer);
  }

  #post(message: PageToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  #stop(): void {
    const error = new P2pError('worker-stopped');
    this.#finish(error);
    this.#tellStopped(error);
  }

  #finish(error: P2pError): void {
    if (this.#end) return;
    this.#end = error;
    this.#page.abort();
    this.worker.terminate();
    this.transport.close();
    this.calls.close();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#listeners.clear();
  }
}

/** Gives the worker a channel that nothing has used yet; false where a browser cannot (Firefox). */
function handOver(worker: Worker, linkId: LinkId, channel: RTCDataChannel): boolean {
  const message: PageToWorker = { kind: 'channel', linkId, channel };
  try {
    worker.postMessage(message, [channel]);
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError') return false;
    throw error;
  }
}

/** Storage commits and a last frame take milliseconds; a person who closes a page does not wait longer. */
const CLOSE_TIMEOUT_MS = 2_000;

/** A worker of another build may know codes that this page does not. */
function knownCode(code: string): P2pErrorCode {
  return isP2pErrorCode(code) ? code : 'internal';
}
