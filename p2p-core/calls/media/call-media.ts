/**
 * The media of one call on the page: the media worker, the ways to the members (call-transport.ts), and the local tracks
 * that go on all of them. Executes the session worker's commands (ports/call-media.ts) and shows people what comes in.
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
  SfuPlace,
} from '../../ports/call-media.ts';
import { startVerifiedWorker } from '../../worker/start-verified-worker.ts';
import { mediaWorkerManifest } from '../media-worker-manifest.ts';
import { MEDIA_SLOTS, type MediaSlot } from '../media-slots.ts';
import type { MediaWorkerCommand, MediaWorkerEvent, TransformCounts } from '../media-worker/messages.ts';
import { CallRoutes } from './call-routes.ts';
import type { SendingLink } from './call-transport.ts';
import { type MediaStats, readMediaStats } from './media-stats.ts';
import { transformId } from './sealed-sections.ts';
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
  /** What the person's broker says of an SFU: for calls of so many (null: too large for a mesh); undefined: none. */
  sfuFromMembers?(): Promise<number | null | undefined>;
  /** Asks the person's broker for a room; null: none to be had. */
  sfuPlace?(room: string): Promise<SfuPlace | null>;
  /** By default the verified media worker of this build. */
  startWorker?(): Promise<Worker>;
}

interface Running {
  readonly call: CallId;
  readonly worker: Worker;
  readonly gate: SealingGate;
  readonly routes: CallRoutes;
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
        return running.routes.join(command);
      case 'media-signal':
        return running.routes.accept(command.peer, command.signal);
      case 'media-disconnect':
        running.routes.leave(command.peer);
        return this.#changed();
      case 'media-picture':
        return running.routes.limit(command.peer, command.rows);
      case 'media-topology':
        return running.routes.take(command.sfu, command.ownTag);
      case 'media-ask-sfu':
        return void this.#askSfu(running, command.room);
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
      peers: (running?.routes.members ?? []).map(peer => ({
        peer,
        state: running?.routes.stateOf(peer) ?? 'connecting',
        tracks: tracksOf(running, peer),
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
    const routes = this.#running?.routes;
    return Promise.all(
      (routes?.members ?? []).map(async peer =>
        readMediaStats(
          { peer, isBySfu: routes?.isBySfu(peer) === true },
          (await routes?.connectionOf(peer)?.getStats()) ?? new Map(),
        ),
      ),
    );
  }

  /** What leaves for a member in a slot now: the track, or nothing. */
  senderTrack(peer: MediaPeerId, slot: MediaSlot): MediaStreamTrack | null {
    return this.#running?.routes.linkTo(peer)?.sender(slot)?.track ?? null;
  }

  /** For tests of what a sender really does. */
  unsafeTestingSender(peer: MediaPeerId, slot: MediaSlot): RTCRtpSender {
    const sender = this.#running?.routes.linkTo(peer)?.sender(slot);
    if (!sender) throw new RangeError('no sender');
    return sender;
  }

  /** New paths for every connection. */
  restartIce(): void {
    this.#running?.routes.restartIce();
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
    const running: Running = {
      call,
      worker,
      gate: new SealingGate(),
      routes: this.#makeRoutes(call, worker),
    };
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
    void this.#offerSfu(running);
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

  #makeRoutes(call: CallId, worker: Worker): CallRoutes {
    return new CallRoutes({
      worker,
      configuration: () => this.#options.configuration(),
      onLink: () => void this.#reapply(call),
      onMember: (peer, state) => this.#onState(call, peer, state),
      onSignal: (peer, signal) => this.#emit({ type: 'media-signal', call, peer, signal }),
      onSfuState: state => this.#emit({ type: 'media-sfu-state', call, state }),
      onRefused: () => this.#fail(call, 'media-description-refused'),
    });
  }

  async #offerSfu({ call }: Running): Promise<void> {
    const fromMembers = await this.#options.sfuFromMembers?.();
    if (fromMembers === undefined || this.#running?.call !== call) return;
    this.#emit({ type: 'media-sfu-offered', call, fromMembers });
  }

  async #askSfu({ call }: Running, room: string): Promise<void> {
    const place = (await this.#options.sfuPlace?.(room)) ?? null;
    if (this.#running?.call === call) this.#emit({ type: 'media-sfu-place', call, place });
  }

  #reapply(call: CallId): Promise<void> | undefined {
    const running = this.#running;
    return running?.call === call ? this.#apply(running) : undefined;
  }

  /** `state`: a new one, if it changed. */
  #onState(call: CallId, peer: MediaPeerId, state: MediaState | null): void {
    if (this.#running?.call !== call) return;
    if (state !== null) this.#emit({ type: 'media-state', call, peer, state });
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
      running.routes.links.map(async link => {
        const mayCarry = running.gate.mayCarry(transformId(link.id, slot, 'seal'));
        const wanted = mayCarry ? track : null;
        if (link.wanted(slot) !== wanted) await link.setTrack(slot, wanted);
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
    const sent: { readonly link: SendingLink; readonly id: string; readonly bytes: number }[] = [];
    for (const link of running.routes.links) {
      for (const slot of MEDIA_SLOTS) {
        const sender = link.sender(slot);
        if (sender === null) continue;
        sent.push({ link, id: transformId(link.id, slot, 'seal'), bytes: await sentPayloadBytes(sender) });
      }
    }
    if (this.#running !== running) return;
    const counts = await this.#count(worker);
    const links = new Set(running.routes.links);
    for (const { link, id, bytes } of sent) {
      const own = counts.find(count => count.id === id);
      // The counts of a link that ended meanwhile ended with it: nothing leaves there any more.
      if (links.has(link)) gate.compare(id, bytes, own);
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
    running?.routes.close();
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

function tracksOf(running: Running | null, peer: MediaPeerId): ReadonlyMap<MediaSlot, MediaStreamTrack> {
  const tracks = new Map<MediaSlot, MediaStreamTrack>();
  for (const slot of MEDIA_SLOTS) {
    const track = running?.routes.remoteTrack(peer, slot) ?? null;
    if (track !== null) tracks.set(slot, track);
  }
  return tracks;
}

function post(worker: Worker, command: MediaWorkerCommand, transfer: Transferable[] = []): void {
  worker.postMessage(command, transfer);
}
