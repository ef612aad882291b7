/**
 * How the two sides of a Ready session agree on a new path: A makes offers, B asks for one and answers, and whatever
 * leaves has a number above all before it in its direction. Inside the session while that can pass, else sealed through
 * the broker, or both when nobody knows; the number makes the second copy nothing. P2P-SES-28, P2P-SES-29.
 *
 *   A: restart ──▶ offer n ─────────────────────▶ B: answer (offer n)          B: restart ──▶ request ──▶ A: restart
 *
 * Not responsible for: when (PathKeeper), nor what a description may say (transport/ice-restart.ts).
 */
import { ICE_RESTART_MIN_INTERVAL_MS, SEALED_SIGNAL_BUCKET } from '../limits.ts';
import { type PduBody, decodePdu, encodePdu } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import type { RestartDescription } from '../ports/transport.ts';
import { type SignalSeal, readNumber } from './signal-seal.ts';
import { TokenBucket } from './token-bucket.ts';

export type RestartPdu = PduOf<'ice-restart-request' | 'ice-restart-offer' | 'ice-restart-answer'>;

type RestartBody = Extract<PduBody, { type: RestartPdu['type'] }>;

export type SignalRoute = 'session' | 'broker' | 'both';

export interface RestartOptions {
  readonly role: 'A' | 'B';
  readonly seal: SignalSeal;
  readonly clock: Clock;
  /** Asks the transport for an offer of this number. */
  makeOffer(offer: number): void;
  apply(restart: RestartDescription): void;
  /** Sends sealed bytes through the broker. */
  signal(bytes: Uint8Array): void;
  /** Sends inside the session. Rejects when that is over. */
  sendPdu(body: PduBody): Promise<void>;
  /** What can pass now. */
  route(): SignalRoute;
}

export class RestartExchange {
  readonly #options: RestartOptions;
  readonly #bucket: TokenBucket;
  #sentNumber = 0;
  #seenNumber = 0;
  /** A's latest offer. */
  #offer = 0;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  /** The peer's last came through the broker: it may not hear us inside the session. */
  #isPeerInDoubt = false;
  /** Sealing keeps the order of numbers. */
  #sealing: Promise<void> = Promise.resolve();

  constructor(options: RestartOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(SEALED_SIGNAL_BUCKET, options.clock.nowMs());
  }

  /** Seeks a new path. Nothing when that was begun less than ICE_RESTART_MIN_INTERVAL_MS ago. */
  start(): void {
    const { clock, role, makeOffer } = this.#options;
    const elapsedMs = Math.abs(clock.nowMs() - this.#startedAtMs);
    if (elapsedMs < ICE_RESTART_MIN_INTERVAL_MS) return;
    this.#startedAtMs = clock.nowMs();
    const number = ++this.#sentNumber;
    if (role === 'B') return this.#send({ type: 'ice-restart-request', number });
    this.#offer = number;
    makeOffer(number);
  }

  /** The transport made what was asked for. */
  made({ kind, offer, sdp }: RestartDescription): void {
    // An offer has the number that was kept for it; one that a later offer overtook is void.
    if (kind === 'answer') {
      const number = ++this.#sentNumber;
      return this.#send({ type: 'ice-restart-answer', number, offer, sdp });
    }
    if (offer === this.#offer) this.#send({ type: 'ice-restart-offer', number: offer, sdp });
  }

  /** A PDU of the peer inside the session. False when its role does not send such. Only what is newer counts. */
  accept(pdu: RestartPdu): boolean {
    return this.#accept(pdu, false);
  }

  #accept(pdu: RestartPdu, isFromBroker: boolean): boolean {
    const isOfRole = (pdu.type === 'ice-restart-offer') === (this.#options.role === 'B');
    if (!isOfRole) return false;
    if (pdu.number <= this.#seenNumber) return true;
    this.#seenNumber = pdu.number;
    this.#isPeerInDoubt = isFromBroker;
    this.#follow(pdu);
    return true;
  }

  /** Bytes from the broker: tried only when they claim to be new, and nothing unless this session's peer made them. */
  async acceptSealed(sealed: Uint8Array): Promise<void> {
    const { seal, clock } = this.#options;
    if ((readNumber(sealed) ?? 0) <= this.#seenNumber || !this.#bucket.take(clock.nowMs())) return;
    const opened = await seal.open(sealed);
    const decoded = opened && decodePdu(opened.bytes);
    if (decoded?.kind !== 'pdu' || !isRestartPdu(decoded.pdu)) return;
    if (decoded.pdu.number === opened?.number) this.#accept(decoded.pdu, true);
  }

  #follow(pdu: RestartPdu): void {
    switch (pdu.type) {
      case 'ice-restart-request':
        return this.start();
      case 'ice-restart-offer':
        return this.#options.apply({ kind: 'offer', offer: pdu.number, sdp: pdu.sdp });
      case 'ice-restart-answer':
        if (pdu.offer !== this.#offer) return;
        return this.#options.apply({ kind: 'answer', offer: pdu.offer, sdp: pdu.sdp });
    }
  }

  #send(body: RestartBody): void {
    const { route, sendPdu, seal, signal } = this.#options;
    const ways = this.#isPeerInDoubt && route() === 'session' ? 'both' : route();
    if (ways !== 'broker') sendPdu(body).catch(() => undefined); // the session is over, and with it the restart
    if (ways === 'session') return;
    const seals = async (): Promise<void> => signal(await seal.seal(body.number, encodePdu(body)));
    this.#sealing = this.#sealing.then(seals).catch(() => undefined); // too long for the broker: not by this way
  }
}

export function isRestartPdu(pdu: { readonly type: string }): pdu is RestartPdu {
  return pdu.type.startsWith('ice-restart-');
}
