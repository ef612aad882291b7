/**
 * When an open vault locks by itself: after a time without a touch, some time after its page went out of sight, and
 * when the machine slept. Pages say that they are touched and hidden; one touch anywhere counts for all tabs. Owns its
 * timers. P2P-VLT-09.
 */
import { SLEEP_CHECK_MS, SLEEP_GAP_MS } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { LockSettings } from './api.ts';

export class AutoLock {
  readonly #clock: Clock;
  readonly #lock: () => void;
  #settings: LockSettings;
  #stopIdle: () => void = () => undefined;
  #stopHidden: () => void = () => undefined;
  #stopSleepCheck: () => void = () => undefined;

  /** Runs from now on, until `close`. `lock` is called at most once a reason. */
  constructor(clock: Clock, settings: LockSettings, lock: () => void) {
    this.#clock = clock;
    this.#lock = lock;
    this.#settings = settings;
    this.set(settings);
  }

  /** New settings, in force at once. */
  set(settings: LockSettings): void {
    this.close();
    this.#settings = settings;
    this.#startIdle();
    if (settings.onSleep) this.#watchSleep(this.#clock.nowMs());
  }

  /** Somebody is there. */
  noteActivity(): void {
    this.#stopHidden();
    this.#startIdle();
  }

  /** A page went out of sight; a touch in another one calls it off. */
  noteHidden(): void {
    const { hiddenMs } = this.#settings;
    this.#stopHidden();
    if (hiddenMs !== null) this.#stopHidden = this.#clock.setTimer(hiddenMs, this.#lock);
  }

  close(): void {
    this.#stopIdle();
    this.#stopHidden();
    this.#stopSleepCheck();
  }

  #startIdle(): void {
    const { idleMs } = this.#settings;
    this.#stopIdle();
    if (idleMs !== null) this.#stopIdle = this.#clock.setTimer(idleMs, this.#lock);
  }

  /** Timers do not run while a machine sleeps: one that comes far too late tells. */
  #watchSleep(sinceMs: number): void {
    this.#stopSleepCheck = this.#clock.setTimer(SLEEP_CHECK_MS, () => {
      const nowMs = this.#clock.nowMs();
      if (nowMs - sinceMs > SLEEP_GAP_MS) this.#lock();
      else this.#watchSleep(nowMs);
    });
  }
}
