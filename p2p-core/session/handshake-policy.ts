/**
 * Who may become or be a contact, decided from facts, pure. The handshake proved the peer's key before it asks;
 * nothing here weakens that. DESIGN.md §3, P2P-SES-09 … P2P-SES-14.
 */
import type { ContactRecord, InviteRecord } from '../storage/records.ts';
import { bytesEqual } from '../storage/bytes-equal.ts';

export type PskKind = 0 | 1 | 2;

export type Decision =
  | { readonly kind: 'allowed' }
  /** `someone-else`: not the identity that belongs here. `invite`: the invite does not count. */
  | { readonly kind: 'refused'; readonly why: 'someone-else' | 'invite' | 'blocked' | 'no-consent' };

const ALLOWED: Decision = { kind: 'allowed' };
const SOMEONE_ELSE: Decision = { kind: 'refused', why: 'someone-else' };

export interface InitiatorFacts {
  readonly ownKey: Uint8Array;
  readonly peerKey: Uint8Array;
  readonly pskKind: PskKind;
  /** The contact that was dialled. */
  readonly contact: ContactRecord;
  /** The contact that has the peer's key, if any. */
  readonly keyOwner: ContactRecord | null;
}

/** Whether the one who answers our dial is the contact that was dialled. */
export function decideAnswerer({ ownKey, peerKey, pskKind, contact, keyOwner }: InitiatorFacts): Decision {
  if (contact.isBlocked) return { kind: 'refused', why: 'blocked' };
  if (bytesEqual(peerKey, ownKey)) return SOMEONE_ELSE;
  if (contact.identityKey !== null && !bytesEqual(contact.identityKey, peerKey)) return SOMEONE_ELSE;
  if (keyOwner !== null && keyOwner.id !== contact.id) return SOMEONE_ELSE;
  const needsInvite = contact.invite !== null && contact.pairSecrets.length === 0;
  if (needsInvite && pskKind === 0) return { kind: 'refused', why: 'invite' };
  return ALLOWED;
}

export interface ResponderFacts {
  readonly ownKey: Uint8Array;
  readonly peerKey: Uint8Array;
  readonly pskKind: PskKind;
  /** The contact that has the peer's key, if any. */
  readonly keyOwner: ContactRecord | null;
  /** The contact whose address dials, if any. */
  readonly addressOwner: ContactRecord | null;
  /** Kind 2: the contact whose pair secret was used. */
  readonly pskOwner: ContactRecord | null;
  /** Kind 1: the invite that was used. */
  readonly invite: InviteRecord | null;
  readonly hasConsent: boolean;
}

/** Whether the dialler is, or may become, a contact. */
export function decideDialler(facts: ResponderFacts): Decision {
  const { ownKey, peerKey, keyOwner } = facts;
  if (bytesEqual(peerKey, ownKey)) return SOMEONE_ELSE;
  if (keyOwner?.isBlocked === true) return { kind: 'refused', why: 'blocked' };
  switch (facts.pskKind) {
    case 2:
      return keyOwner !== null && facts.pskOwner?.id === keyOwner.id ? ALLOWED : SOMEONE_ELSE;
    case 1:
      return decideInvited(facts);
    case 0:
      return decideUnknown(facts);
  }
}

function decideInvited({ invite, peerKey }: ResponderFacts): Decision {
  const isOpen = invite !== null && (invite.usedBy === null || bytesEqual(invite.usedBy, peerKey));
  return isOpen ? ALLOWED : { kind: 'refused', why: 'invite' };
}

function decideUnknown({ keyOwner, addressOwner, hasConsent }: ResponderFacts): Decision {
  const isAdded = addressOwner !== null && addressOwner.identityKey === null; // by the person, as a bare address
  if (!isAdded && !hasConsent) return { kind: 'refused', why: 'no-consent' };
  if (keyOwner !== null) return ALLOWED; // a known identity without a common secret: restored or cloned
  return addressOwner === null || isAdded ? ALLOWED : SOMEONE_ELSE;
}
