/** What all conversations of a profile share about what is to vanish: clock, queue, and what goes along with a message. */
import type { Clock } from '../ports/clock.ts';
import { ProfileRepository } from '../storage/profile-repository.ts';
import type { MessageRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import { type Expiry, ExpiryQueue } from './expiry-queue.ts';
import { RetentionClock } from './retention-clock.ts';

/** Takes out, in the same unit of work, what belongs to messages that go. */
export type Forget = (batch: WriteBatch, contactId: string, gone: readonly MessageRecord[]) => Promise<void>;

export class Retention {
  readonly clock: RetentionClock;
  readonly expiries: ExpiryQueue;
  /** The one place where everything ends that a message has beside its own record. */
  readonly forget: Forget;
  readonly #profile: ProfileRepository;

  private constructor(vault: Vault, clock: RetentionClock, expiries: ExpiryQueue, forget: Forget) {
    this.#profile = new ProfileRepository(vault);
    this.clock = clock;
    this.expiries = expiries;
    this.forget = forget;
  }

  static async open(vault: Vault, clock: Clock, forget: Forget = async () => undefined): Promise<Retention> {
    const seenMs = await new ProfileRepository(vault).loadSeenMs();
    return new Retention(vault, new RetentionClock(clock, seenMs), await ExpiryQueue.open(vault), forget);
  }

  nowMs(): number {
    return this.clock.nowMs();
  }

  /** Notes deadlines of one conversation, and the time. At most once in a unit of work. */
  async schedule(batch: WriteBatch, contactId: string, expiries: readonly Expiry[]): Promise<void> {
    if (expiries.length === 0) return;
    await this.expiries.add(batch, contactId, expiries);
    await this.keepTime(batch);
  }

  async keepTime(batch: WriteBatch): Promise<void> {
    await this.#profile.putSeenMs(batch, this.nowMs());
  }
}

/** True once it is not to be seen any more, whether it was deleted already or not. */
export function isGone({ deadlineMs, hiddenUntilMs }: MessageRecord, nowMs: number): boolean {
  return hiddenUntilMs !== undefined || (deadlineMs !== undefined && deadlineMs <= nowMs);
}

/** True once nothing of it may stay. */
export function isDue({ deadlineMs, hiddenUntilMs }: MessageRecord, nowMs: number): boolean {
  return Math.min(deadlineMs ?? Infinity, hiddenUntilMs ?? Infinity) <= nowMs;
}
