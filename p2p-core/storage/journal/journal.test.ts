import { expect } from '@esm-bundle/chai';
import { openDB } from 'idb';
import { type RecordName, orderedName } from '../record-name.ts';
import { Keyring } from '../keyring.ts';
import { Vault } from '../vault.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { MemoryJournalFile } from '../../test/support/memory-journal-file.ts';

const NAME = new Uint8Array(32).fill(9) as RecordName;

function entry(revision: number, length = 40): JournalEntry {
  const sealed = Uint8Array.from({ length }, (_, index) => index + revision);
  return {
    revision,
    changes: [
      { kind: 'put', store: 'contacts', name: NAME, sealed },
      { kind: 'delete', store: 'outbox', at: { first: orderedName(NAME, 0), last: orderedName(NAME, 7) } },
    ],
  };
}

const reopen = (file: MemoryJournalFile): Promise<Journal> => Journal.open(file.again());

describe('journal', () => {
  let file: MemoryJournalFile;
  let journal: Journal;

  beforeEach(async () => {
    file = new MemoryJournalFile(1_000);
    journal = await Journal.open(file);
  });

  it('P2P-JRN-02: gives back what was appended, in order, and nothing that the database has', async () => {
    for (const revision of [4, 5, 6]) await journal.append(entry(revision));
    expect((await reopen(file)).takeAfter(3)).to.deep.equal([entry(4), entry(5), entry(6)]);
    expect((await reopen(file)).takeAfter(5)).to.deep.equal([entry(6)]);
    expect((await reopen(file)).takeAfter(6)).to.deep.equal([]);
  });

  it('P2P-JRN-02: an entry torn or changed at any byte ends it, and takes nothing else with it', async () => {
    await journal.append(entry(1));
    const end = file.lastWrite.at + file.lastWrite.length;
    await journal.append(entry(2));
    for (let at = end; at < end + file.lastWrite.length; at++) {
      const torn = file.again();
      torn.bytes[at] = (torn.bytes[at] ?? 0) ^ 0x40;
      expect((await Journal.open(torn)).takeAfter(0), `byte ${at}`).to.deep.equal([entry(1)]);
    }
  });

  it('P2P-JRN-02: random bytes are no entry', async () => {
    crypto.getRandomValues(file.bytes);
    expect((await reopen(file)).takeAfter(0)).to.deep.equal([]);
  });

  it('P2P-JRN-03: what an earlier round left behind the newest entry is not taken', async () => {
    for (const revision of [1, 2, 3]) await journal.append(entry(revision));
    journal.restart();
    await journal.append(entry(5));
    expect((await reopen(file)).takeAfter(4)).to.deep.equal([entry(5)]);
  });

  it('P2P-JRN-03: a start after a unit that only the database has begins a new round', async () => {
    for (const revision of [1, 2]) await journal.append(entry(revision));
    const copy = file.again();
    const again = await Journal.open(copy);
    expect(again.takeAfter(3)).to.deep.equal([]); // 3 was committed by the database
    await again.append(entry(4));
    expect((await reopen(copy)).takeAfter(3)).to.deep.equal([entry(4)]);
  });

  it('P2P-JRN-03: nothing is taken by a database that it does not continue', async () => {
    for (const revision of [7, 8]) await journal.append(entry(revision));
    expect((await reopen(file)).takeAfter(4)).to.deep.equal([]);
  });

  it('P2P-JRN-03: an entry without room is refused and changes nothing', async () => {
    await journal.append(entry(1));
    const before = file.bytes.slice();
    expect(await journal.append(entry(2, 5_000))).to.equal(false);
    expect(file.bytes).to.deep.equal(before);
    expect(await journal.append(entry(2))).to.equal(true);
  });
});

describe('vault with a journal', () => {
  const { prototype } = IDBDatabase;
  const { transaction } = prototype;
  let profile: string;
  let file: MemoryJournalFile;
  let vault: Vault;
  let dropHeld: () => Promise<void>;

  beforeEach(async () => {
    dropHeld = () => Promise.resolve();
    profile = `journal-${crypto.randomUUID()}`;
    file = new MemoryJournalFile(20_000);
    vault = await open();
  });

  afterEach(async () => {
    prototype.transaction = transaction;
    await vault.close();
  });

  async function open(): Promise<Vault> {
    const keyring = await Keyring.open(profile, { nowMs: () => Date.now() });
    try {
      const keys = await keyring.openByDevice();
      if (keys === null) throw new Error('locked');
      return await Vault.unlocked(keyring, keys, { openJournal: () => Promise.resolve(file) });
    } catch (error) {
      await keyring.close();
      throw error;
    }
  }

  async function put(name: string, value: number): Promise<void> {
    const key = await vault.name('contacts', name);
    await vault.update(batch => batch.put('contacts', key, { value }));
  }

  async function value(name: string): Promise<number | undefined> {
    const record = (await vault.get('contacts', await vault.name('contacts', name))) as
      { value: number } | undefined;
    return record?.value;
  }

  /** Every transaction that writes fails like this from here on. */
  function failWrites(error: DOMException | null): void {
    prototype.transaction = function (this: IDBDatabase, ...args) {
      if (args[1] === 'readwrite' && error !== null) throw error;
      return transaction.apply(this, args);
    };
  }

  /** Nothing that writes gets to the database from here on, and nobody is told. */
  async function holdWrites(): Promise<void> {
    const db = await openDB(`enk:${profile}`);
    const tx = db.transaction('meta', 'readwrite');
    let isHeld = true;
    const holding = (async () => {
      while (isHeld) await tx.store.get('revision');
      db.close();
    })();
    const held: IDBTransaction[] = [];
    prototype.transaction = function (this: IDBDatabase, ...args) {
      const made = transaction.apply(this, args);
      if (made.mode === 'readwrite') held.push(made);
      return made;
    };
    dropHeld = async () => {
      for (const made of held) made.abort();
      isHeld = false;
      await holding;
      dropHeld = () => Promise.resolve();
    };
  }

  /** The page dies: nothing is told to the vault, and the next one finds what was flushed. */
  async function crash(): Promise<void> {
    const flushed = file.flushed();
    await dropHeld();
    await vault.close();
    prototype.transaction = transaction;
    file = flushed;
    vault = await open();
  }

  async function codeOf(done: Promise<unknown>): Promise<string> {
    return done.then(
      () => 'done',
      (error: unknown) => (error as { code: string }).code,
    );
  }

  it('P2P-JRN-01: a unit is flushed in the journal before its author learns of it', async () => {
    const { flushes } = file;
    await put('a', 1);
    expect(file.flushes).to.equal(flushes + 1);
  });

  it('P2P-JRN-01: what the database never got is there after a crash, each unit in its order', async () => {
    await put('a', 1);
    await holdWrites();
    await put('a', 2);
    await put('b', 3);
    await crash();
    expect([await value('a'), await value('b')]).to.deep.equal([2, 3]);
    await put('a', 4);
    await crash();
    expect([await value('a'), await value('b')]).to.deep.equal([4, 3]);
  });

  it('P2P-JRN-01: a range that was deleted stays deleted', async () => {
    const prefix = await vault.name('messages', 'c');
    await vault.update(batch => {
      for (let n = 0; n < 5; n++) batch.put('messages', orderedName(prefix, n), { n });
    });
    await holdWrites();
    await vault.update(batch =>
      batch.deleteRange('messages', { first: orderedName(prefix, 1), last: orderedName(prefix, 3) }),
    );
    await crash();
    const left = await vault.range('messages', { prefix, first: 0, last: 9 }, 9);
    expect(left.map(({ record }) => record)).to.deep.equal([{ n: 0 }, { n: 4 }]);
  });

  it('P2P-JRN-05: a full database refuses reads and writes, and goes on once there is room', async () => {
    await put('a', 1);
    failWrites(new DOMException('full', 'QuotaExceededError'));
    await put('a', 2); // the journal has it
    expect(await codeOf(value('a'))).to.equal('storage-full');
    expect(await codeOf(put('b', 3))).to.equal('storage-full');
    failWrites(null);
    expect(await value('a')).to.equal(2);
    expect(await value('b')).to.equal(undefined);
    await put('b', 4);
    expect(await value('b')).to.equal(4);
  });

  it('P2P-JRN-05: a vault whose database cannot be brought up does not open, and loses nothing', async () => {
    failWrites(new DOMException('full', 'QuotaExceededError'));
    await put('a', 5);
    const flushed = file.flushed();
    await vault.close();
    file = flushed;
    expect(await codeOf(open())).to.equal('storage-full');
    failWrites(null);
    file = flushed.again();
    vault = await open();
    expect(await value('a')).to.equal(5);
  });

  it('P2P-JRN-03: more units than the journal holds, over many rounds, are all there after a crash', async () => {
    for (let n = 1; n <= 200; n++) await put(`n${n % 7}`, n);
    await crash();
    const values = await Promise.all(Array.from({ length: 7 }, (_, n) => value(`n${n}`)));
    expect(values).to.deep.equal([196, 197, 198, 199, 200, 194, 195]);
  });

  it('P2P-JRN-01: a journal that fails leaves the unit to the database', async () => {
    file.failure = new DOMException('broken', 'InvalidStateError');
    await put('a', 1);
    file = new MemoryJournalFile(0);
    await vault.close();
    vault = await open();
    expect(await value('a')).to.equal(1);
  });

  it('P2P-STO-07: a second writer fails instead of mixing, whatever its journal took', async () => {
    const first = file;
    file = new MemoryJournalFile(20_000);
    const other = await open();
    file = first;
    await put('a', 1);
    await value('a'); // committed
    const key = await other.name('contacts', 'a');
    await codeOf(other.update(batch => batch.put('contacts', key, { value: 2 })));
    expect(await codeOf(other.get('contacts', key))).to.equal('storage-conflict');
    expect(await value('a')).to.equal(1);
    await other.close();
  });
});
