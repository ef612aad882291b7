/**
 * The media of one call on the page: the media worker, one connection with each member, and the local tracks that go to
 * all of them. Executes the session worker's commands (ports/call-media.ts) and shows people what comes in.
 *
 * Invariant: a local track is on a sender only while the sealing gate lets it; otherwise the sender has none. Keys never
 * pass here: the port between the two workers is handed on unread.
 */
import { MEDIA_CHECK_MS } from '../../limits.ts';
import type {
  CallId,
  CallMediaCommand,
  CallMediaEvent,
  MediaFailure,
  MediaPeerId,
  MediaState,
} from '../../ports/call-media.ts';
import { startVerifiedWorker } from '../../worker/start-verified-worker.ts';
import { mediaWorkerManifest } from '../media-worker-manifest.ts';
import { MEDIA_SLOTS, type MediaSlot } from '../media-slots.ts';
import type { MediaWorkerCommand, MediaWorkerEvent, TransformCounts } from '../media-worker/messages.ts';
import { type MediaStats, readMediaStats } from './media-stats.ts';
import { PeerMedia, transformId } from './peer-media.ts';
import { type GateTrouble, SealingGate, sentPayloadBytes } from './sealing-gate.ts';

/** One member's media as this page has it. */
export interface PeerMediaView {
  readonly peer: MediaPeerId;
  readonly state: MediaState;
  /** Tracks that the connection has a place for; whether something comes is told by the session. */
  readonly tracks: ReadonlyMap<MediaSlot, MediaStreamTrack>;
}

export interface CallMediaView {
  readonly call: CallId;
  /** The MLS epoch that our frames are sealed in; null: nothing leaves. */
  readonly epoch: number | null;
  /** Why nothing leaves, or less than was asked for. */
  readonly trouble: GateTrouble | MediaFailure | null;
  readonly peers: readonly PeerMediaView[];
}

export interface CallMediaOptions {
  /** ICE servers and policy of now. */
  configuration(): Promise<RTCConfiguration>;
  /** Hands the session worker its end of the port for keys. */
  giveKeyPort(call: CallId, port: MessagePort): void;
  /** By default the verified media worker of this build. */
  startWorker?(): Promise<Worker>;
}

interface Running {
  readonly call: CallId;
  readonly worker: Worker;
  readonly gate: SealingGate;
  readonly peers: Map<MediaPeerId, { readonly media: PeerMedia; state: MediaState }>;
}

export class CallMedia {
  readonly #options: CallMediaOptions;
  readonly #listeners = new Set<(event: CallMediaEvent) => void>();
  readonly #watchers = new Set<() => void>();
  readonly #local = new Map<MediaSlot, MediaStreamTrack>();
  /** Commands that came while the worker was starting. */
  #waiting: CallMediaCommand[] | null = null;
  #opening: CallId | null = null;
  #running: Running | null = null;
  #failure: MediaFailure | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #nextCount = 1;
  #isComparing = false;
  readonly #counts = new Map<number, (counts: readonly TransformCounts[]) => void>();

  constructor(options: CallMediaOptions) {
    this.#options = options;
  }

  // ---------------------------------------------------------------- the port

  subscribe(listener: (event: CallMediaEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  execute(command: CallMediaCommand): void {
    if (command.type === 'media-open') return void this.#open(command.call);
    if (command.call === this.#opening && this.#waiting !== null) {
      this.#waiting.push(command);
      return;
    }
    const running = this.#running;
    if (running?.call !== command.call) return; // of a call that is over
    switch (command.type) {
      case 'media-connect':
        return this.#connect(running, command);
      case 'media-signal':
        return running.peers.get(command.peer)?.media.accept(command.signal);
      case 'media-disconnect':
        running.peers.get(command.peer)?.media.close();
        running.peers.delete(command.peer);
        return this.#countPeers(running);
      case 'media-close':
        return this.#end();
    }
  }

  // ---------------------------------------------------------------- what people see and do

  get view(): CallMediaView | null {
    const running = this.#running;
    const call = running?.call ?? this.#opening;
    if (call === null) return null;
    return {
      call,
      epoch: running?.gate.epoch ?? null,
      trouble: this.#failure ?? running?.gate.trouble ?? null,
      peers: [...(running?.peers ?? [])].map(([peer, { media, state }]) => ({
        peer,
        state,
        tracks: tracksOf(media),
      })),
    };
  }

  /** Calls `watcher` whenever the view may have changed. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** What everybody in the call gets in this slot from now on; kept for those who join. Who passes a track stops it. */
  async setTrack(slot: MediaSlot, track: MediaStreamTrack | null): Promise<void> {
    if (track === null) this.#local.delete(slot);
    else this.#local.set(slot, track);
    await this.#applySlot(slot);
  }

  /** What each connection sends and gets, since the last time it was asked. */
  async stats(): Promise<readonly MediaStats[]> {
    const peers = [...(this.#running?.peers ?? [])];
    return Promise.all(
      peers.map(async ([peer, { media }]) =>
        readMediaStats(peer, (await media.connection?.getStats()) ?? new Map()),
      ),
    );
  }

  /** What is on the wire's end of a slot now: the track, or nothing. */
  senderTrack(peer: MediaPeerId, slot: MediaSlot): MediaStreamTrack | null {
    return this.#running?.peers.get(peer)?.media.sender(slot)?.track ?? null;
  }

  /** For tests of what a sender really does. */
  unsafeTestingSender(peer: MediaPeerId, slot: MediaSlot): RTCRtpSender {
    const sender = this.#running?.peers.get(peer)?.media.sender(slot);
    if (!sender) throw new RangeError('no sender');
    return sender;
  }

  /** New paths for every connection. */
  restartIce(): void {
    for (const { media } of this.#running?.peers.values() ?? []) media.restartIce();
  }

  /** Idempotent. */
  close(): void {
    this.#end();
    this.#listeners.clear();
    this.#watchers.clear();
  }

  // ---------------------------------------------------------------- the worker

  async #open(call: CallId): Promise<void> {
    this.#end();
    this.#opening = call;
    this.#waiting = [];
    this.#failure = null;
    if (!('RTCRtpScriptTransform' in globalThis)) return this.#fail(call, 'media-unsupported');
    const worker = await this.#startWorker();
    if (this.#opening !== call) return worker?.terminate();
    if (worker === null) return this.#fail(call, 'media-worker-stopped');
    const running: Running = { call, worker, gate: new SealingGate(), peers: new Map() };
    this.#running = running;
    this.#listen(running);
    const { port1, port2 } = new MessageChannel();
    post(worker, { kind: 'keys', port: port1 }, [port1]);
    this.#options.giveKeyPort(call, port2);
    this.#timer = setInterval(() => void this.#check(running), MEDIA_CHECK_MS);
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    this.#opening = null;
    for (const command of waiting) this.execute(command);
    this.#changed();
  }

  async #startWorker(): Promise<Worker | null> {
    const start =
      this.#options.startWorker ??
      (() => startVerifiedWorker({ ...mediaWorkerManifest(), name: 'enk-media' }));
    // Whatever the reason: no worker, no media.
    return Promise.resolve()
      .then(start)
      .catch(() => null);
  }

  #listen(running: Running): void {
    const { worker, gate } = running;
    worker.onmessage = ({ data }: MessageEvent<MediaWorkerEvent>) => {
      gate.heard(data);
      if (data.kind !== 'counts') return void this.#apply(running);
      this.#counts.get(data.id)?.(data.transforms);
      this.#counts.delete(data.id);
    };
    const died = (event: Event): void => {
      event.preventDefault(); // The embedding page must not read the worker's errors.
      gate.stop('worker-stopped');
      void this.#apply(running);
    };
    worker.onerror = died;
    worker.onmessageerror = died;
  }

  // ---------------------------------------------------------------- connections

  #connect(
    running: Running,
    { peer, isOfferer, isPolite }: Extract<CallMediaCommand, { type: 'media-connect' }>,
  ): void {
    if (running.peers.has(peer)) return;
    const { call, worker } = running;
    const media = new PeerMedia({
      peer,
      isOfferer,
      isPolite,
      worker,
      configuration: () => this.#options.configuration(),
      send: signal => this.#emit({ type: 'media-signal', call, peer, signal }),
      onState: state => this.#onState(running, peer, state),
      onRefused: () => this.#fail(call, 'media-description-refused'),
    });
    running.peers.set(peer, { media, state: 'connecting' });
    this.#countPeers(running);
    void this.#apply(running);
  }

  /** What each gets depends on how many there are. */
  #countPeers({ peers }: Running): void {
    for (const { media } of peers.values()) media.setOthers(peers.size);
    this.#changed();
  }

  #onState(running: Running, peer: MediaPeerId, state: MediaState): void {
    const entry = running.peers.get(peer);
    if (entry === undefined || this.#running !== running) return;
    entry.state = state;
    this.#emit({ type: 'media-state', call: running.call, peer, state });
    this.#changed();
  }

  /** Puts every local track where it may be, and takes it away from where it may not. */
  async #apply(running: Running): Promise<void> {
    if (this.#running !== running) return;
    await Promise.all(MEDIA_SLOTS.map(slot => this.#applySlot(slot)));
    this.#changed();
  }

  async #applySlot(slot: MediaSlot): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    const track = this.#local.get(slot) ?? null;
    await Promise.all(
      [...running.peers].map(async ([peer, { media }]) => {
        const mayCarry = running.gate.mayCarry(transformId(peer, slot, 'seal'));
        const wanted = mayCarry ? track : null;
        if (media.wanted(slot) !== wanted) await media.setTrack(slot, wanted);
      }),
    );
  }

  // ---------------------------------------------------------------- the check at run time

  /** What left each sender against what its transform sealed: read in this order, so that a frame under way counts as sealed. */
  async #check(running: Running): Promise<void> {
    const { gate, worker } = running;
    const before = gate.trouble;
    gate.checkSilence();
    if (gate.trouble !== before) return this.#apply(running);
    // Asked at every look; statistics may take longer than from one to the next.
    if (this.#isComparing) return void this.#count(worker);
    this.#isComparing = true;
    await this.#compare(running).finally(() => (this.#isComparing = false));
  }

  async #compare(running: Running): Promise<void> {
    const { gate, worker } = running;
    const before = gate.trouble;
    void this.#count(worker);
    const sent = new Map<string, number>();
    for (const [peer, { media }] of running.peers) {
      for (const slot of MEDIA_SLOTS) {
        const sender = media.sender(slot);
        if (sender !== null) sent.set(transformId(peer, slot, 'seal'), await sentPayloadBytes(sender));
      }
    }
    if (this.#running !== running) return;
    const counts = await this.#count(worker);
    for (const [id, bytes] of sent) {
      gate.compare(
        id,
        bytes,
        counts.find(count => count.id === id),
      );
    }
    if (gate.trouble !== before) await this.#apply(running);
  }

  #count(worker: Worker): Promise<readonly TransformCounts[]> {
    const id = this.#nextCount++;
    post(worker, { kind: 'count', id });
    return new Promise(resolve => {
      this.#counts.set(id, resolve);
    });
  }

  // ---------------------------------------------------------------- the end

  #fail(call: CallId, code: MediaFailure): void {
    this.#stop();
    this.#opening = call;
    this.#waiting = null;
    this.#failure = code;
    this.#emit({ type: 'media-failed', call, code });
    this.#changed();
  }

  #end(): void {
    this.#stop();
    this.#opening = null;
    this.#waiting = null;
    this.#failure = null;
    this.#local.clear();
    this.#changed();
  }

  #stop(): void {
    clearInterval(this.#timer);
    const running = this.#running;
    this.#running = null;
    for (const { media } of running?.peers.values() ?? []) media.close();
    running?.worker.terminate();
    this.#counts.clear();
    this.#isComparing = false;
  }

  #emit(event: CallMediaEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

function tracksOf(media: PeerMedia): ReadonlyMap<MediaSlot, MediaStreamTrack> {
  const tracks = new Map<MediaSlot, MediaStreamTrack>();
  for (const slot of MEDIA_SLOTS) {
    const track = media.remoteTrack(slot);
    if (track !== null) tracks.set(slot, track);
  }
  return tracks;
}

function post(worker: Worker, command: MediaWorkerCommand, transfer: Transferable[] = []): void {
  worker.postMessage(command, transfer);
}
