/**
 * Faults of each contact's sessions, counted for as long as the profile is open: a reconnect forgives nothing. Who
 * has no strike left is answered no more, before any cryptography, until time gives one back. P2P-LIM-07.
 *
 * Only faults that we found inside a Ready session count: nobody but the contact can commit those. What happens in a
 * handshake may be a stranger's doing at the contact's address.
 */
import { MAX_CONTACTS, STRIKE_BUCKET } from '../limits.ts';
import { KeyedTokenBuckets } from './token-bucket.ts';

export class Strikes {
  readonly #buckets = new KeyedTokenBuckets(STRIKE_BUCKET, MAX_CONTACTS);

  /** A session with this contact ended by its fault. */
  strike(contactId: string, nowMs: number): void {
    this.#buckets.take(contactId, nowMs);
  }

  /** No strike is left: the contact is not answered. */
  isOut(contactId: string, nowMs: number): boolean {
    return !this.#buckets.has(contactId, nowMs);
  }
}
