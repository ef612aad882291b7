/** Which messages of a segment have a term for each prefix: the blocks that may hold one, and no other. */
import type { Block, Entry } from './block.ts';
import type { Segment } from './index-records.ts';

export type LoadBlock = (segment: number, block: number) => Promise<Block>;

/** First index whose value is not below `wanted`. */
function lowerBound(values: readonly string[], wanted: string): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as string) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Indices of the blocks of `segment` that may hold terms that begin with `prefix`. */
export function blocksFor({ blocks }: Segment, prefix: string): number[] {
  const firsts = blocks.map(({ first }) => first);
  const from = Math.max(0, lowerBound(firsts, prefix) - 1);
  const indices: number[] = [];
  for (let index = from; index < firsts.length; index++) {
    const first = firsts[index] as string;
    if (index > from && first > prefix && !first.startsWith(prefix)) break;
    indices.push(index);
  }
  return indices;
}

/** Counts in `marks` (one for each message of the segment) how many of the prefixes it has. */
export async function markMatches(
  segment: Segment,
  prefixes: readonly string[],
  loadBlock: LoadBlock,
): Promise<Uint8Array> {
  const marks = new Uint8Array(segment.docCount);
  for (const [step, prefix] of prefixes.entries()) {
    const indices = blocksFor(segment, prefix);
    const blocks = await Promise.all(indices.map(i => loadBlock(segment.id, segment.blocks[i]?.id ?? 0)));
    let isFound = false;
    for (const block of blocks) {
      for (let i = lowerBound(block.terms, prefix); block.terms[i]?.startsWith(prefix); i++) {
        isFound = markDocs(marks, block.docsAt(i), segment.firstDoc, step) || isFound;
      }
    }
    if (!isFound) return new Uint8Array(0);
  }
  return marks;
}

/** Marks `step + 1` what has `step`; true when there was any. */
export function markDocs(
  marks: Uint8Array,
  docs: readonly number[],
  firstDoc: number,
  step: number,
): boolean {
  let isFound = false;
  for (const doc of docs) {
    if (marks[doc - firstDoc] !== step) continue;
    marks[doc - firstDoc] = step + 1;
    isFound = true;
  }
  return isFound;
}

/** All entries of a segment in order, a block in memory at a time. */
export async function* entriesOf(segment: Segment, loadBlock: LoadBlock): AsyncGenerator<Entry> {
  for (const { id } of segment.blocks) {
    const block = await loadBlock(segment.id, id);
    for (const [index, term] of block.terms.entries()) yield { term, docs: block.docsAt(index) };
  }
}

/** The entries of several segments, ascending by firstDoc, as of one. */
export async function* mergeEntries(
  segments: readonly Segment[],
  loadBlock: LoadBlock,
): AsyncGenerator<Entry> {
  const sources = segments.map(segment => entriesOf(segment, loadBlock));
  const heads = await Promise.all(sources.map(source => source.next()));
  for (;;) {
    let term: string | null = null;
    for (const head of heads)
      if (!head.done && (term === null || head.value.term < term)) term = head.value.term;
    if (term === null) return;
    const docs: number[] = [];
    for (const [index, source] of sources.entries()) {
      for (let head = heads[index]; head && !head.done && head.value.term === term;) {
        for (const doc of head.value.docs) docs.push(doc);
        head = heads[index] = await source.next();
      }
    }
    yield { term, docs };
  }
}
