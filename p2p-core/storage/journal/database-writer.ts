/**
 * Commits units of work. With a journal a unit is durable once its entry is flushed there, a tenth of a millisecond;
 * its transaction follows without a flush, in order, together with those of the units right behind it: nobody waits
 * for it but who reads. Without one, or when an entry has no room, the transaction itself is flushed, and with it all
 * before it. P2P-STO-04, P2P-STO-07, P2P-JRN-01.
 */
import type { IDBPDatabase } from 'idb';
import { P2pError, storageError } from '../../errors.ts';
import { MAX_TRANSACTIONS_UNDER_WAY, MAX_UNITS_GATHERED, UNIT_GATHER_MS } from '../../limits.ts';
import type { Clock } from '../../ports/clock.ts';
import { META, META_KEYS } from '../database.ts';
import { keyRange } from '../record-name.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { SealedChange } from './sealed-change.ts';

type Durability = 'strict' | 'relaxed';

export class DatabaseWriter {
  readonly #db: IDBPDatabase;
  readonly #journal: Journal | null;
  readonly #clock: Clock;
  #revision: number;
  /** In the journal; their transaction has not begun. In order. */
  #gathered: JournalEntry[] = [];
  #cancelStart: (() => void) | null = null;
  readonly #underWay = new Set<Promise<void>>();
  /** In the journal, not in the database: their transaction failed, or one before it did. In order. */
  #unapplied: JournalEntry[] = [];
  #applying: Promise<void> | null = null;

  private constructor(db: IDBPDatabase, journal: Journal | null, revision: number, clock: Clock) {
    this.#db = db;
    this.#journal = journal;
    this.#clock = clock;
    this.#revision = revision;
  }

  /** Brings the database up to the journal first. Throws P2pError `storage-…`; the journal keeps what it has. */
  static async open(db: IDBPDatabase, journal: Journal | null, clock: Clock): Promise<DatabaseWriter> {
    const revision: unknown = await db.get(META, META_KEYS.revision);
    if (typeof revision !== 'number') throw new P2pError('storage-corrupt');
    const missing = journal?.takeAfter(revision) ?? [];
    const writer = new DatabaseWriter(db, journal, revision + missing.length, clock);
    writer.#unapplied = [...missing];
    await writer.#catchUp();
    return writer;
  }

  /** Resolves when the changes are durable, all of them together. Throws P2pError `storage-…`: then none is. */
  async commit(changes: readonly SealedChange[]): Promise<void> {
    await this.#catchUp();
    const entry: JournalEntry = { revision: this.#revision + 1, changes };
    if (await this.#journaled(entry)) {
      this.#revision = entry.revision;
      this.#gather(entry);
      if (this.#underWay.size > MAX_TRANSACTIONS_UNDER_WAY) await Promise.race(this.#underWay);
      return;
    }
    await this.#settled();
    await this.#catchUp();
    await this.#transact([entry], 'strict');
    this.#revision = entry.revision;
    this.#journal?.restart();
  }

  /** A read that sees every commit so far. Throws P2pError `storage-…` while the database cannot be brought up. */
  async read<R>(request: () => Promise<R>): Promise<R> {
    for (;;) {
      this.#follow();
      await this.#catchUp();
      const result = await request();
      if (this.#unapplied.length === 0) return result;
    }
  }

  /** Waits for the transactions under way and lets go of the journal, which keeps what none of them brought. */
  async close(): Promise<void> {
    await this.#settled();
    this.#journal?.close();
  }

  /** False where the unit is the database's to flush. A journal that fails is no reason to lose the unit. */
  async #journaled(entry: JournalEntry): Promise<boolean> {
    if (this.#journal === null) return false;
    try {
      return await this.#journal.append(entry);
    } catch (cause) {
      if (cause instanceof DOMException) return false;
      throw cause;
    }
  }

  #gather(entry: JournalEntry): void {
    this.#gathered.push(entry);
    if (this.#gathered.length >= MAX_UNITS_GATHERED) this.#follow();
    else this.#cancelStart ??= this.#clock.setTimer(UNIT_GATHER_MS, () => this.#follow());
  }

  /** Begins the transaction of what was gathered. */
  #follow(): void {
    this.#cancelStart?.();
    this.#cancelStart = null;
    const entries = this.#gathered;
    if (entries.length === 0) return;
    this.#gathered = [];
    const done = this.#transact(entries, 'relaxed').catch(() => void this.#unapplied.push(...entries));
    this.#underWay.add(done);
    void done.finally(() => this.#underWay.delete(done));
  }

  async #settled(): Promise<void> {
    this.#follow();
    await Promise.all(this.#underWay);
  }

  /** Puts what the journal alone has into the database, flushed. */
  async #catchUp(): Promise<void> {
    if (this.#unapplied.length === 0) return;
    this.#applying ??= this.#applyAll().finally(() => {
      this.#applying = null;
    });
    await this.#applying;
  }

  async #applyAll(): Promise<void> {
    await this.#settled(); // those behind a failed one fail too, by their revision, and come after it
    const entries = this.#unapplied.toSorted((a, b) => a.revision - b.revision);
    await this.#transact(entries, 'strict');
    this.#unapplied = this.#unapplied.filter(entry => !entries.includes(entry));
  }

  /** One transaction that takes the database from the revision before the entries to that of the last one. */
  async #transact(entries: readonly JournalEntry[], durability: Durability): Promise<void> {
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return;
    const changes = entries.flatMap(entry => entry.changes);
    const stores = [META, ...new Set(changes.map(change => change.store))];
    try {
      const tx = this.#db.transaction(stores, 'readwrite', { durability });
      const meta = tx.objectStore(META);
      // Everything is asked for at once, the look at the revision first: its answer comes first, and aborts the rest.
      let isConflict = false;
      const checked = meta.get(META_KEYS.revision).then((stored: unknown) => {
        if (stored === first.revision - 1) return;
        isConflict = true;
        tx.abort();
      });
      const requests: Promise<unknown>[] = [checked, meta.put(last.revision, META_KEYS.revision)];
      for (const change of changes) {
        const store = tx.objectStore(change.store);
        requests.push(
          change.kind === 'put' ? store.put(change.sealed, change.name) : store.delete(keyRange(change.at)),
        );
      }
      const settled = await Promise.allSettled([...requests, tx.done]);
      if (isConflict) throw new P2pError('storage-conflict');
      const failed = settled.find(result => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } catch (cause) {
      throw storageError(cause);
    }
  }
}
