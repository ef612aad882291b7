/**
 * Unknown dialers that wait for the person. They learn nothing meanwhile and cost one link and one `hello` each.
 * A refused address is not asked about again while the profile is open. DESIGN.md §4, P2P-SES-15.
 */
import { P2pError } from '../errors.ts';
import { CONSENT_TIMEOUT_MS, MAX_CONSENT_REQUESTS, MAX_TRACKED_ADDRESSES } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { PeerId } from '../ports/transport.ts';
import type { ConsentRequest, ContactId } from '../worker/api.ts';

/** The person's yes, with the name they gave, if any. */
export interface Consent {
  readonly name: string | null;
}

/** Who waits: the address, and the contact that it belongs to, if any. */
export interface Caller {
  readonly peerId: PeerId;
  readonly contactId: ContactId | null;
}

interface Pending {
  readonly request: ConsentRequest;
  settle(consent: Consent | null): void;
}

export class ConsentQueue {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #pending = new Map<string, Pending>();
  readonly #refused = new Set<PeerId>();

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get requests(): readonly ConsentRequest[] {
    return [...this.#pending.values()].map(({ request }) => request);
  }

  /**
   * Waits for the person. Rejects with P2pError `refused` when they refuse, have refused before, take longer than
   * CONSENT_TIMEOUT_MS or too many wait; with `aborted` when the link goes.
   */
  ask({ peerId, contactId }: Caller, signal: AbortSignal): Promise<Consent> {
    const isWaiting = [...this.#pending.values()].some(({ request }) => request.peerId === peerId);
    if (isWaiting || this.#refused.has(peerId) || this.#pending.size >= MAX_CONSENT_REQUESTS) {
      return Promise.reject(new P2pError('refused'));
    }
    if (signal.aborted) return Promise.reject(new P2pError('aborted'));
    return new Promise((resolve, reject) => {
      const id = crypto.randomUUID();
      const end = (outcome: () => void): void => {
        if (!this.#pending.delete(id)) return;
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        this.#onChange();
        outcome();
      };
      const onAbort = (): void => end(() => reject(new P2pError('aborted')));
      const cancelTimer = this.#clock.setTimer(CONSENT_TIMEOUT_MS, () =>
        end(() => reject(new P2pError('refused'))),
      );
      const settle = (consent: Consent | null): void =>
        end(() => (consent === null ? reject(new P2pError('refused')) : resolve(consent)));
      signal.addEventListener('abort', onAbort);
      this.#pending.set(id, { request: { id, peerId, contactId, sinceMs: this.#clock.nowMs() }, settle });
      this.#onChange();
    });
  }

  /** The person's answer. Throws P2pError `unknown-request` when the dialler is gone. */
  answer(id: string, consent: Consent | null): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) throw new P2pError('unknown-request');
    if (consent === null) this.#rememberRefusal(pending.request.peerId);
    pending.settle(consent);
  }

  #rememberRefusal(peerId: PeerId): void {
    this.#refused.add(peerId);
    const [oldest] = this.#refused;
    if (this.#refused.size > MAX_TRACKED_ADDRESSES && oldest !== undefined) this.#refused.delete(oldest);
  }

  /** Forgets a refusal: the person added this address themselves. */
  forgive(peerId: PeerId): void {
    this.#refused.delete(peerId);
  }
}
