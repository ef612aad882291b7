/** Calls that nobody answered, in the vault until the person has seen them: the newest of them. P2P-CAL-26. */
import { MAX_MISSED_CALLS } from '../limits.ts';
import type { ProfileRepository } from '../storage/profile-repository.ts';
import type { Vault } from '../storage/vault.ts';
import type { CallId } from '../ports/call-media.ts';
import type { ContactId } from '../worker/api.ts';
import type { MissedCallView } from './call-view.ts';

export class MissedCalls {
  readonly #vault: Vault;
  readonly #repository: ProfileRepository;
  readonly #onChange: () => void;
  #calls: readonly MissedCallView[];
  /** One after another: the last one written is the last one meant. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    vault: Vault,
    repository: ProfileRepository,
    calls: readonly MissedCallView[],
    onChange: () => void,
  ) {
    this.#vault = vault;
    this.#repository = repository;
    this.#calls = calls;
    this.#onChange = onChange;
  }

  /** Throws P2pError `storage-…`. */
  static async open(vault: Vault, repository: ProfileRepository, onChange: () => void): Promise<MissedCalls> {
    const records = await repository.loadMissedCalls();
    const calls = records.map(record => ({
      ...record,
      call: record.call as CallId,
      contactId: record.contactId as ContactId,
    }));
    return new MissedCalls(vault, repository, calls, onChange);
  }

  /** Oldest first. */
  get all(): readonly MissedCallView[] {
    return this.#calls;
  }

  add(missed: MissedCallView): void {
    if (this.#calls.some(({ call }) => call === missed.call)) return;
    this.#set([...this.#calls, missed].slice(-MAX_MISSED_CALLS));
  }

  /** Seen, or the contact is gone. */
  forget(contactId: ContactId): void {
    const kept = this.#calls.filter(missed => missed.contactId !== contactId);
    if (kept.length < this.#calls.length) this.#set(kept);
  }

  /** Resolves when all of it is stored. */
  stored(): Promise<void> {
    return this.#writing;
  }

  #set(calls: readonly MissedCallView[]): void {
    this.#calls = calls;
    this.#writing = this.#writing
      .then(() => this.#vault.update(batch => this.#repository.putMissedCalls(batch, this.#calls)))
      // A store that takes nothing says so where messages are written: the call is shown all the same.
      .catch(() => undefined);
    this.#onChange();
  }
}
