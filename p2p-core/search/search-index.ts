/**
 * Full-text search over all messages: an inverted index in sealed segments, derived from the messages alone. It may
 * lag behind them, be damaged or be gone: what is missing is read again from the messages. P2P-SRC-01 … P2P-SRC-06.
 *
 *     messages ─▶ tail (memory, < SEARCH_FLUSH_MESSAGES) ─▶ segment level 0 ─▶ every SEARCH_MERGE_SEGMENTS of a level: one of the next
 *
 * Each change runs inside a unit of work of the vault, so that it never meets a removal half way. A search reads the
 * blocks that may hold its terms, and the messages that it shows; those are compared with the query, so that nothing
 * shows that is not there any more.
 */
import { P2pError } from '../errors.ts';
import {
  SEARCH_BLOCKS_PER_STEP,
  SEARCH_CACHED_BLOCKS,
  SEARCH_FLUSH_MESSAGES,
  SEARCH_MERGE_SEGMENTS,
  SEARCH_MESSAGES_PER_STEP,
} from '../limits.ts';
import type { MessageRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import { type Block, BlockWriter } from './block.ts';
import { type Cursor, type Marked, newest } from './candidates.ts';
import { IndexRecords, type Manifest } from './index-records.ts';
import { IndexState } from './index-state.ts';
import { markDocs, markMatches, mergeEntries } from './lookup.ts';
import { type Gone, planRemoval } from './removal.ts';
import { type MatchRange, type Query, findMatches, parseQuery, termsOf } from './terms.ts';

export interface MessageSource {
  /** Messages with first ≤ position ≤ last that are there, ascending. */
  read(contactId: string, first: number, last: number): Promise<readonly MessageRecord[]>;
}

export interface SearchRequest {
  readonly query: string;
  /** Of one conversation only. */
  readonly contactId?: string | undefined;
  readonly limit: number;
  /** Where an earlier search went on. */
  readonly before?: Cursor | undefined;
}

export interface SearchHit {
  readonly contactId: string;
  readonly message: MessageRecord;
  readonly ranges: readonly MatchRange[];
}

export interface SearchHits {
  /** Newest first, by the author's clock. */
  readonly hits: readonly SearchHit[];
  /** For the next call; null when that was all. */
  readonly next: Cursor | null;
}

export class SearchIndex {
  readonly #vault: Vault;
  readonly #source: MessageSource;
  /** contact → first position that does not exist yet. */
  readonly #wanted = new Map<string, number>();
  readonly #blocks = new Map<string, Promise<Block>>();
  #records: Promise<IndexRecords> | null = null;
  #state: Promise<IndexState> | null = null;
  #work: Promise<unknown> = Promise.resolve();
  /** Positions that the index does not know, once it was looked at. */
  #pending = Number.NaN;
  /** Counts manifests that were written: what was read under another one may be gone. */
  #changes = 0;
  #isSwept = false;
  #isClosed = false;

  constructor(vault: Vault, source: MessageSource) {
    this.#vault = vault;
    this.#source = source;
  }

  /** Looks how far the index is, by its manifest alone, and catches up in the background if it is far behind. */
  async start(): Promise<void> {
    const indexed = await this.#readIndexed();
    this.#pending = 0;
    for (const [contactId, next] of this.#wanted) {
      this.#pending += Math.max(0, next - (indexed.get(contactId) ?? 0));
    }
    this.#catchUpSoon();
  }

  async #readIndexed(): Promise<ReadonlyMap<string, number>> {
    try {
      const { conversations } = await (await this.#openRecords()).loadManifest();
      return new Map(conversations.map(entry => [entry.contactId, entry.indexed]));
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      await this.#reset();
      return new Map();
    }
  }

  /** A conversation has messages up to `nextPosition`. Cheap. */
  note(contactId: string, nextPosition: number): void {
    const known = this.#wanted.get(contactId) ?? 0;
    if (nextPosition <= known) return;
    this.#wanted.set(contactId, nextPosition);
    this.#pending += nextPosition - known;
    this.#catchUpSoon();
  }

  #catchUpSoon(): void {
    if (!(this.#pending >= SEARCH_FLUSH_MESSAGES) || this.#isClosed) return;
    this.#pending = 0;
    this.#catchUp().catch(() => undefined); // the next search tries again, and reports
  }

  /** Resolves when everything noted so far is indexed. Rejects with P2pError `storage-…`. */
  idle(): Promise<void> {
    return this.#catchUp();
  }

  /** The newest messages that have all words of the query, or words that begin with them. */
  async search(request: SearchRequest): Promise<SearchHits> {
    const query = parseQuery(request.query);
    if (query === null) return { hits: [], next: null };
    for (let attempt = 0; ; attempt++) {
      const changes = this.#changes;
      try {
        await this.#catchUp();
        return await this.#find(await this.#load(), query, request);
      } catch (error) {
        if (!isCorrupt(error) || attempt > 2) throw error;
        // Merged or removed while we looked: look again. Otherwise the index is damaged, and is made anew.
        if (this.#changes === changes) await this.#reset();
      }
    }
  }

  async #find(state: IndexState, query: Query, request: SearchRequest): Promise<SearchHits> {
    const { contactId, limit } = request;
    const only = contactId === undefined ? null : state.numberOf(contactId);
    if (only === undefined) return { hits: [], next: null };
    const marked = await this.#mark(state, query);
    const hits: SearchHit[] = [];
    let cursor = request.before ?? null;
    while (hits.length < limit) {
      const candidates = newest(state.table, marked, { only, before: cursor, count: limit - hits.length });
      const read = candidates.map(({ doc }) => this.#hit(state, doc, query));
      hits.push(...(await Promise.all(read)).filter(hit => hit !== null));
      if (candidates.length === 0) break;
      cursor = candidates.at(-1) ?? cursor;
    }
    const isMore = newest(state.table, marked, { only, before: cursor, count: 1 }).length > 0;
    return { hits, next: isMore ? cursor : null };
  }

  async #mark(state: IndexState, { prefixes }: Query): Promise<readonly Marked[]> {
    const loadBlock = (segment: number, block: number): Promise<Block> => this.#loadBlock(segment, block);
    const marked = await Promise.all(
      state.manifest.segments.map(async segment => ({
        firstDoc: segment.firstDoc,
        full: prefixes.length,
        marks: await markMatches(segment, prefixes, loadBlock),
      })),
    );
    const firstDoc = state.manifest.docCount;
    const marks = new Uint8Array(state.table.length - firstDoc);
    for (const [step, prefix] of prefixes.entries()) {
      for (const [term, docs] of state.tail)
        if (term.startsWith(prefix)) markDocs(marks, docs, firstDoc, step);
    }
    return [...marked, { firstDoc, full: prefixes.length, marks }];
  }

  async #hit(state: IndexState, doc: number, query: Query): Promise<SearchHit | null> {
    const contactId = state.contactOf(doc);
    const position = state.table.position(doc);
    if (contactId === null) return null;
    const [message] = await this.#source.read(contactId, position, position);
    const ranges = message === undefined ? null : findMatches(message.text, query);
    return message === undefined || ranges === null ? null : { contactId, message, ranges };
  }

  #loadBlock(segment: number, block: number): Promise<Block> {
    const key = `${segment}.${block}`;
    const loaded =
      this.#blocks.get(key) ?? this.#openRecords().then(records => records.loadBlock(segment, block));
    loaded.catch(() => this.#blocks.delete(key));
    this.#blocks.delete(key);
    this.#blocks.set(key, loaded); // the last used one is the last to go
    if (this.#blocks.size > SEARCH_CACHED_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value ?? '');
    return loaded;
  }

  // ---------------------------------------------------------------- keeping up

  #catchUp(): Promise<void> {
    const work = this.#work.then(async () => {
      while (!this.#isClosed && (await this.#step()));
      while (!this.#isClosed && (await this.#merge()));
    });
    this.#work = work.catch(() => undefined); // who asked hears of it
    return work;
  }

  /** Reads some messages, or writes a segment; false when there is nothing left to do. */
  #step(): Promise<boolean> {
    return this.#vault.update(async batch => {
      const state = await this.#load();
      if (state.tailLength >= SEARCH_FLUSH_MESSAGES) return this.#flush(batch, state);
      for (const [contactId, next] of this.#wanted) {
        const from = state.indexed(contactId);
        if (from >= next) continue;
        const last = Math.min(next, from + SEARCH_MESSAGES_PER_STEP) - 1;
        for (const message of await this.#source.read(contactId, from, last)) {
          state.add(contactId, message, termsOf(message.text));
        }
        state.setIndexed(contactId, last + 1);
        return true;
      }
      return false;
    });
  }

  async #flush(batch: WriteBatch, state: IndexState): Promise<true> {
    const records = await this.#openRecords();
    if (!this.#isSwept) records.deleteOrphans(batch, state.manifest);
    const id = state.manifest.nextSegment;
    const blocks: { first: string; id: number }[] = [];
    const writer = new BlockWriter((first, bytes) => {
      records.putBlock(batch, id, blocks.length, bytes);
      blocks.push({ first, id: blocks.length });
    });
    for (const entry of state.tailEntries()) writer.add(entry);
    writer.flush();
    const manifest = state.flushed({ id, blocks });
    for (const { index, bytes } of state.newTableBlocks()) records.putTableBlock(batch, index, bytes);
    this.#commit(batch, records, state, manifest);
    batch.onCommit(() => {
      this.#isSwept = true;
      state.clearTail();
    });
    return true;
  }

  /** Makes one segment of SEARCH_MERGE_SEGMENTS, beside the units of work that people wait for; false without such. */
  async #merge(): Promise<boolean> {
    const state = await this.#load();
    const group = mergeable(state.manifest);
    if (group === null) return false;
    const records = await this.#openRecords();
    const { removals } = state;
    const id = state.manifest.nextSegment;
    await this.#vault.update(batch =>
      this.#commit(batch, records, state, { ...state.manifest, nextSegment: id + 1 }),
    );
    const blocks: { first: string; id: number }[] = [];
    let waiting: (readonly [id: number, bytes: Uint8Array])[] = [];
    const writeWaiting = async (): Promise<void> => {
      const now = waiting;
      waiting = [];
      await this.#vault.update(batch =>
        now.forEach(([block, bytes]) => records.putBlock(batch, id, block, bytes)),
      );
    };
    const writer = new BlockWriter((first, bytes) => {
      waiting.push([blocks.length, bytes]);
      blocks.push({ first, id: blocks.length });
    });
    // Not through the cache: it belongs to searches.
    for await (const entry of mergeEntries(group, (segment, block) => records.loadBlock(segment, block))) {
      if (this.#isClosed) return false;
      writer.add(entry);
      if (waiting.length >= SEARCH_BLOCKS_PER_STEP) await writeWaiting();
    }
    writer.flush();
    await writeWaiting();
    await this.#vault.update(batch => {
      if (state.removals !== removals) return records.deleteSegments(batch, id, id); // begins again, without them
      for (const segment of group) records.deleteSegments(batch, segment.id, segment.id);
      this.#commit(batch, records, state, state.merged(group, { id, blocks }));
    });
    return true;
  }

  #commit(batch: WriteBatch, records: IndexRecords, state: IndexState, manifest: Manifest): void {
    records.putManifest(batch, manifest);
    batch.onCommit(() => {
      state.manifest = manifest;
      this.#changes += 1;
    });
  }

  // ---------------------------------------------------------------- removing

  /**
   * Takes messages out, in the caller's unit of work: terms, rows and, for a whole conversation, its name. With
   * their texts only the blocks that hold their terms are written again.
   */
  async forget(batch: WriteBatch, contactId: string, gone: Gone): Promise<void> {
    const records = await this.#openRecords();
    try {
      const state = await this.#load();
      const removal = await planRemoval(state, records, contactId, gone);
      if (removal !== null) {
        removal.write(batch);
        this.#commit(batch, records, state, removal.manifest);
        batch.onCommit(() => state.remove(removal.docs));
      }
      if (gone === 'all') batch.onCommit(() => state.forgetConversation(contactId));
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      this.#drop(batch, records); // a damaged index keeps nobody from deleting
    }
    batch.onCommit(() => {
      if (gone === 'all') this.#wanted.delete(contactId);
      this.#blocks.clear();
    });
  }

  /** Drops the index; it is built again from the messages. */
  async #reset(): Promise<void> {
    const records = await this.#openRecords();
    await this.#vault.update(batch => this.#drop(batch, records));
  }

  #drop(batch: WriteBatch, records: IndexRecords): void {
    records.deleteAll(batch);
    batch.onCommit(() => {
      this.#state = null;
      this.#blocks.clear();
    });
  }

  #openRecords(): Promise<IndexRecords> {
    return (this.#records ??= IndexRecords.open(this.#vault));
  }

  #load(): Promise<IndexState> {
    this.#state ??= this.#openRecords().then(records => IndexState.load(records));
    this.#state.catch(() => (this.#state = null)); // who asked hears of it; the next one tries again
    return this.#state;
  }

  /** Stops working in the background, and forgets what it opened. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
    this.#blocks.clear();
    this.#state = null;
  }
}

/** The last segments of one level, when there are enough of them. */
function mergeable({ segments }: Manifest): Manifest['segments'] | null {
  const level = segments.at(-1)?.level;
  const firstOther = segments.findLastIndex(segment => segment.level !== level) + 1;
  const group = segments.slice(firstOther);
  return group.length >= SEARCH_MERGE_SEGMENTS ? group : null;
}

function isCorrupt(error: unknown): boolean {
  return error instanceof P2pError && error.code === 'storage-corrupt';
}
