import { createContext } from '@lit/context';
import type { CallEndReason, CallFlags, CallView, MediaSlot, MissedCallView } from '@enk/p2p-core';
import type { Observable } from './observable.ts';
import type { ContactId } from './views.ts';

export type { CallEndReason, CallFlags, CallView, MissedCallView };

/** How good the way to a member is, in three steps and "not yet". */
export type CallQuality = 'unknown' | 'good' | 'fair' | 'poor';

/** How media go: from device to device, by a TURN relay of either side, or by an SFU; null: not known yet. */
export type CallPath = 'direct' | 'relay' | 'sfu' | null;

/** What comes from one member: streams for media elements, and how well they come. */
export interface MemberMedia {
  readonly contactId: ContactId;
  /** Microphone and camera. */
  readonly stream: MediaStream;
  /** Screen, with its sound. */
  readonly screen: MediaStream;
  readonly quality: CallQuality;
  readonly path: CallPath;
  /** 0 … 1: how loud they are just now. */
  readonly level: number;
}

export type DeviceKind = 'microphone' | 'camera' | 'speaker';

export interface MediaDevice {
  readonly id: string;
  readonly label: string;
}

/** What this page sends, or would send. */
export interface LocalMedia {
  /** What the preview shows; a new object when a track comes or goes. */
  readonly stream: MediaStream;
  readonly hasMicrophone: boolean;
  readonly hasCamera: boolean;
  readonly hasScreen: boolean;
  /** 0 … 1. */
  readonly level: number;
  readonly devices: Readonly<Record<DeviceKind, readonly MediaDevice[]>>;
  readonly chosen: Readonly<Record<DeviceKind, string>>;
  readonly hasNoiseSuppression: boolean;
  readonly hasEchoCancellation: boolean;
  /** What the last wish for a device came to. */
  readonly trouble: 'permission-denied' | 'no-device' | 'device-lost' | 'device-busy' | null;
}

/** Why nothing is sent, or less than was asked for; shown in words. */
export type CallTrouble =
  | 'worker-stopped'
  | 'transform-failed'
  | 'unsealed-bytes'
  | 'keyless'
  | 'media-unsupported'
  | 'media-worker-stopped'
  | 'media-description-refused';

export interface ShownReaction {
  readonly id: number;
  readonly contactId: ContactId;
  readonly emoji: string;
}

export interface CallSnapshot {
  readonly call: CallView | null;
  readonly local: LocalMedia;
  readonly members: readonly MemberMedia[];
  readonly missed: readonly MissedCallView[];
  readonly reactions: readonly ShownReaction[];
  readonly trouble: CallTrouble | null;
  /** Frames leave sealed under keys of this epoch; null: nothing leaves. */
  readonly sealedEpoch: number | null;
}

/**
 * The one call of this profile, and the devices that it uses. Devices are asked for only when a person wants to call,
 * answer, or check them, and are given back when the call ends.
 */
export interface CallService extends Observable<CallSnapshot> {
  /** Rings a contact; with `isVideo` the camera is on from the start. */
  start(contactId: ContactId, isVideo: boolean): Promise<void>;
  accept(isVideo: boolean): Promise<void>;
  decline(): Promise<void>;
  hangUp(): Promise<void>;
  invite(contactId: ContactId): Promise<void>;
  remove(contactId: ContactId): Promise<void>;
  setMicrophone(isOn: boolean): Promise<void>;
  setCamera(isOn: boolean): Promise<void>;
  /** Asks the browser for a screen or window; with its sound where it gives that. */
  setScreen(isOn: boolean): Promise<void>;
  setHeld(isHeld: boolean): Promise<void>;
  setHand(isRaised: boolean): Promise<void>;
  /** A member's camera is shown with so many rows: more need not be sent here. */
  showRows(contactId: ContactId, rows: number): Promise<void>;
  react(emoji: string): Promise<void>;
  /** Also in the middle of a call. A speaker is for the elements that play. */
  chooseDevice(kind: DeviceKind, id: string): Promise<void>;
  setProcessing(options: {
    readonly noiseSuppression: boolean;
    readonly echoCancellation: boolean;
  }): Promise<void>;
  /** Opens the devices for a look at oneself; `release` gives them back unless a call uses them. */
  check(): Promise<void>;
  release(): void;
  /** Takes the ended call from the screen. */
  dismiss(): Promise<void>;
  dismissMissed(contactId: ContactId): Promise<void>;
}

export const callServiceContext = createContext<CallService>(Symbol.for('enk.call-service.v1'));

export type { MediaSlot };
