/** The index in memory: manifest, message table, and the messages that are in no segment yet. No I/O but `load`. */
import { P2pError } from '../errors.ts';
import type { MessageRecord } from '../storage/records.ts';
import type { Entry } from './block.ts';
import { type IndexRecords, type Manifest, type Segment } from './index-records.ts';
import { MESSAGES_PER_BLOCK, MessageTable, REMOVED } from './message-table.ts';

interface Conversation {
  readonly number: number;
  /** Positions below are in a segment or in the tail. */
  indexed: number;
}

const MAX_TIME_S = 2 ** 32 - 1;

export class IndexState {
  manifest: Manifest;
  readonly table: MessageTable;
  /** term → numbers, of messages behind `manifest.docCount`. */
  readonly tail = new Map<string, number[]>();
  /** How often something was taken out: a merge that began before must begin again. */
  removals = 0;
  readonly #conversations = new Map<string, Conversation>();
  readonly #contacts = new Map<number, string>();
  #nextConversation: number;

  private constructor(manifest: Manifest, table: MessageTable) {
    this.manifest = manifest;
    this.table = table;
    this.#nextConversation = manifest.nextConversation;
    for (const { contactId, number, indexed } of manifest.conversations) {
      this.#conversations.set(contactId, { number, indexed });
      this.#contacts.set(number, contactId);
    }
  }

  /** Throws P2pError `storage-corrupt` when manifest and table do not fit. */
  static async load(records: IndexRecords): Promise<IndexState> {
    const manifest = await records.loadManifest();
    const table = new MessageTable();
    if (manifest.docCount > 0) for (const block of await records.loadTable()) table.appendBlock(block);
    table.truncate(manifest.docCount);
    if (table.length !== manifest.docCount) throw new P2pError('storage-corrupt');
    return new IndexState(manifest, table);
  }

  /** Undefined for a conversation without an indexed message. */
  numberOf(contactId: string): number | undefined {
    return this.#conversations.get(contactId)?.number;
  }

  contactOf(doc: number): string | null {
    return this.#contacts.get(this.table.conversation(doc)) ?? null;
  }

  indexed(contactId: string): number {
    return this.#conversations.get(contactId)?.indexed ?? 0;
  }

  setIndexed(contactId: string, indexed: number): void {
    this.#conversation(contactId).indexed = indexed;
  }

  #conversation(contactId: string): Conversation {
    const known = this.#conversations.get(contactId);
    if (known !== undefined) return known;
    const added = { number: this.#nextConversation++, indexed: 0 };
    this.#conversations.set(contactId, added);
    this.#contacts.set(added.number, contactId);
    return added;
  }

  /** Adds a message to the tail. */
  add(contactId: string, { position, sentAtMs }: MessageRecord, terms: ReadonlySet<string>): void {
    const timeS = Math.min(MAX_TIME_S, Math.max(0, Math.floor(sentAtMs / 1000)));
    const doc = this.table.push({ conversation: this.#conversation(contactId).number, position, timeS });
    for (const term of terms) {
      const docs = this.tail.get(term);
      if (docs === undefined) this.tail.set(term, [doc]);
      else docs.push(doc);
    }
  }

  get tailLength(): number {
    return this.table.length - this.manifest.docCount;
  }

  tailEntries(): Entry[] {
    const terms = [...this.tail.keys()].sort();
    return terms.map(term => ({ term, docs: this.tail.get(term) ?? [] }));
  }

  clearTail(): void {
    this.tail.clear();
  }

  /** The manifest with the tail as a segment. */
  flushed({ id, blocks }: Pick<Segment, 'id' | 'blocks'>): Manifest {
    const { docCount, segments } = this.manifest;
    const segment: Segment = { id, level: 0, firstDoc: docCount, docCount: this.tailLength, blocks };
    return {
      ...this.manifest,
      docCount: this.table.length,
      nextSegment: id + 1,
      nextConversation: this.#nextConversation,
      conversations: this.#listConversations(),
      segments: [...segments, segment],
    };
  }

  /** The manifest with one segment of the next level in place of the last ones. */
  merged(group: readonly Segment[], { id, blocks }: Pick<Segment, 'id' | 'blocks'>): Manifest {
    const [first] = group;
    const ids = new Set(group.map(segment => segment.id));
    const docCount = group.reduce((sum, segment) => sum + segment.docCount, 0);
    const merged: Segment = {
      id,
      level: (first?.level ?? 0) + 1,
      firstDoc: first?.firstDoc ?? 0,
      docCount,
      blocks,
    };
    const segments = [...this.manifest.segments.filter(segment => !ids.has(segment.id)), merged];
    return { ...this.manifest, segments: segments.sort((a, b) => a.firstDoc - b.firstDoc) };
  }

  #listConversations(): Manifest['conversations'] {
    return [...this.#conversations].map(([contactId, { number, indexed }]) => ({
      contactId,
      number,
      indexed,
    }));
  }

  /** Blocks of the table that hold rows of the tail. */
  *newTableBlocks(): Generator<{ readonly index: number; readonly bytes: Uint8Array }> {
    const { length } = this.table;
    const first = Math.floor(this.manifest.docCount / MESSAGES_PER_BLOCK);
    for (let index = first; index * MESSAGES_PER_BLOCK < length; index++) {
      yield { index, bytes: this.table.encodeBlock(index, length) };
    }
  }

  /** Takes rows out, and what the tail knows of them. */
  remove(docs: readonly number[]): void {
    this.removals += 1;
    for (const doc of docs) this.table.remove(doc);
    for (const [term, all] of this.tail) {
      const kept = all.filter(doc => this.table.conversation(doc) !== REMOVED);
      if (kept.length === 0) this.tail.delete(term);
      else if (kept.length < all.length) this.tail.set(term, kept);
    }
  }

  forgetConversation(contactId: string): void {
    const known = this.#conversations.get(contactId);
    if (known !== undefined) this.#contacts.delete(known.number);
    this.#conversations.delete(contactId);
  }
}
