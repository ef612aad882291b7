/** CallService over the worker's call and the page's media. Puts local tracks where the call wants them. */
import type {
  CallService,
  CallSnapshot,
  CallTrouble,
  ContactId,
  DeviceKind,
  ShownReaction,
} from '@enk/context';
import type { CallFlags, CallId, CallMedia, CallView, MediaSlot } from '@enk/p2p-core';
import { ServiceError, toServiceError } from '../service-error.ts';
import { Store } from '../store.ts';
import type { WorkerConnection } from '../worker-connection.ts';
import { LocalTracks } from './local-media.ts';
import { RemoteMedia } from './remote-media.ts';

/** Statistics and levels are read this often while there is a call or a preview. */
const LOOK_MS = 500;
const REACTION_MS = 4_000;
const SLOTS: readonly MediaSlot[] = ['microphone', 'camera', 'screen', 'screen-audio'];

export class WorkerCallService extends Store<CallSnapshot> implements CallService {
  readonly #worker: WorkerConnection;
  readonly #local: LocalTracks;
  readonly #remote = new RemoteMedia();
  #media: CallMedia | null = null;
  /** The call whose media have our tracks. */
  #fed: CallId | null = null;
  #isHeld = false;
  #isHandRaised = false;
  #isChecking = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #nextReaction = 1;

  constructor(worker: WorkerConnection) {
    const local = new LocalTracks({
      onTrack: (slot, track) => void this.#send(slot, track),
      onChange: () => this.#localChanged(),
    });
    super({
      call: null,
      local: local.view,
      members: [],
      missed: [],
      reactions: [],
      trouble: null,
      sealedEpoch: null,
    });
    this.#local = local;
    this.#worker = worker;
    worker.listen(event => {
      if (event.type === 'call') this.#follow(event.call);
      if (event.type === 'missed-calls') this.replace({ ...this.snapshot, missed: event.calls });
      if (event.type === 'call-reaction') this.#showReaction(event.contactId, event.emoji);
    });
    worker.onClient(client => {
      this.#media = client.calls ?? null;
      this.#media?.watch(() => this.#mediaChanged());
    });
    worker.onStopped(() => this.#follow(null));
  }

  // ---------------------------------------------------------------- intents

  async start(contactId: ContactId, isVideo: boolean): Promise<void> {
    await this.#openDevices(isVideo);
    await this.#orRelease(() => this.#worker.request('startCall', { contactId, isVideo }));
  }

  async accept(isVideo: boolean): Promise<void> {
    const { id } = this.#require();
    // Who answers is connected while the devices open; their tracks follow without another negotiation.
    await Promise.all([this.#openDevices(isVideo), this.#worker.request('acceptCall', { call: id })]);
  }

  decline(): Promise<void> {
    return this.#worker.request('declineCall', { call: this.#require().id });
  }

  hangUp(): Promise<void> {
    return this.#worker.request('hangUp', { call: this.#require().id });
  }

  invite(contactId: ContactId): Promise<void> {
    return this.#worker.request('inviteToCall', { call: this.#require().id, contactId });
  }

  remove(contactId: ContactId): Promise<void> {
    return this.#worker.request('removeFromCall', { call: this.#require().id, contactId });
  }

  setMicrophone(isOn: boolean): Promise<void> {
    return this.#local.setMicrophone(isOn);
  }

  setCamera(isOn: boolean): Promise<void> {
    return this.#local.setCamera(isOn);
  }

  setScreen(isOn: boolean): Promise<void> {
    return this.#local.setScreen(isOn);
  }

  /** Nothing is sent while held; what comes is not played (the element's part). */
  async setHeld(isHeld: boolean): Promise<void> {
    this.#isHeld = isHeld;
    await this.#feed();
    await this.#tellFlags();
  }

  async setHand(isRaised: boolean): Promise<void> {
    this.#isHandRaised = isRaised;
    await this.#tellFlags();
  }

  async showRows(contactId: ContactId, rows: number): Promise<void> {
    const { call } = this.snapshot;
    if (call === null || call.phase === 'ended') return;
    // The call may have ended meanwhile: then nobody needs to know.
    await this.#worker.request('showCallRows', { call: call.id, contactId, rows }).catch(() => undefined);
  }

  async react(emoji: string): Promise<void> {
    await this.#worker.request('sendReaction', { call: this.#require().id, emoji });
  }

  chooseDevice(kind: DeviceKind, id: string): Promise<void> {
    return this.#local.choose(kind, id);
  }

  setProcessing(options: {
    readonly noiseSuppression: boolean;
    readonly echoCancellation: boolean;
  }): Promise<void> {
    return this.#local.setProcessing(options);
  }

  /** Before a call everything is tried; in one, looking at the devices switches nothing on that others would get. */
  async check(): Promise<void> {
    this.#isChecking = true;
    this.#look();
    if (!this.#isLive) await this.#openDevices(true);
  }

  release(): void {
    this.#isChecking = false;
    if (!this.#isLive) this.#releaseDevices();
  }

  dismiss(): Promise<void> {
    return this.#worker.request('dismissCalls', { contactId: null });
  }

  dismissMissed(contactId: ContactId): Promise<void> {
    return this.#worker.request('dismissCalls', { contactId });
  }

  /** Gives everything back. */
  close(): void {
    clearInterval(this.#timer);
    this.#local.close();
    this.#remote.clear();
  }

  // ---------------------------------------------------------------- the call

  get #isLive(): boolean {
    const { call } = this.snapshot;
    return call !== null && call.phase !== 'ended';
  }

  #require(): CallView {
    const { call } = this.snapshot;
    if (call === null) throw new ServiceError('unknown-call');
    return call;
  }

  #follow(call: CallView | null): void {
    const wasLive = this.#isLive;
    this.replace({ ...this.snapshot, call });
    if (wasLive && !this.#isLive) this.#releaseDevices();
    this.#look();
    this.#mediaChanged();
  }

  #releaseDevices(): void {
    this.#isHeld = false;
    this.#isHandRaised = false;
    this.#fed = null;
    this.#local.release();
  }

  /** The microphone always, the camera if wanted; what cannot be had is told, and the call goes on without it. */
  async #openDevices(isVideo: boolean): Promise<void> {
    await Promise.all([this.#local.setMicrophone(true), this.#local.setCamera(isVideo)]);
  }

  async #orRelease<T>(act: () => Promise<T>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!this.#isLive) this.#releaseDevices();
      throw toServiceError(error);
    }
  }

  // ---------------------------------------------------------------- media

  #mediaChanged(): void {
    const view = this.#media?.view ?? null;
    this.#remote.follow(view);
    this.replace({
      ...this.snapshot,
      members: this.#remote.members,
      trouble: (view?.trouble ?? null) as CallTrouble | null,
      sealedEpoch: view?.epoch ?? null,
    });
    if (view === null || !this.#isLive || view.call === this.#fed) return;
    this.#fed = view.call;
    void this.#feed().then(() => this.#tellFlags());
  }

  /** Every local track into the call, or none while it is held. */
  async #feed(): Promise<void> {
    for (const slot of SLOTS) await this.#send(slot, this.#local.track(slot));
  }

  async #send(slot: MediaSlot, track: MediaStreamTrack | null): Promise<void> {
    if (this.#fed === null) return;
    await this.#media?.setTrack(slot, this.#isHeld ? null : track);
  }

  #localChanged(): void {
    this.replace({ ...this.snapshot, local: this.#local.view });
    void this.#tellFlags();
  }

  async #tellFlags(): Promise<void> {
    const { call, local } = this.snapshot;
    if (call === null || call.phase === 'ended' || call.phase === 'incoming') return;
    const { hasMicrophone, hasCamera, hasScreen } = local;
    const flags: CallFlags = {
      hasMicrophone,
      hasCamera,
      hasScreen,
      isHeld: this.#isHeld,
      isHandRaised: this.#isHandRaised,
    };
    if (sameFlags(flags, call.flags)) return;
    // The call may have ended meanwhile: then nobody needs to know.
    await this.#worker.request('setCallFlags', { call: call.id, flags }).catch(() => undefined);
  }

  // ---------------------------------------------------------------- what moves by itself

  #look(): void {
    clearInterval(this.#timer);
    if (!this.#isLive && !this.#isChecking) return;
    this.#timer = setInterval(() => void this.#lookOnce(), LOOK_MS);
  }

  async #lookOnce(): Promise<void> {
    if (this.#local.readLevel()) this.replace({ ...this.snapshot, local: this.#local.view });
    const isChanged = this.#remote.take((await this.#media?.stats()) ?? []);
    if (isChanged) this.replace({ ...this.snapshot, members: this.#remote.members });
  }

  #showReaction(contactId: ContactId, emoji: string): void {
    const reaction: ShownReaction = { id: this.#nextReaction++, contactId, emoji };
    this.replace({ ...this.snapshot, reactions: [...this.snapshot.reactions, reaction].slice(-6) });
    setTimeout(() => {
      const reactions = this.snapshot.reactions.filter(({ id }) => id !== reaction.id);
      this.replace({ ...this.snapshot, reactions });
    }, REACTION_MS);
  }
}

function sameFlags(a: CallFlags, b: CallFlags): boolean {
  return (Object.keys(a) as (keyof CallFlags)[]).every(key => a[key] === b[key]);
}
