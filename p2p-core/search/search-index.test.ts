import { expect } from '@esm-bundle/chai';
import { openDB } from 'idb';
import { SEARCH_FLUSH_MESSAGES, SEARCH_MERGE_SEGMENTS, STORAGE_SCHEMA_VERSION } from '../limits.ts';
import type { MessageRecord } from '../storage/records.ts';
import { Vault } from '../storage/vault.ts';
import { type SearchHits, SearchIndex } from './search-index.ts';

const WORDS = ['apple', 'bridge', 'cloud', 'dance', 'east', 'forest', 'garden', 'house', 'island', 'jungle'];

/** A word that message `i` alone has; none is the beginning of another. */
const only = (i: number): string => `only${i}x`;

/** Messages of several conversations, as a vault has them. */
class Messages {
  readonly all = new Map<string, (MessageRecord | undefined)[]>();
  reads = 0;

  add(contactId: string, text: string, sentAtMs = (this.count + 1) * 1000): number {
    const messages = this.all.get(contactId) ?? [];
    this.all.set(contactId, messages);
    const position = messages.length;
    messages.push({ position, isMine: false, incarnation: 'i', seq: position + 1, text, sentAtMs });
    return position + 1;
  }

  get count(): number {
    return [...this.all.values()].reduce((sum, messages) => sum + messages.length, 0);
  }

  async read(contactId: string, first: number, last: number): Promise<MessageRecord[]> {
    this.reads += 1;
    return (this.all.get(contactId) ?? []).slice(first, last + 1).filter(message => message !== undefined);
  }
}

describe('search index', () => {
  let profile: string;
  let vault: Vault;
  let messages: Messages;
  let index: SearchIndex;

  beforeEach(async () => {
    profile = `search-${crypto.randomUUID()}`;
    vault = await Vault.open(profile);
    messages = new Messages();
    index = new SearchIndex(vault, messages);
  });

  afterEach(async () => {
    await index.close();
    await vault.close();
  });

  function say(contactId: string, text: string, sentAtMs?: number): void {
    index.note(contactId, messages.add(contactId, text, sentAtMs));
  }

  /** As after a new start: noted is what the conversations say. */
  async function restart(): Promise<void> {
    await index.close();
    await vault.close();
    vault = await Vault.open(profile);
    index = new SearchIndex(vault, messages);
    for (const [contactId, list] of messages.all) index.note(contactId, list.length);
    await index.start();
  }

  /** Contact and position of what is found, newest first. */
  async function find(query: string, limit = 100, contactId?: string): Promise<string[]> {
    return places(await index.search({ query, limit, contactId }));
  }

  function places({ hits }: SearchHits): string[] {
    return hits.map(({ contactId, message }) => `${contactId} ${message.position}`);
  }

  /** Every stored value and key of the index. */
  async function stored(): Promise<number> {
    const db = await openDB(`enk:${profile}`, STORAGE_SCHEMA_VERSION);
    const keys = await db.getAllKeys('search');
    db.close();
    return keys.length;
  }

  /** Fills several segments, so that some have been merged: words by number, one word in each message alone. */
  function fill(count: number, contacts = 3): void {
    const first = messages.count;
    for (let i = first; i < first + count; i++) {
      say(`c${i % contacts}`, `${only(i)} ${WORDS[i % 10]} ${WORDS[Math.floor(i / 10) % 10]}`);
    }
  }

  it('P2P-SRC-02: finds the newest first, in all conversations or in one', async () => {
    say('ana', 'Lunch at noon', 3_000);
    say('ben', 'lunch tomorrow?', 9_000);
    say('ana', 'no lunch today', 6_000);
    expect(await find('lunch')).to.deep.equal(['ben 0', 'ana 1', 'ana 0']);
    expect(await find('lunch', 100, 'ana')).to.deep.equal(['ana 1', 'ana 0']);
    expect(await find('lunch', 100, 'nobody')).to.deep.equal([]);
    expect(await find('lunch noon')).to.deep.equal(['ana 0']);
    expect(await find('…')).to.deep.equal([]);
    const { hits } = await index.search({ query: 'NOON', limit: 1 });
    expect(hits[0]?.ranges).to.deep.equal([[9, 13]]);
  });

  it('P2P-SRC-02: pages follow each other without gap or repetition, at equal times too', async () => {
    for (let i = 0; i < 25; i++) say('ana', `page ${i}`, i < 12 ? 1_000 : 2_000);
    const found: string[] = [];
    let before: SearchHits['next'] | undefined;
    do {
      const page: SearchHits = await index.search({ query: 'page', limit: 10, before: before ?? undefined });
      found.push(...places(page));
      before = page.next;
    } while (before !== null);
    expect(found).to.deep.equal(Array.from({ length: 25 }, (_, i) => `ana ${24 - i}`));
  });

  it('P2P-SRC-03: what was said before a restart is found after it; only the tail is read again', async () => {
    fill(SEARCH_FLUSH_MESSAGES * 2 + 40);
    await index.idle();
    await restart();
    messages.reads = 0;
    expect(await find('only7x')).to.deep.equal(['c1 2']);
    expect(await find(only(SEARCH_FLUSH_MESSAGES * 2 + 39))).to.have.length(1);
    expect(messages.reads, 'three conversations of the tail, and two hits').to.be.below(6);
  });

  it('P2P-SRC-03: segments are merged; every message stays found, and no block is left over', async () => {
    fill(SEARCH_FLUSH_MESSAGES * (SEARCH_MERGE_SEGMENTS + 1) + 5);
    await index.idle();
    const count = await stored();
    await restart();
    await index.idle();
    expect(await stored(), 'a restart adds nothing').to.equal(count);
    for (let i = 0; i < messages.count; i += 321) {
      const expected = [`c${i % 3} ${Math.floor(i / 3)}`];
      expect(await find(`${only(i)} ${WORDS[i % 10]}`), `${i}`).to.deep.equal(expected);
    }
    const both = await index.search({ query: 'apple bridge', limit: 10_000 });
    const wanted = Array.from({ length: messages.count }, (_, i) => i).filter(i => {
      const words = [WORDS[i % 10], WORDS[Math.floor(i / 10) % 10]];
      return words.includes('apple') && words.includes('bridge');
    });
    expect(both.hits).to.have.length(wanted.length);
  });

  it('P2P-SRC-03: a crash before any commit of the index loses nothing of it', async () => {
    // Each commit of a flush or merge is one at which the device may have died: the database is copied there.
    fill(SEARCH_FLUSH_MESSAGES * SEARCH_MERGE_SEGMENTS);
    for (let dieAt = 1; dieAt <= 12; dieAt++) {
      const update = vault.update.bind(vault);
      let commits = 0;
      vault.update = work =>
        update(async batch => {
          const result = await work(batch);
          if (batch.changes.length > 0 && ++commits === dieAt) throw new Error('died');
          return result;
        });
      await index.idle().catch((error: unknown) => expect((error as Error).message).to.equal('died'));
      await restart();
      expect(await find('only7x'), `died at ${dieAt}`).to.deep.equal(['c1 2']);
      expect(await find(only(messages.count - 1))).to.have.length(1);
      fill(SEARCH_FLUSH_MESSAGES);
    }
  });

  it('P2P-SRC-04: removed messages are not found, and none of their terms is at rest', async () => {
    fill(SEARCH_FLUSH_MESSAGES + 100);
    say('c0', 'secretword apple');
    await index.idle();
    const gone = [9, 12].map(position => ({
      position,
      text: messages.all.get('c0')?.[position]?.text ?? '',
    }));
    const last = (messages.all.get('c0')?.length ?? 0) - 1;
    gone.push({ position: last, text: 'secretword apple' });
    await vault.update(batch => index.forget(batch, 'c0', gone));
    // The messages are still there: only the index can hide them.
    expect(await find('only27x')).to.deep.equal([]);
    expect(await find('only36x')).to.deep.equal([]);
    expect(await find('secretword')).to.deep.equal([]);
    expect(await find('only28x')).to.deep.equal(['c1 9']);
    expect(await allTerms()).to.not.include.members(['only27x']);
    expect(await allTerms()).to.include.members(['only28x', 'apple']);
    await restart();
    expect(await find('only27x')).to.deep.equal([]);
    expect(await find('only30x')).to.deep.equal(['c0 10']);
  });

  it('P2P-SRC-04: a removed conversation leaves nothing, also while segments are merged', async () => {
    fill(SEARCH_FLUSH_MESSAGES * SEARCH_MERGE_SEGMENTS);
    const merging = index.idle();
    await index.search({ query: 'apple', limit: 1 });
    await vault.update(batch => index.forget(batch, 'c1', 'all'));
    messages.all.delete('c1');
    await merging;
    await index.idle();
    expect(await find('only1x')).to.not.include('c1 0');
    expect(await find('only7x')).to.deep.equal([]);
    expect(await find('apple', 10, 'c1')).to.deep.equal([]);
    expect(await allTerms()).to.not.include.members(['only7x']);
    say('c1', 'only7x comes back');
    expect(await find('only7x')).to.deep.equal(['c1 0']);
  });

  it('P2P-SRC-05: a message that changed or vanished without a word does not show', async () => {
    say('ana', 'pear');
    say('ana', 'pear too');
    expect(await find('pear')).to.have.length(2);
    (messages.all.get('ana') ?? [])[0] = undefined;
    expect(await find('pear')).to.deep.equal(['ana 1']);
  });

  it('P2P-SRC-06: a damaged or foreign index is made anew from the messages', async () => {
    fill(SEARCH_FLUSH_MESSAGES * 2);
    await index.idle();
    const count = await stored();
    for (let at = 0; at < count; at++) {
      await index.close();
      await vault.close();
      const db = await openDB(`enk:${profile}`);
      const key = (await db.getAllKeys('search'))[at] as IDBValidKey;
      const sealed = ((await db.get('search', key)) as Uint8Array).slice();
      sealed[40] = (sealed[40] ?? 0) ^ 1;
      await db.put('search', sealed, key);
      db.close();
      vault = await Vault.open(profile);
      index = new SearchIndex(vault, messages);
      for (const [contactId, list] of messages.all) index.note(contactId, list.length);
      await index.start();
      for (const i of [0, 7, 600, 1023])
        expect(await find(`${only(i)} ${WORDS[i % 10]}`), `${at} ${i}`).to.have.length(1);
      expect(await find('apple', 2_000)).to.have.length(202);
    }
  });

  /** Every term that the segments hold. */
  async function allTerms(): Promise<string[]> {
    const records = await (await import('./index-records.ts')).IndexRecords.open(vault);
    const { segments } = await records.loadManifest();
    const terms: string[] = [];
    for (const { id, blocks } of segments) {
      for (const block of blocks) terms.push(...(await records.loadBlock(id, block.id)).terms);
    }
    return terms;
  }
});
