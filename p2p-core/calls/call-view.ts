/** What the page is told of calls. Structured-cloneable; no key, SDP or address. */
import type { CallId, MediaFailure } from '../ports/call-media.ts';
import type { ContactId } from '../worker/api.ts';

/** What a member sends, and how it is. */
export interface CallFlags {
  readonly hasMicrophone: boolean;
  readonly hasCamera: boolean;
  readonly hasScreen: boolean;
  /** Sends and hears nothing for a while. */
  readonly isHeld: boolean;
  readonly isHandRaised: boolean;
}

export const NO_FLAGS: CallFlags = {
  hasMicrophone: false,
  hasCamera: false,
  hasScreen: false,
  isHeld: false,
  isHandRaised: false,
};

export type CallEndReason =
  | 'hung-up'
  /** The other side ended it. */
  | 'hung-up-by-other'
  | 'declined'
  | 'busy'
  /** The other side cannot take calls on this device. */
  | 'unavailable'
  /** Nobody answered our ring. */
  | 'no-answer'
  /** We did not answer theirs. */
  | 'missed'
  /** It could not be set up. */
  | 'failed'
  /** The path was lost for too long. */
  | 'lost'
  | 'removed'
  | MediaFailure;

export type MemberPhase = 'calling' | 'ringing' | 'incoming' | 'joining' | 'present' | 'lost' | 'gone';

export interface CallMemberView {
  readonly contactId: ContactId;
  readonly phase: MemberPhase;
  /** Set when gone. */
  readonly reason: CallEndReason | null;
  readonly flags: CallFlags;
}

export interface CallView {
  readonly id: CallId;
  readonly isOutgoing: boolean;
  readonly isVideo: boolean;
  /** `connecting`: accepted, no media yet. */
  readonly phase: 'calling' | 'incoming' | 'connecting' | 'active' | 'ended';
  readonly endReason: CallEndReason | null;
  /** When media flowed first, by this device's clock. */
  readonly startedAtMs: number | null;
  /** Whether this device adds and removes members: one does, and when it leaves the next. */
  readonly mayChangeMembers: boolean;
  /** Of the call's MLS group; null before there is one. */
  readonly epoch: number | null;
  readonly flags: CallFlags;
  /** Everybody but ourselves, first who rang or was rung first. */
  readonly members: readonly CallMemberView[];
}

/** What a contact's calls came to while nobody answered: the last one, and how many there were. */
export interface MissedCallView {
  readonly call: CallId;
  readonly contactId: ContactId;
  readonly isVideo: boolean;
  readonly atMs: number;
  readonly times: number;
}
