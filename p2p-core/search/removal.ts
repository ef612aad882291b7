/** What has to be written again so that some messages leave no term and no row at rest. */
import type { WriteBatch } from '../storage/vault.ts';
import { BlockWriter } from './block.ts';
import type { IndexRecords, Manifest, Segment } from './index-records.ts';
import type { IndexState } from './index-state.ts';
import { blocksFor } from './lookup.ts';
import { MESSAGES_PER_BLOCK } from './message-table.ts';
import { termsOf } from './terms.ts';

/** A whole conversation, or messages with their texts. */
export type Gone = 'all' | readonly { readonly position: number; readonly text: string }[];

export interface Removal {
  readonly docs: readonly number[];
  readonly manifest: Manifest;
  write(batch: WriteBatch): void;
}

type Change = (batch: WriteBatch) => void;

/** Null when the index knows nothing of them. */
export async function planRemoval(
  state: IndexState,
  records: IndexRecords,
  contactId: string,
  gone: Gone,
): Promise<Removal | null> {
  const number = state.numberOf(contactId);
  if (number === undefined) return null;
  const positions = gone === 'all' ? null : new Set(gone.map(({ position }) => position));
  const docs = state.table.find(number, position => positions?.has(position) ?? true);
  const removed = new Set(docs);
  const terms = gone === 'all' ? null : new Set(gone.flatMap(({ text }) => [...termsOf(text)]));
  const changes: Change[] = [];
  const segments: Segment[] = [];
  for (const segment of state.manifest.segments) {
    const end = segment.firstDoc + segment.docCount;
    const isTouched = docs.some(doc => doc >= segment.firstDoc && doc < end);
    segments.push(isTouched ? await rewrite(records, segment, { removed, terms, changes }) : segment);
  }
  const { docCount, conversations } = state.manifest;
  for (const index of new Set(
    docs.filter(doc => doc < docCount).map(doc => Math.floor(doc / MESSAGES_PER_BLOCK)),
  )) {
    const bytes = state.table.encodeBlock(index, docCount, removed);
    changes.push(batch => records.putTableBlock(batch, index, bytes));
  }
  const kept = conversations.filter(entry => gone !== 'all' || entry.contactId !== contactId);
  return {
    docs,
    manifest: { ...state.manifest, segments, conversations: kept },
    write: batch => changes.forEach(change => change(batch)),
  };
}

interface Rewriting {
  readonly removed: ReadonlySet<number>;
  /** Terms of what goes; null when they are not known: then every block is looked at. */
  readonly terms: ReadonlySet<string> | null;
  readonly changes: Change[];
}

/** The segment without the removed messages, and the changes that this takes. */
async function rewrite(
  records: IndexRecords,
  segment: Segment,
  { removed, terms, changes }: Rewriting,
): Promise<Segment> {
  const touched = terms === null ? null : new Set([...terms].flatMap(term => blocksFor(segment, term)));
  const blocks: { first: string; id: number }[] = [];
  for (const [index, { first, id }] of segment.blocks.entries()) {
    if (touched !== null && !touched.has(index)) {
      blocks.push({ first, id });
      continue;
    }
    const block = await records.loadBlock(segment.id, id);
    const written: { first: string; bytes: Uint8Array }[] = [];
    const writer = new BlockWriter((start, bytes) => written.push({ first: start, bytes }));
    for (const [at, term] of block.terms.entries()) {
      writer.add({ term, docs: block.docsAt(at).filter(doc => !removed.has(doc)) });
    }
    writer.flush();
    const [rest] = written; // never two: it only became smaller
    if (rest === undefined) changes.push(batch => records.deleteBlock(batch, segment.id, id));
    else {
      changes.push(batch => records.putBlock(batch, segment.id, id, rest.bytes));
      blocks.push({ first: rest.first, id });
    }
  }
  return { ...segment, blocks };
}
