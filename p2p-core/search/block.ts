/**
 * A block of the index: sorted terms, each with the ascending numbers of the messages that have it. About 32 KiB, one
 * sealed record, read and opened as a whole.
 *
 *     block = length of the terms u32 LE ‖ terms in UTF-8, parted by \n ‖ for each term: byte length, then the rest
 *     numbers of a term: first, then differences, as LEB128
 */
import { P2pError } from '../errors.ts';
import { SEARCH_BLOCK_BYTES, SEARCH_NUMBERS_PER_ENTRY } from '../limits.ts';

export interface Entry {
  readonly term: string;
  /** Ascending. */
  readonly docs: readonly number[];
}

/** A decoded block: terms are strings, numbers are decoded when they are asked for. */
export interface Block {
  readonly terms: readonly string[];
  docsAt(index: number): number[];
}

/** Cuts entries, sorted by term, into blocks; an entry that is too long becomes several. */
export class BlockWriter {
  #terms: string[] = [];
  #lengths: number[] = [];
  #numbers: number[] = [];
  #bytes = 0;
  readonly #emit: (first: string, bytes: Uint8Array) => void;

  /** `emit` gets each block with its first term. */
  constructor(emit: (first: string, bytes: Uint8Array) => void) {
    this.#emit = emit;
  }

  add({ term, docs }: Entry): void {
    for (let at = 0; at < docs.length; at += SEARCH_NUMBERS_PER_ENTRY) {
      this.#addPart(term, docs.slice(at, at + SEARCH_NUMBERS_PER_ENTRY));
    }
  }

  #addPart(term: string, docs: readonly number[]): void {
    const start = this.#numbers.length;
    let previous = 0;
    for (const doc of docs) {
      pushVarint(this.#numbers, doc - previous);
      previous = doc;
    }
    const length = this.#numbers.length - start;
    this.#terms.push(term);
    pushVarint(this.#lengths, length);
    this.#bytes += 3 * term.length + 3 + length;
    if (this.#bytes >= SEARCH_BLOCK_BYTES) this.flush();
  }

  /** Emits what has been added since the last block. */
  flush(): void {
    const [first] = this.#terms;
    if (first === undefined) return;
    const terms = new TextEncoder().encode(this.#terms.join('\n'));
    const bytes = new Uint8Array(4 + terms.length + this.#lengths.length + this.#numbers.length);
    new DataView(bytes.buffer).setUint32(0, terms.length, true);
    bytes.set(terms, 4);
    bytes.set(this.#lengths, 4 + terms.length);
    bytes.set(this.#numbers, 4 + terms.length + this.#lengths.length);
    this.#terms = [];
    this.#lengths = [];
    this.#numbers = [];
    this.#bytes = 0;
    this.#emit(first, bytes);
  }
}

/** Throws P2pError `storage-corrupt` for what no BlockWriter made. */
export function decodeBlock(bytes: Uint8Array): Block {
  if (bytes.length < 4) throw new P2pError('storage-corrupt');
  const termBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (4 + termBytes > bytes.length) throw new P2pError('storage-corrupt');
  const terms = new TextDecoder().decode(bytes.subarray(4, 4 + termBytes)).split('\n');
  const reader = { bytes, at: 4 + termBytes };
  const ends = new Uint32Array(terms.length);
  for (let i = 0, end = 0; i < terms.length; i++) ends[i] = end += readVarint(reader);
  const start = reader.at;
  if (start + (ends.at(-1) ?? 0) !== bytes.length) throw new P2pError('storage-corrupt');
  const docsAt = (index: number): number[] => {
    const numbers = { bytes, at: start + (index === 0 ? 0 : (ends[index - 1] as number)) };
    const end = start + (ends[index] as number);
    const docs: number[] = [];
    for (let doc = 0; numbers.at < end;) docs.push((doc += readVarint(numbers)));
    return docs;
  };
  return { terms, docsAt };
}

function pushVarint(into: number[], value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) into.push((rest % 128) | 0x80);
  into.push(rest);
}

function readVarint(reader: { readonly bytes: Uint8Array; at: number }): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined || factor > 2 ** 42) throw new P2pError('storage-corrupt');
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}
