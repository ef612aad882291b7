/**
 * The index at rest, in the store `search` of the vault: one manifest, blocks of terms, blocks of the message table.
 * A segment covers a range of message numbers; a block that no segment of the manifest names is not there.
 */
import * as v from 'valibot';
import { P2pError } from '../errors.ts';
import { type RecordName, orderedName, orderedRange } from '../storage/record-name.ts';
import { parseRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import { type Block, decodeBlock } from './block.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const SegmentSchema = v.strictObject({
  id: count,
  /** 0: as flushed; each merge makes one of the next level. */
  level: count,
  firstDoc: count,
  docCount: count,
  /** First term and number of each block, in order. */
  blocks: v.array(v.strictObject({ first: v.string(), id: count })),
});
export type Segment = Readonly<v.InferOutput<typeof SegmentSchema>>;

const ManifestSchema = v.strictObject({
  /** Of the way in which texts become terms: another one is built anew. */
  termsVersion: count,
  docCount: count,
  nextSegment: count,
  nextConversation: v.pipe(count, v.minValue(1)),
  /** `indexed`: positions below are in the segments. */
  conversations: v.array(v.strictObject({ contactId: v.string(), number: count, indexed: count })),
  /** Ascending by firstDoc, without gaps. */
  segments: v.array(SegmentSchema),
});
export type Manifest = Readonly<v.InferOutput<typeof ManifestSchema>>;

export const TERMS_VERSION = 1;
export const EMPTY_MANIFEST: Manifest = {
  termsVersion: TERMS_VERSION,
  docCount: 0,
  nextSegment: 1,
  nextConversation: 1,
  conversations: [],
  segments: [],
};

/** Blocks of a segment, at most. */
const MAX_BLOCKS = 2 ** 20;
const MAX_ORDINAL = 2 ** 53 - 1;

interface Names {
  readonly manifest: RecordName;
  readonly blocks: RecordName;
  readonly table: RecordName;
}

export class IndexRecords {
  readonly #vault: Vault;
  readonly #names: Names;

  private constructor(vault: Vault, names: Names) {
    this.#vault = vault;
    this.#names = names;
  }

  static async open(vault: Vault): Promise<IndexRecords> {
    const [manifest, blocks, table] = await Promise.all([
      vault.name('search', 'manifest'),
      vault.name('search', 'blocks'),
      vault.name('search', 'table'),
    ]);
    return new IndexRecords(vault, { manifest, blocks, table });
  }

  /**
   * The manifest; an empty one when there is none. Throws P2pError `storage-corrupt`, also for one of another way to
   * make terms: either index is made anew.
   */
  async loadManifest(): Promise<Manifest> {
    const record = await this.#vault.get('search', this.#names.manifest);
    if (record === undefined) return EMPTY_MANIFEST;
    const manifest = parseRecord(ManifestSchema, record);
    if (manifest.termsVersion !== TERMS_VERSION) throw new P2pError('storage-corrupt');
    return manifest;
  }

  putManifest(batch: WriteBatch, manifest: Manifest): void {
    batch.put('search', this.#names.manifest, manifest);
  }

  /** Throws P2pError `storage-corrupt` when it is not there. */
  async loadBlock(segment: number, block: number): Promise<Block> {
    const record = await this.#vault.get('search', this.#blockName(segment, block));
    if (!(record instanceof Uint8Array)) throw new P2pError('storage-corrupt');
    return decodeBlock(record);
  }

  putBlock(batch: WriteBatch, segment: number, block: number, bytes: Uint8Array): void {
    batch.put('search', this.#blockName(segment, block), bytes);
  }

  deleteBlock(batch: WriteBatch, segment: number, block: number): void {
    batch.delete('search', this.#blockName(segment, block));
  }

  #blockName(segment: number, block: number): RecordName {
    return orderedName(this.#names.blocks, segment * MAX_BLOCKS + block);
  }

  /** Drops every block of segments from `first` to `last`. */
  deleteSegments(batch: WriteBatch, first: number, last: number): void {
    if (first > last) return;
    const end = Math.min(MAX_ORDINAL, (last + 1) * MAX_BLOCKS - 1);
    batch.deleteRange('search', orderedRange(this.#names.blocks, first * MAX_BLOCKS, end));
  }

  /** What merges left behind that did not end: everything that the manifest does not name. */
  deleteOrphans(batch: WriteBatch, { segments }: Manifest): void {
    let next = 0;
    for (const id of segments.map(segment => segment.id).sort((a, b) => a - b)) {
      this.deleteSegments(batch, next, id - 1);
      next = id + 1;
    }
    batch.deleteRange('search', orderedRange(this.#names.blocks, next * MAX_BLOCKS, MAX_ORDINAL));
  }

  /** The blocks of the message table, in order. */
  async loadTable(): Promise<readonly Uint8Array[]> {
    const bounds = { prefix: this.#names.table, first: 0, last: MAX_ORDINAL };
    const records = await this.#vault.range('search', bounds, Number.POSITIVE_INFINITY);
    return records.map(({ record }) => parseRecord(v.instance(Uint8Array), record));
  }

  putTableBlock(batch: WriteBatch, index: number, bytes: Uint8Array): void {
    batch.put('search', orderedName(this.#names.table, index), bytes);
  }

  /** Drops the whole index. */
  deleteAll(batch: WriteBatch): void {
    batch.delete('search', this.#names.manifest);
    batch.deleteRange('search', orderedRange(this.#names.blocks, 0, MAX_ORDINAL));
    batch.deleteRange('search', orderedRange(this.#names.table, 0, MAX_ORDINAL));
  }
}
