/** Simulated time: one time line for everybody, and one clock a device that may be wrong. */
import type { Clock } from '../../ports/clock.ts';

/** 2026-11-22T00:00:00Z. */
export const START_MS = 1_795_305_600_000;

interface Timer {
  readonly id: number;
  readonly dueMs: number;
  readonly owner: SimClock;
  readonly callback: () => void;
}

export class SimTime {
  readonly startMs = START_MS;
  nowMs = START_MS;
  #nextId = 1;
  readonly #timers = new Map<number, Timer>();

  /** When the next timer is due; null without one. */
  get nextDueMs(): number | null {
    return this.#next()?.dueMs ?? null;
  }

  add(owner: SimClock, delayMs: number, callback: () => void): () => void {
    const id = this.#nextId++;
    this.#timers.set(id, { id, dueMs: this.nowMs + Math.max(0, delayMs), owner, callback });
    return () => this.#timers.delete(id);
  }

  /** Timers of one device that have not fired. */
  countOf(owner: SimClock): number {
    return [...this.#timers.values()].filter(timer => timer.owner === owner).length;
  }

  dropOf(owner: SimClock): void {
    for (const timer of [...this.#timers.values()]) {
      if (timer.owner === owner) this.#timers.delete(timer.id);
    }
  }

  /** Moves on to `untilMs`, or to the next timer before it, and runs that; false when there was none. */
  step(untilMs: number): boolean {
    const next = this.#next();
    if (next === null || next.dueMs > untilMs) {
      this.nowMs = Math.max(this.nowMs, untilMs);
      return false;
    }
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    this.#timers.delete(next.id);
    next.callback();
    return true;
  }

  #next(): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers.values()) {
      const isEarlier =
        first === null || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.id < first.id);
      if (isEarlier) first = timer;
    }
    return first;
  }
}

/** One device's clock: timers run by the time line, as a browser's do, while the wall clock may be set. */
export class SimClock implements Clock {
  readonly #time: SimTime;
  /** How wrong the wall clock is. */
  offsetMs = 0;

  constructor(time: SimTime) {
    this.#time = time;
  }

  nowMs(): number {
    return this.#time.nowMs + this.offsetMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    return this.#time.add(this, delayMs, callback);
  }

  get timerCount(): number {
    return this.#time.countOf(this);
  }

  /** The device died: nothing of it fires any more. */
  stop(): void {
    this.#time.dropOf(this);
  }
}
