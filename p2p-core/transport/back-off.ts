/**
 * Exponential back-off with jitter: after a broker's restart all its peers come back, and they must not march in
 * step. Each wait is between half and all of the doubled base.
 */
export class BackOff {
  #failures = 0;

  constructor(
    private readonly baseMs: number,
    private readonly maxMs: number,
    private readonly random: () => number,
  ) {}

  /** How long to wait after one more failure. */
  nextMs(): number {
    const ceilingMs = Math.min(this.maxMs, this.baseMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    return ceilingMs * (0.5 + this.random() / 2);
  }

  /** The next failure is a first one again. */
  reset(): void {
    this.#failures = 0;
  }
}
