/** The clock port: wall-clock time and timers, so that tests move time instead of waiting for it. */
export interface Clock {
  /** Milliseconds since the epoch, by this device. */
  nowMs(): number;
  /** Runs `callback` once after `delayMs`; the returned function cancels. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** The real clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
