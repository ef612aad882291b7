/**
 * Which messages are due when: one sealed record for each second in which some are, over all conversations, in order
 * of time. So a start finds what is due without reading any conversation. It says where to look, never what to delete:
 * that is the message's own deadline. P2P-RET-05.
 */
import { MAX_SEQ } from '../limits.ts';
import { type RecordName, orderedName, orderedRange } from '../storage/record-name.ts';
import { type ExpiryRecord, ExpiryRecordSchema, parseRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';

export interface Expiry {
  readonly position: number;
  readonly deadlineMs: number;
}

export interface ConversationExpiries {
  readonly contactId: string;
  readonly expiries: readonly Expiry[];
}

export class ExpiryQueue {
  /** Something is due earlier than all before. */
  onEarlier: () => void = () => undefined;
  readonly #vault: Vault;
  readonly #prefix: RecordName;
  /** The first second that may have something; infinite: none. */
  #nextS: number;

  private constructor(vault: Vault, prefix: RecordName, nextS: number) {
    this.#vault = vault;
    this.#prefix = prefix;
    this.#nextS = nextS;
  }

  static async open(vault: Vault): Promise<ExpiryQueue> {
    const prefix = await vault.name('cursors', 'expiries');
    return new ExpiryQueue(vault, prefix, await firstSecond(vault, prefix));
  }

  /** No message is due before; infinite when none is at all. */
  get nextMs(): number {
    return this.#nextS * 1_000;
  }

  /** Adds messages of one conversation. At most once in a unit of work. */
  add(batch: WriteBatch, contactId: string, expiries: readonly Expiry[]): Promise<void> {
    return this.addAll(batch, [{ contactId, expiries }]);
  }

  /** Adds messages of several. At most once in a unit of work. */
  async addAll(batch: WriteBatch, conversations: readonly ConversationExpiries[]): Promise<void> {
    const added = new Map<number, ExpiryRecord>();
    for (const { contactId, expiries } of conversations) {
      for (const [second, positions] of bySecond(expiries)) {
        added.set(second, [...(added.get(second) ?? []), { contactId, positions }]);
      }
    }
    for (const [second, record] of added) {
      this.#put(batch, second, [...(await this.#load(second)), ...record]);
      batch.onCommit(() => this.#added(second));
    }
  }

  #added(second: number): void {
    if (second >= this.#nextS) return;
    this.#nextS = second;
    this.onEarlier();
  }

  /** contact → positions of what may be due at `nowMs`. */
  async due(nowMs: number): Promise<ReadonlyMap<string, readonly number[]>> {
    const found = new Map<string, number[]>();
    const bounds = { prefix: this.#prefix, first: 0, last: lastDueSecond(nowMs) };
    for (const { record } of await this.#vault.range('cursors', bounds, Number.POSITIVE_INFINITY)) {
      for (const { contactId, positions } of parseRecord(ExpiryRecordSchema, record)) {
        found.set(contactId, [...(found.get(contactId) ?? []), ...positions]);
      }
    }
    return found;
  }

  /** What was due at `nowMs` is done. */
  async drop(nowMs: number): Promise<void> {
    await this.#vault.update(async batch => {
      const last = lastDueSecond(nowMs);
      const nextS = await firstSecond(this.#vault, this.#prefix, last + 1);
      batch.deleteRange('cursors', orderedRange(this.#prefix, 0, last));
      batch.onCommit(() => {
        this.#nextS = nextS;
      });
    });
  }

  async #load(second: number): Promise<ExpiryRecord> {
    const record = await this.#vault.get('cursors', orderedName(this.#prefix, second));
    return record === undefined ? [] : parseRecord(ExpiryRecordSchema, record);
  }

  #put(batch: WriteBatch, second: number, record: ExpiryRecord): void {
    batch.put('cursors', orderedName(this.#prefix, second), record);
  }
}

async function firstSecond(vault: Vault, prefix: RecordName, from = 0): Promise<number> {
  const [first] = await vault.ordinals('cursors', { prefix, first: from, last: MAX_SEQ }, 1);
  return first ?? Number.POSITIVE_INFINITY;
}

/** The second after a deadline: never one that a sweep under way is about to drop. */
function secondOf(deadlineMs: number): number {
  return Math.floor(deadlineMs / 1_000) + 1;
}

function lastDueSecond(nowMs: number): number {
  return Math.floor(nowMs / 1_000);
}

function bySecond(expiries: readonly Expiry[]): Map<number, number[]> {
  const seconds = new Map<number, number[]>();
  for (const { position, deadlineMs } of expiries) {
    const second = secondOf(deadlineMs);
    seconds.set(second, [...(seconds.get(second) ?? []), position]);
  }
  return seconds;
}
