/**
 * When one Ready session opens further connections, and how its two sides agree on them. Where the round trip or loss is
 * the limit, and not the processor, each association has a congestion window of its own. A makes every offer; B asks.
 * P2P-STR-02 … P2P-STR-05.
 *
 *   A: none ──slow, or asked──▶ offered ──answers, open──▶ open ──idle──▶ closing ──closed of B──▶ none
 *   B: none ──slow──▶ request                offers, open ─▶ open ──close of A──▶ closing ──▶ none
 *
 * All frames have one order, so `stripe-close` and `stripe-closed` come behind everything that was sent before them.
 * Not responsible for: which frame goes where (link-lanes.ts), the order (frame-order.ts).
 */
import { MAX_STRIPES, STRIPE_AFTER_MS, STRIPE_BELOW_BYTES, STRIPE_IDLE_MS } from '../limits.ts';
import type { PduBody } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import type { LinkId } from '../ports/transport.ts';
import { type Link, type StripeEvent, stripeId } from './link.ts';

export type StripePdu = PduOf<
  'stripe-request' | 'stripe-offer' | 'stripe-answer' | 'stripe-close' | 'stripe-closed'
>;

export interface StripesOptions {
  readonly link: Link;
  readonly clock: Clock;
  /** A PDU whose loss with the session is no loss. */
  tell(body: PduBody): void;
  /** A stripe was lost, and with it what it carried. */
  onLost(): void;
}

/** Longer than STRIPE_IDLE_MS: `stripe-close` says what is over before anything is offered again. */
const FIRST_PAUSE_MS = 2 * STRIPE_IDLE_MS;

type Stage = 'connecting' | 'open' | 'closing';

export class Stripes {
  readonly #options: StripesOptions;
  readonly #stages = new Map<number, Stage>();
  /** Of the last stripe that A offered. None is used twice. */
  #lastNumber = 0;
  /** Stripes up to here are over, for B. */
  #floor = 0;
  /** Not again before this; infinite once the peer said that it knows none. */
  #nextTryAtMs = 0;
  /** Doubles while none opens. */
  #pauseMs = FIRST_PAUSE_MS;
  /** What was said before the peer said anything of stripes: it may know none. */
  #unanswered = 0;
  #isKnown = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: StripesOptions) {
    this.#options = options;
    options.link.onStripe = event => this.#onEvent(event);
  }

  get #isOffering(): boolean {
    return this.#options.link.description.role === 'A';
  }

  /** Chunks wait, and a queue was reported: opens stripes when the channel is what they wait for. */
  consider(): void {
    const { link, clock } = this.#options;
    const { busyMs, bytesPerSecond } = link.lanes.main;
    const isSlow = busyMs > STRIPE_AFTER_MS && bytesPerSecond > 0 && bytesPerSecond < STRIPE_BELOW_BYTES;
    if (!isSlow || this.#stages.size > 0 || clock.nowMs() < this.#nextTryAtMs) return;
    if (this.#isOffering) return this.#offer();
    this.#nextTryAtMs = clock.nowMs() + STRIPE_IDLE_MS;
    this.#say({ type: 'stripe-request' });
  }

  #offer(): void {
    const { link, clock } = this.#options;
    this.#nextTryAtMs = clock.nowMs() + this.#pauseMs;
    this.#pauseMs *= 2;
    for (let i = 0; i < MAX_STRIPES; i++) {
      const number = ++this.#lastNumber;
      this.#stages.set(number, 'connecting');
      link.openStripe(stripeId(link.id, number), null);
    }
    this.#watchIdle();
  }

  /** Closes what carries nothing any more, and what B may wait for in vain; A's to decide. */
  #watchIdle(): void {
    const { link, clock } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = clock.setTimer(STRIPE_IDLE_MS, () => {
      const isUsed = clock.nowMs() - link.lanes.lastStripedAtMs < STRIPE_IDLE_MS;
      if (isUsed && this.#stages.size > 0) return this.#watchIdle();
      this.#leaveAll();
      this.#say({ type: 'stripe-close' });
    });
  }

  /** Nothing of ours goes there any more; what is on its way arrives. One that never opened ends at once. */
  #leaveAll(): void {
    const { link } = this.#options;
    for (const [number, stage] of [...this.#stages]) {
      if (stage === 'connecting') {
        this.#end(number);
        continue;
      }
      this.#stages.set(number, 'closing');
      link.lanes.remove(stripeId(link.id, number));
    }
  }

  #end(number: number): void {
    const { link } = this.#options;
    this.#stages.delete(number);
    link.closeStripe(stripeId(link.id, number));
  }

  /** False: not this side's to get, or out of its place. */
  accept(pdu: StripePdu): boolean {
    const { link, clock } = this.#options;
    this.#isKnown = true;
    this.#unanswered = 0;
    switch (pdu.type) {
      case 'stripe-request':
        if (!this.#isOffering) return false;
        if (this.#stages.size === 0 && clock.nowMs() >= this.#nextTryAtMs) this.#offer();
        return true;
      case 'stripe-offer':
        // In whatever order they were made.
        if (this.#isOffering || pdu.stripe <= this.#floor || this.#stages.has(pdu.stripe)) return false;
        // A has closed what it closed before it offers again, though we may not have heard of it.
        for (const [number, stage] of [...this.#stages]) if (stage === 'closing') this.#end(number);
        if (this.#stages.size >= MAX_STRIPES) return false;
        this.#stages.set(pdu.stripe, 'connecting');
        link.openStripe(stripeId(link.id, pdu.stripe), pdu.sdp);
        return true;
      case 'stripe-answer':
        if (!this.#isOffering || pdu.stripe > this.#lastNumber) return false;
        if (this.#stages.has(pdu.stripe)) link.answerStripe(stripeId(link.id, pdu.stripe), pdu.sdp);
        return true; // one that ended meanwhile needs none
      case 'stripe-close':
        if (this.#isOffering) return false;
        this.#floor = Math.max(this.#floor, ...this.#stages.keys());
        this.#leaveAll();
        this.#say({ type: 'stripe-closed' });
        return true;
      case 'stripe-closed':
        if (!this.#isOffering || [...this.#stages.values()].some(stage => stage !== 'closing')) return false;
        this.#closeAll();
        return true;
    }
  }

  #say(body: PduBody): void {
    if (!this.#isKnown) this.#unanswered += 1;
    this.#options.tell(body);
  }

  /** The peer does not know something: true when that was what we said of stripes. */
  unknownType(): boolean {
    if (this.#unanswered === 0) return false;
    this.#unanswered -= 1;
    this.#nextTryAtMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer();
    this.#closeAll();
    return true;
  }

  #onEvent(event: StripeEvent): void {
    const number = this.#numberOf(event.linkId);
    if (number === null) return;
    const stage = this.#stages.get(number);
    switch (event.type) {
      case 'stripe-description':
        if (stage !== 'connecting') return;
        return this.#say({
          type: this.#isOffering ? 'stripe-offer' : 'stripe-answer',
          stripe: number,
          sdp: event.sdp,
        });
      case 'stripe-open':
        if (stage !== 'connecting') return;
        this.#stages.set(number, 'open');
        this.#pauseMs = FIRST_PAUSE_MS;
        return this.#options.link.lanes.add(event.linkId);
      case 'stripe-closed':
        this.#stages.delete(number);
        this.#options.link.lanes.remove(event.linkId);
        // While A waits for the last word of B, what B sent before may still be on its way.
        if (stage === 'open' || (stage === 'closing' && this.#isOffering)) this.#options.onLost();
    }
  }

  #numberOf(linkId: LinkId): number | null {
    const { link } = this.#options;
    return [...this.#stages.keys()].find(number => stripeId(link.id, number) === linkId) ?? null;
  }

  #closeAll(): void {
    for (const number of [...this.#stages.keys()]) this.#end(number);
  }

  /** The session is over. */
  close(): void {
    this.#cancelTimer();
    this.#closeAll();
  }
}

export function isStripePdu(pdu: { readonly type: string }): pdu is StripePdu {
  return pdu.type.startsWith('stripe-');
}
