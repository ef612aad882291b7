import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type { ReleaseClaim } from './views.ts';

/** Why a release is not run. */
export type ReleaseRefusal =
  | 'malformed'
  | 'unsigned'
  | 'under-signed'
  | 'expired'
  /** Older than what runs. */
  | 'rolled-back'
  /** Another one of the same number, or the next one of another history. */
  | 'forked'
  /** A file of it could be had nowhere with the right bytes. */
  | 'incomplete'
  /** Nobody answered. */
  | 'unreachable';

/** What is known of a release that enough keys vouch for. */
export interface ReleaseView {
  readonly version: string;
  readonly seq: number;
  /** `sha384-…` of its release.json. */
  readonly hash: string;
  /** `YYYY-MM-DDThh:mm:ssZ` */
  readonly expires: string;
  readonly changes: readonly string[];
  /** Names of the keys that vouch for it, of those that had to. */
  readonly signers: readonly string[];
  readonly threshold: number;
  readonly keyCount: number;
  readonly fileCount: number;
  /** `sha384-…` of its importmap.json. */
  readonly importMap: string;
}

/** Where files of a release came from; every one was checked. */
export interface ReleaseSource {
  readonly url: string;
  readonly files: number;
}

export interface ReleaseCheck {
  readonly atMs: number;
  readonly outcome: 'current' | 'offered' | ReleaseRefusal;
  /** Sources that offered what was refused. */
  readonly refusals: readonly { readonly url: string; readonly reason: ReleaseRefusal }[];
}

/** The script that guards the releases was changed outside of a signed release. */
export interface ReleaseAlarm {
  readonly kind: 'worker-changed';
  readonly atMs: number;
}

export type ReleaseSnapshot =
  | { readonly kind: 'loading' }
  /** Built here and signed by nobody: nothing is pinned. */
  | { readonly kind: 'development' }
  /** Signed, and not kept: what runs is what the site sent this time. */
  | {
      readonly kind: 'unpinned';
      readonly reason: 'unsupported' | 'installing' | 'failed';
      readonly running: ReleaseView | null;
    }
  /** The first release that this site offered is not acceptable. */
  | { readonly kind: 'refused'; readonly reason: ReleaseRefusal }
  | {
      readonly kind: 'pinned';
      readonly running: ReleaseView;
      readonly sources: readonly ReleaseSource[];
      /** Verified, downloaded, and waiting for the person. */
      readonly offer: ReleaseView | null;
      /** While an offer is being downloaded. */
      readonly progress: { readonly done: number; readonly total: number } | null;
      readonly check: ReleaseCheck | null;
      readonly alarm: ReleaseAlarm | null;
      /** Another tab accepted a release: this one runs the one before until it is loaded again. */
      readonly isReloadNeeded: boolean;
    };

/** What is known here of a release that a contact says it runs. */
export interface ReleaseStanding {
  /**
   * `same`: as here. `older`, `newer`: than what runs here, and one that keys of this device vouch for. `unknown`: nobody
   * whom this device trusts vouches for it, as far as could be found out. `nothing-here`: what runs here is not signed.
   */
  readonly kind: 'same' | 'older' | 'newer' | 'unknown' | 'nothing-here';
  /** Its fingerprint in eight words. */
  readonly words: readonly string[];
}

/** Which release runs, and which one may run next. Kept by the shell's service worker. */
export interface ReleaseService extends Observable<ReleaseSnapshot> {
  /** Looks for a newer release now; under an alarm, whether its reason is gone. Never rejects: the snapshot tells. */
  check(): Promise<void>;
  /** Runs the offered release from now on, and loads the page anew. Rejects when it is no longer acceptable. */
  accept(hash: string): Promise<void>;
  /** Compares a contact's release with the one here. Never rejects: what cannot be found out is `unknown`. */
  recognize(claim: ReleaseClaim): Promise<ReleaseStanding>;
  /** The person has read the alarm and wants to go on. */
  dismissAlarm(): Promise<void>;
}

export const releaseServiceContext = createContext<ReleaseService>(Symbol.for('enk.release-service.v1'));
