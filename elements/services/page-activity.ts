/**
 * Tells the worker that somebody uses this page, and when it goes out of sight: what the auto-lock goes by. Looks at
 * that something happened, never at what.
 */
import type { WorkerConnection } from './worker-connection.ts';

const TOUCHES = ['pointerdown', 'keydown', 'wheel'] as const;
/** One message for all touches of so long: auto-lock counts in minutes. */
const REPORT_INTERVAL_MS = 10_000;

export class PageActivity {
  readonly #worker: Pick<WorkerConnection, 'request'>;
  #listening: AbortController | null = null;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor(worker: Pick<WorkerConnection, 'request'>) {
    this.#worker = worker;
  }

  /** Idempotent. */
  start(): void {
    if (this.#listening !== null) return;
    this.#listening = new AbortController();
    const options = { signal: this.#listening.signal, passive: true, capture: true };
    for (const type of TOUCHES) window.addEventListener(type, this.#onTouch, options);
    document.addEventListener('visibilitychange', this.#onVisibility, options);
  }

  stop(): void {
    this.#listening?.abort();
    this.#listening = null;
    this.#reportedAtMs = Number.NEGATIVE_INFINITY;
  }

  readonly #onTouch = (): void => {
    const nowMs = performance.now();
    if (nowMs - this.#reportedAtMs < REPORT_INTERVAL_MS) return;
    this.#reportedAtMs = nowMs;
    this.#tell('noteActivity');
  };

  readonly #onVisibility = (): void => {
    this.#tell(document.visibilityState === 'hidden' ? 'noteHidden' : 'noteActivity');
  };

  #tell(method: 'noteActivity' | 'noteHidden'): void {
    // A worker that is gone locks nothing, and says so elsewhere.
    this.#worker.request(method).catch(() => undefined);
  }
}
