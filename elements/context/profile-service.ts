import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type { PrivacySettings, ProfileView } from './views.ts';

/** The worker's view of the profile, and the failures that happen before a worker exists. */
export type ProfileSnapshot =
  | ProfileView
  | {
      readonly kind: 'failed';
      /** network-refused: no usable broker or ICE list · worker-unverified: its bytes are not those of this release. */
      readonly code: 'network-refused' | 'worker-unverified' | 'worker-unavailable' | 'worker-stopped';
    };

/** Who uses this device: opening, first name, storage failures. */
export interface ProfileService extends Observable<ProfileSnapshot> {
  /** Rejects with `name-invalid` when empty or longer than 64 code points. */
  setDisplayName(displayName: string): Promise<void>;
  /** Takes a new address at the broker; open invites end. Contacts learn it when they are connected. */
  renewAddress(): Promise<void>;
}

/** Typing and read receipts; null until the profile is open. */
export interface PrivacyService extends Observable<PrivacySettings | null> {
  setPrivacy(privacy: PrivacySettings): Promise<void>;
}

export const profileServiceContext = createContext<ProfileService>(Symbol.for('enk.profile-service.v1'));
export const privacyServiceContext = createContext<PrivacyService>(Symbol.for('enk.privacy-service.v1'));
