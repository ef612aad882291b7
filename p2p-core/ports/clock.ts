/** The clock port: wall-clock time and timers, so that tests move time instead of waiting for it. */
export interface Clock {
  /** Milliseconds since the epoch, by this device. */
  nowMs(): number;
  /** Runs `callback` once after `delayMs`; the returned function cancels. */
  setTimer(delayMs: number, callback: () => void): () => void;
  /**
   * Runs `callback` behind every event that this thread has been sent so far. Absent where one thing happens at a time
   * anyway (the simulator).
   */
  nextTask?(callback: () => void): void;
}

/** The real clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  nextTask(callback) {
    turns.push(callback);
    ownPort ??= openOwnPort();
    ownPort.postMessage(null);
  },
};

const turns: (() => void)[] = [];
let ownPort: MessagePort | null = null;

/** A timer would take 4 ms; a message to ourselves takes its place in the line at once. */
function openOwnPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => turns.shift()?.();
  return port2;
}
