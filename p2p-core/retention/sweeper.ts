/**
 * Deletes what is due: at the opening of a profile before anything of it is shown, then whenever something falls due.
 * Each conversation is units of work of its own; a crash leaves what is not done to the next start. P2P-RET-05.
 */
import { toP2pError } from '../errors.ts';
import { RETENTION_CHECK_MS } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Vault } from '../storage/vault.ts';
import type { Retention } from './retention.ts';

export interface SweeperOptions {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly retention: Retention;
  /** Deletes what of these is due. Resolves also for a contact that is gone. */
  sweep(contactId: string, positions: readonly number[]): Promise<void>;
}

export class Sweeper {
  readonly #options: SweeperOptions;
  #cancel: () => void = () => undefined;
  #keptMs = 0;
  #isClosed = false;
  #work: Promise<void> = Promise.resolve();

  constructor(options: SweeperOptions) {
    this.#options = options;
    options.retention.expiries.onEarlier = () => this.#arm();
  }

  /**
   * Deletes what is due now, then watches the clock. Damage keeps nobody out, and nothing of another conversation: what
   * stays due is shown to nobody, and is tried again.
   */
  async start(): Promise<void> {
    try {
      if (!this.#isClosed) await this.#sweep();
    } catch (error) {
      this.#keptMs = this.#options.retention.nowMs();
      if (toP2pError(error).code !== 'storage-corrupt') throw error;
    } finally {
      this.#arm();
    }
  }

  async #sweep(): Promise<void> {
    const { vault, retention } = this.#options;
    const nowMs = retention.nowMs();
    if (retention.expiries.nextMs > nowMs) return this.#keepTime(nowMs);
    let isDone = true;
    for (const [contactId, positions] of await retention.expiries.due(nowMs)) {
      // What does not open is kept, and nothing else for its sake: it is tried again.
      await this.#options.sweep(contactId, positions).catch(() => (isDone = false));
    }
    if (isDone) await retention.expiries.drop(nowMs);
    await vault.update(batch => retention.keepTime(batch));
    this.#keptMs = nowMs;
  }

  /** While something waits to vanish the time is kept now and then, so that a start after a crash knows it. */
  async #keepTime(nowMs: number): Promise<void> {
    const { vault, retention } = this.#options;
    if (!Number.isFinite(retention.expiries.nextMs) || nowMs - this.#keptMs < RETENTION_CHECK_MS) return;
    await vault.update(batch => retention.keepTime(batch));
    this.#keptMs = nowMs;
  }

  #arm(): void {
    this.#cancel();
    const { clock, retention } = this.#options;
    const { nextMs } = retention.expiries;
    if (this.#isClosed || !Number.isFinite(nextMs)) return;
    const waitMs = Math.min(Math.max(nextMs - retention.nowMs(), this.#minWaitMs()), RETENTION_CHECK_MS);
    this.#cancel = clock.setTimer(waitMs, () => {
      this.#work = this.#work.then(() => this.start()).catch(() => undefined); // it stays due, and comes again
    });
  }

  /** What was tried just now and stays due is not tried again at once. */
  #minWaitMs(): number {
    const { retention } = this.#options;
    return retention.expiries.nextMs <= this.#keptMs ? RETENTION_CHECK_MS : 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#work;
  }
}
