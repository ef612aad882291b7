/** What a call needs of whoever keeps it. */
import type { IdentityKeys } from '@enk/crypto-core';
import type { PduBody } from '../pdu/codec.ts';
import type { CallMediaCommand } from '../ports/call-media.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContactId } from '../worker/api.ts';

export interface CallHost {
  readonly identity: IdentityKeys;
  readonly clock: Clock;
  /** The identity of a contact that may be called; null: blocked, or never met. */
  identityOf(contactId: ContactId): Uint8Array | null;
  /** Whether an SFU that another member names may be spoken to. */
  mayFollowSfu(url: string): boolean;
  /** The contact with this identity that may be called. */
  contactOf(identityKey: Uint8Array): ContactId | null;
  /** Goes to the contact inside the session: now, or when there is one. */
  send(contactId: ContactId, body: PduBody): void;
  media(command: CallMediaCommand): void;
  changed(): void;
  reacted(contactId: ContactId, emoji: string): void;
}
