/**
 * Number of a message in the index → its conversation, position and time: three columns in memory (12 bytes a
 * message), blocks of MESSAGES_PER_BLOCK at rest. A removed message keeps its number, and nothing else.
 */
import { P2pError } from '../errors.ts';

export const MESSAGES_PER_BLOCK = 4_096;
/** No conversation has this number. */
export const REMOVED = 0;
const COLUMNS = 3;

export interface TableRow {
  /** Number of the conversation in the index, from 1. */
  readonly conversation: number;
  readonly position: number;
  /** Author's clock, seconds, 0 … 2^32 − 1: it orders results. */
  readonly timeS: number;
}

export class MessageTable {
  #rows = new Uint32Array(COLUMNS * MESSAGES_PER_BLOCK);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push({ conversation, position, timeS }: TableRow): number {
    const at = this.#length * COLUMNS;
    if (at === this.#rows.length) {
      const larger = new Uint32Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[at] = conversation;
    this.#rows[at + 1] = position;
    this.#rows[at + 2] = timeS;
    return this.#length++;
  }

  conversation(doc: number): number {
    return this.#rows[doc * COLUMNS] ?? REMOVED;
  }

  position(doc: number): number {
    return this.#rows[doc * COLUMNS + 1] ?? 0;
  }

  timeS(doc: number): number {
    return this.#rows[doc * COLUMNS + 2] ?? 0;
  }

  remove(doc: number): void {
    this.#rows.fill(0, doc * COLUMNS, (doc + 1) * COLUMNS);
  }

  /** Numbers of a conversation's messages for which `isWanted` holds. */
  find(conversation: number, isWanted: (position: number) => boolean): number[] {
    const docs: number[] = [];
    for (let doc = 0; doc < this.#length; doc++) {
      if (this.conversation(doc) === conversation && isWanted(this.position(doc))) docs.push(doc);
    }
    return docs;
  }

  /** Block `index` at rest, with the rows of `without` removed; up to `length` messages of the table. */
  encodeBlock(index: number, length: number, without: ReadonlySet<number> = new Set()): Uint8Array {
    const first = index * MESSAGES_PER_BLOCK;
    const end = Math.min(length, first + MESSAGES_PER_BLOCK);
    const rows = this.#rows.slice(first * COLUMNS, end * COLUMNS);
    for (let doc = first; doc < end; doc++) {
      if (without.has(doc)) rows.fill(0, (doc - first) * COLUMNS, (doc - first + 1) * COLUMNS);
    }
    return new Uint8Array(rows.buffer);
  }

  /** Appends the rows of a block. Throws P2pError `storage-corrupt`. */
  appendBlock(bytes: Uint8Array): void {
    if (bytes.length % (4 * COLUMNS) !== 0) throw new P2pError('storage-corrupt');
    const rows = new Uint32Array(bytes.slice().buffer);
    for (let at = 0; at < rows.length; at += COLUMNS) {
      const [conversation = 0, position = 0, timeS = 0] = rows.subarray(at, at + COLUMNS);
      this.push({ conversation, position, timeS });
    }
  }

  /** Forgets everything behind `length`. */
  truncate(length: number): void {
    this.#length = Math.min(length, this.#length);
  }
}
