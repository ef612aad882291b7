/**
 * The devices of this page: opened when somebody calls, answers or looks at the preview, given back when nobody does.
 * Whoever sends the tracks is told of each change.
 */
import type { DeviceKind, LocalMedia, MediaDevice } from '@enk/context';
import type { MediaSlot } from '@enk/p2p-core';
import { LevelMeter } from './level-meter.ts';

type Trouble = LocalMedia['trouble'];

const NO_DEVICES = { microphone: [], camera: [], speaker: [] };
const KINDS: Readonly<Record<MediaDeviceKind, DeviceKind>> = {
  audioinput: 'microphone',
  videoinput: 'camera',
  audiooutput: 'speaker',
};

export interface LocalMediaEvents {
  onTrack(slot: MediaSlot, track: MediaStreamTrack | null): void;
  onChange(): void;
}

export class LocalTracks {
  readonly #events: LocalMediaEvents;
  readonly #tracks = new Map<MediaSlot, MediaStreamTrack>();
  readonly #meter = new LevelMeter();
  #stream = new MediaStream();
  #devices: LocalMedia['devices'] = NO_DEVICES;
  #chosen: Record<DeviceKind, string> = { microphone: '', camera: '', speaker: '' };
  #processing = { noiseSuppression: true, echoCancellation: true };
  #trouble: Trouble = null;
  #isMuted = false;
  readonly #page = new AbortController();

  constructor(events: LocalMediaEvents) {
    this.#events = events;
    const { mediaDevices } = navigator;
    const { signal } = this.#page;
    mediaDevices?.addEventListener('devicechange', () => void this.#readDevices(), { signal });
  }

  get view(): LocalMedia {
    return {
      stream: this.#stream,
      hasMicrophone: this.#tracks.has('microphone') && !this.#isMuted,
      hasCamera: this.#tracks.has('camera'),
      hasScreen: this.#tracks.has('screen'),
      level: this.#isMuted ? 0 : this.#meter.level,
      devices: this.#devices,
      chosen: this.#chosen,
      hasNoiseSuppression: this.#processing.noiseSuppression,
      hasEchoCancellation: this.#processing.echoCancellation,
      trouble: this.#trouble,
    };
  }

  track(slot: MediaSlot): MediaStreamTrack | null {
    return this.#tracks.get(slot) ?? null;
  }

  /** Looks at the level again; true when it moved. */
  readLevel(): boolean {
    return this.#meter.read();
  }

  /** A microphone that is off is silent at its track: what is sent then is silence, and nothing else. */
  async setMicrophone(isOn: boolean): Promise<void> {
    this.#isMuted = !isOn;
    const track = this.#tracks.get('microphone');
    if (track !== undefined) track.enabled = isOn;
    else if (isOn) await this.#open('microphone');
    this.#events.onChange();
  }

  /** A camera that is off is given back: its light goes out. */
  async setCamera(isOn: boolean): Promise<void> {
    if (!isOn) this.#replace('camera', null);
    else if (!this.#tracks.has('camera')) await this.#open('camera');
  }

  async setScreen(isOn: boolean): Promise<void> {
    if (!isOn) return this.#stopScreen();
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 15 }, audio: true });
      const [screen] = stream.getVideoTracks();
      const [sound] = stream.getAudioTracks();
      if (screen === undefined) return;
      screen.contentHint = 'detail';
      this.#replace('screen', screen);
      this.#replace('screen-audio', sound ?? null);
    } catch (error) {
      // Cancelling the browser's own question is no trouble.
      if ((error as { name?: unknown }).name !== 'NotAllowedError') this.#troubled(error);
    }
  }

  async choose(kind: DeviceKind, id: string): Promise<void> {
    this.#chosen = { ...this.#chosen, [kind]: id };
    if (kind !== 'speaker' && this.#tracks.has(kind)) await this.#open(kind);
    this.#events.onChange();
  }

  async setProcessing(processing: { noiseSuppression: boolean; echoCancellation: boolean }): Promise<void> {
    this.#processing = processing;
    if (this.#tracks.has('microphone')) await this.#open('microphone');
    this.#events.onChange();
  }

  /** Gives every device back. */
  release(): void {
    for (const slot of [...this.#tracks.keys()]) this.#replace(slot, null);
    this.#isMuted = false;
    this.#trouble = null;
    this.#events.onChange();
  }

  close(): void {
    this.release();
    this.#page.abort();
    this.#meter.close();
  }

  async #open(slot: 'microphone' | 'camera'): Promise<void> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(this.#constraints(slot));
      const [track] = stream.getTracks();
      if (track === undefined) return;
      this.#trouble = null;
      if (slot === 'microphone') track.enabled = !this.#isMuted;
      this.#replace(slot, track);
      await this.#readDevices(); // their names are told only now
    } catch (error) {
      this.#troubled(error);
    }
  }

  #constraints(slot: 'microphone' | 'camera'): MediaStreamConstraints {
    const deviceId = this.#chosen[slot] === '' ? {} : { deviceId: { exact: this.#chosen[slot] } };
    if (slot === 'microphone') return { audio: { ...deviceId, ...this.#processing } };
    return {
      video: { ...deviceId, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
    };
  }

  #replace(slot: MediaSlot, track: MediaStreamTrack | null): void {
    const before = this.#tracks.get(slot);
    if (before !== undefined) {
      before.onended = null;
      before.stop();
    }
    if (track === null) this.#tracks.delete(slot);
    else {
      this.#tracks.set(slot, track);
      track.onended = () => this.#lost(slot);
    }
    if (slot === 'microphone') this.#meter.watch(track);
    const shown = [this.#tracks.get('microphone'), this.#tracks.get('camera')];
    this.#stream = new MediaStream(shown.filter(one => one !== undefined));
    this.#events.onTrack(slot, track);
    this.#events.onChange();
  }

  /** Unplugged, revoked, or for a screen: the browser's own "stop sharing". */
  #lost(slot: MediaSlot): void {
    if (slot === 'screen' || slot === 'screen-audio') return this.#stopScreen();
    this.#replace(slot, null);
    void this.#fallBack(slot);
  }

  /** Another device, when there is one: a call must not fall silent because a headset's battery is empty. */
  async #fallBack(slot: 'microphone' | 'camera'): Promise<void> {
    this.#chosen = { ...this.#chosen, [slot]: '' };
    await this.#open(slot);
    // Refused: it was the permission that went.
    if (this.#tracks.has(slot) || this.#trouble === 'permission-denied') return;
    this.#trouble = 'device-lost';
    this.#events.onChange();
  }

  #stopScreen(): void {
    this.#replace('screen', null);
    this.#replace('screen-audio', null);
  }

  #troubled(error: unknown): void {
    const { name } = error as { name?: unknown };
    if (name === 'NotAllowedError' || name === 'SecurityError') this.#trouble = 'permission-denied';
    else if (name === 'NotReadableError' || name === 'AbortError') this.#trouble = 'device-busy';
    else this.#trouble = 'no-device';
    this.#events.onChange();
  }

  async #readDevices(): Promise<void> {
    const devices: Record<DeviceKind, MediaDevice[]> = { microphone: [], camera: [], speaker: [] };
    for (const { kind, deviceId, label } of await navigator.mediaDevices.enumerateDevices()) {
      if (deviceId !== '') devices[KINDS[kind]].push({ id: deviceId, label });
    }
    this.#devices = devices;
    this.#events.onChange();
  }
}
