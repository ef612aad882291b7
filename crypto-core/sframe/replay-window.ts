/**
 * Which counters of one KID were seen (RFC 9605 §9.3): the last 1,024, about 17 s of video at 60 frames a second.
 * What is older counts as seen. Slot `ctr mod 1024` holds the counter that was seen there last; inside the window
 * each slot belongs to exactly one counter.
 */
export const REPLAY_WINDOW_FRAMES = 1024;

const NONE = -1;

export class ReplayWindow {
  readonly #slots = new Float64Array(REPLAY_WINDOW_FRAMES).fill(NONE);
  #highest = NONE;

  /** `fresh`, or why a frame with this counter must not be accepted. */
  check(ctr: number): 'fresh' | 'replayed' | 'too-old' {
    if (ctr <= this.#highest - REPLAY_WINDOW_FRAMES) return 'too-old';
    return this.#slots[ctr % REPLAY_WINDOW_FRAMES] === ctr ? 'replayed' : 'fresh';
  }

  /** Records a counter that is fresh and whose frame was authentic. */
  mark(ctr: number): void {
    this.#slots[ctr % REPLAY_WINDOW_FRAMES] = ctr;
    this.#highest = Math.max(this.#highest, ctr);
  }
}
