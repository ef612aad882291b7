/** A clock that runs as the real one and can be moved ahead: timers that fall due then run at once. */
import { type Clock, systemClock } from '../../ports/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  handle: ReturnType<typeof setTimeout>;
}

export class TestClock implements Clock {
  #offsetMs = 0;
  #frozenAtMs: number | null = null;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return (this.#frozenAtMs ?? Date.now()) + this.#offsetMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer: Timer = {
      dueMs: this.nowMs() + delayMs,
      callback,
      handle: setTimeout(() => this.#fire(timer), delayMs),
    };
    this.#timers.add(timer);
    return () => this.#drop(timer);
  }

  nextTask(callback: () => void): void {
    systemClock.nextTask?.(callback);
  }

  /** From now on `nowMs` moves by `advance` alone: what depends on the machine's speed becomes exact. */
  freeze(): void {
    this.#frozenAtMs = Date.now();
  }

  /** Moves time ahead and runs what falls due, oldest first. */
  advance(ms: number): void {
    this.#offsetMs += ms;
    const due = [...this.#timers].filter(timer => timer.dueMs <= this.nowMs());
    for (const timer of due.sort((a, b) => a.dueMs - b.dueMs)) this.#fire(timer);
  }

  /** Somebody sets the clock back; what waits goes on waiting as long as it had to. */
  setBack(ms: number): void {
    this.#offsetMs -= ms;
  }

  #fire(timer: Timer): void {
    if (this.#drop(timer)) timer.callback();
  }

  #drop(timer: Timer): boolean {
    clearTimeout(timer.handle);
    return this.#timers.delete(timer);
  }
}
