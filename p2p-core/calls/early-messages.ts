/**
 * What contacts send about a call before we see them in it: a newcomer's description or join nonce overtakes the Commit
 * that tells us of the newcomer, since each comes through a session of its own. It waits here. P2P-CAL-22.
 */
import { MAX_CALL_MEMBERS, MAX_QUEUED_CALL_MESSAGES } from '../limits.ts';
import type { ContactId } from '../worker/api.ts';
import type { CallPdu } from './call-pdus.ts';

export class EarlyMessages {
  readonly #waiting = new Map<ContactId, CallPdu[]>();

  /** Beyond the limits it is dropped. */
  hold(contactId: ContactId, pdu: CallPdu): void {
    const held = this.#waiting.get(contactId) ?? [];
    if (held.length >= MAX_QUEUED_CALL_MESSAGES) return;
    if (held.length === 0 && this.#waiting.size >= MAX_CALL_MEMBERS) return;
    held.push(pdu);
    this.#waiting.set(contactId, held);
  }

  /** All of this contact, in order; from now on nothing of it waits. */
  take(contactId: ContactId): readonly CallPdu[] {
    const held = this.#waiting.get(contactId) ?? [];
    this.#waiting.delete(contactId);
    return held;
  }

  clear(): void {
    this.#waiting.clear();
  }
}
