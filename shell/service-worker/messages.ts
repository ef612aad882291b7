/** What pages and the service worker say to each other. */
import type { ReleaseAlarm, ReleaseCheck, ReleaseRefusal, ReleaseSource, ReleaseView } from '@enk/context';

export type WorkerRequest =
  | { readonly type: 'state' }
  | { readonly type: 'check' }
  | { readonly type: 'accept'; readonly hash: string }
  /** To a worker that waits: take over, when the accepted release names you. */
  | { readonly type: 'activate' }
  /** From a page that saw another worker being installed. */
  | { readonly type: 'alarm' }
  /** The person asks whether the reason for the alarm is gone. */
  | { readonly type: 'look-again' }
  | { readonly type: 'dismiss-alarm' }
  /** Is this release of a contact one that somebody whom this device trusts vouches for? */
  | { readonly type: 'recognize'; readonly seq: number; readonly hash: string };

export interface WorkerState {
  /** Null while nothing is pinned. */
  readonly running: ReleaseView | null;
  /** Path of the service worker that the running release names, relative to the scope. */
  readonly workerPath: string | null;
  readonly sources: readonly ReleaseSource[];
  readonly offer: ReleaseView | null;
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly check: ReleaseCheck | null;
  readonly alarm: ReleaseAlarm | null;
}

export type WorkerReply =
  | { readonly kind: 'state'; readonly state: WorkerState }
  | { readonly kind: 'refused'; readonly reason: ReleaseRefusal }
  /** `seq`: the release's true number; null: nobody is known to vouch for it. */
  | { readonly kind: 'recognized'; readonly seq: number | null };

/** To every page when something changed. */
export interface StateMessage {
  readonly type: 'enk-release-state';
  readonly state: WorkerState;
}

export function isStateMessage(value: unknown): value is StateMessage {
  return typeof value === 'object' && value !== null && (value as StateMessage).type === 'enk-release-state';
}
