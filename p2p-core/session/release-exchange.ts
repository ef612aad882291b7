/**
 * Which release the other side says that it runs: asked when the person wants to know, never before. A peer from before
 * these PDUs answers `unknown-type`, once, and is not asked again in that session. P2P-REL-01 … P2P-REL-04.
 *
 *   ask() ── release-request ──▶ release-info      the answer
 *                           └──▶ unknown-type      `unsupported`
 *                           └──▶ nothing in time   rejects `no-answer`; a late answer is still in order
 */
import { P2pError } from '../errors.ts';
import { RELEASE_ANSWER_MS } from '../limits.ts';
import type { PduBody } from '../pdu/codec.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReleaseAnswer, ReleaseClaim } from '../worker/release.ts';

interface ReleaseExchangeOptions {
  readonly clock: Clock;
  /** What runs here; null: nothing that is signed. */
  own(): ReleaseClaim | null;
  send(body: PduBody): void;
}

interface Waiting {
  resolve(answer: ReleaseAnswer): void;
  reject(error: P2pError): void;
}

export class ReleaseExchange {
  readonly #options: ReleaseExchangeOptions;
  #waiting: Waiting[] = [];
  /** A request is on its way and not answered. */
  #isAsked = false;
  #isUnsupported = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: ReleaseExchangeOptions) {
    this.#options = options;
  }

  /** Rejects with `no-answer`, or `not-connected` when the session ends. */
  ask(): Promise<ReleaseAnswer> {
    if (this.#isUnsupported) return Promise.resolve({ kind: 'unsupported' });
    const answered = new Promise<ReleaseAnswer>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.setTimer(RELEASE_ANSWER_MS, () => this.#give('no-answer'));
    if (!this.#isAsked) this.#options.send({ type: 'release-request' });
    this.#isAsked = true;
    return answered;
  }

  /** The peer asks. */
  tell(): void {
    this.#options.send({ type: 'release-info', release: this.#options.own() });
  }

  /** False: nobody asked. */
  answered({ release }: PduOf<'release-info'>): boolean {
    if (!this.#isAsked) return false;
    this.#isAsked = false;
    this.#settle(release === null ? { kind: 'unsigned' } : { kind: 'release', release });
    return true;
  }

  /**
   * The peer does not know a type. True: it was that of our request. One answer is taken for each, so should another
   * PDU be unknown to it as well, the two answers only change places.
   */
  unknownType(): boolean {
    if (!this.#isAsked) return false;
    this.#isAsked = false;
    this.#isUnsupported = true;
    this.#settle({ kind: 'unsupported' });
    return true;
  }

  /** The session is over. */
  close(): void {
    this.#give('not-connected');
  }

  #settle(answer: ReleaseAnswer): void {
    this.#cancelTimer();
    for (const { resolve } of this.#waiting.splice(0)) resolve(answer);
  }

  #give(code: 'no-answer' | 'not-connected'): void {
    this.#cancelTimer();
    for (const { reject } of this.#waiting.splice(0)) reject(new P2pError(code));
  }
}
