/**
 * Calls that nobody answered, in the vault until the person has seen them: of each contact the last one and how many
 * there were. Whoever rings and rings makes one number grow, takes nobody else's place, and is written down at most
 * every MISSED_CALLS_WRITE_MS. P2P-CAL-26.
 */
import { MAX_MISSED_CALLS, MISSED_CALLS_WRITE_MS } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProfileRepository } from '../storage/profile-repository.ts';
import type { Vault } from '../storage/vault.ts';
import type { CallId } from '../ports/call-media.ts';
import type { ContactId } from '../worker/api.ts';
import type { MissedCallView } from './call-view.ts';

export interface MissedCallsOptions {
  readonly vault: Vault;
  readonly repository: ProfileRepository;
  readonly clock: Clock;
  onChange(): void;
}

export class MissedCalls {
  readonly #options: MissedCallsOptions;
  #calls: readonly MissedCallView[];
  /** One after another: the last one written is the last one meant. */
  #writing: Promise<void> = Promise.resolve();
  #hasUnwritten = false;
  /** Set while the next write waits for its time. */
  #cancelPause: (() => void) | null = null;

  private constructor(options: MissedCallsOptions, calls: readonly MissedCallView[]) {
    this.#options = options;
    this.#calls = calls;
  }

  /** Throws P2pError `storage-…`. */
  static async open(options: MissedCallsOptions): Promise<MissedCalls> {
    const records = await options.repository.loadMissedCalls();
    const calls = records.map(record => ({
      ...record,
      call: record.call as CallId,
      contactId: record.contactId as ContactId,
    }));
    return new MissedCalls(
      options,
      calls.reduce<readonly MissedCallView[]>((all, call) => counted(all, call), []),
    );
  }

  /** One of each contact, the last ones last. */
  get all(): readonly MissedCallView[] {
    return this.#calls;
  }

  add(missed: MissedCallView): void {
    if (this.#calls.some(({ call }) => call === missed.call)) return;
    // Only what makes a number grow waits for its time.
    const isAgain = this.#calls.some(({ contactId }) => contactId === missed.contactId);
    this.#set(counted(this.#calls, missed), isAgain);
  }

  /** Seen, or the contact is gone. */
  forget(contactId: ContactId): void {
    const kept = this.#calls.filter(missed => missed.contactId !== contactId);
    if (kept.length < this.#calls.length) this.#set(kept, false);
  }

  /** Writes what waits. Resolves when all of it is stored. */
  stored(): Promise<void> {
    this.#cancelPause?.();
    this.#cancelPause = null;
    this.#write();
    return this.#writing;
  }

  #set(calls: readonly MissedCallView[], mayWait: boolean): void {
    this.#calls = calls;
    this.#hasUnwritten = true;
    if (this.#cancelPause === null || !mayWait) this.#write();
    this.#options.onChange();
  }

  #write(): void {
    if (!this.#hasUnwritten) return;
    this.#hasUnwritten = false;
    const { vault, repository, clock } = this.#options;
    this.#cancelPause?.();
    this.#cancelPause = clock.setTimer(MISSED_CALLS_WRITE_MS, () => {
      this.#cancelPause = null;
      this.#write();
    });
    this.#writing = this.#writing
      .then(() => vault.update(batch => repository.putMissedCalls(batch, this.#calls)))
      // A store that takes nothing says so where messages are written: the call is shown all the same.
      .catch(() => undefined);
  }
}

/** One more, the last of its contact. */
function counted(all: readonly MissedCallView[], missed: MissedCallView): readonly MissedCallView[] {
  const before = all.find(({ contactId }) => contactId === missed.contactId)?.times ?? 0;
  const others = all.filter(({ contactId }) => contactId !== missed.contactId);
  return [...others, { ...missed, times: before + missed.times }].slice(-MAX_MISSED_CALLS);
}
