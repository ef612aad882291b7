/**
 * Time as retention counts it: never back, and on while the device's clock is behind. Its latest reading is kept
 * sealed. P2P-RET-06.
 *
 *   clock goes on      we go with it
 *   clock set back     we stay, and go on by the steps it makes from there: what is to vanish does, after its time
 *   clock set right    it reaches us: we go with it again, and nothing vanished early
 *   clock far ahead    time went by (sleep, a closed app): what was due meanwhile goes at once
 */
import { RETENTION_MAX_STEP_MS } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';

export class RetentionClock {
  readonly #clock: Clock;
  #seenMs: number;
  #clockMs: number;

  /** `seenMs`: the latest time that was kept. */
  constructor(clock: Clock, seenMs: number) {
    this.#clock = clock;
    this.#clockMs = clock.nowMs();
    this.#seenMs = Math.max(seenMs, this.#clockMs);
  }

  nowMs(): number {
    const clockMs = this.#clock.nowMs();
    const stepMs = clockMs - this.#clockMs;
    this.#clockMs = clockMs;
    if (stepMs > 0 && stepMs <= RETENTION_MAX_STEP_MS) this.#seenMs += stepMs;
    this.#seenMs = Math.max(this.#seenMs, clockMs);
    return this.#seenMs;
  }

  /** A time of this clock, as the device's clock will show it. */
  toDeviceMs(ms: number): number {
    return ms - this.nowMs() + this.#clockMs;
  }
}
