/** Which of the marked messages come next: newest first, by the author's clock, then by number. */
import { type MessageTable, REMOVED } from './message-table.ts';

/** A place in the order of results. */
export interface Cursor {
  readonly timeS: number;
  readonly doc: number;
}

/** Messages from `firstDoc` on; those with `full` marks match. */
export interface Marked {
  readonly firstDoc: number;
  readonly full: number;
  readonly marks: Uint8Array;
}

export interface Wanted {
  /** Number of the one conversation, or null for all. */
  readonly only: number | null;
  readonly before: Cursor | null;
  readonly count: number;
}

/** The `count` newest behind the cursor. */
export function newest(
  table: MessageTable,
  marked: readonly Marked[],
  { only, before, count }: Wanted,
): Cursor[] {
  const found: Cursor[] = [];
  for (const { firstDoc, full, marks } of [...marked].reverse()) {
    for (let index = marks.length - 1; index >= 0; index--) {
      if (marks[index] !== full) continue;
      const doc = firstDoc + index;
      const conversation = table.conversation(doc);
      if (conversation === REMOVED || (only !== null && conversation !== only)) continue;
      const candidate = { timeS: table.timeS(doc), doc };
      if (before === null || isBefore(candidate, before)) insert(found, candidate, count);
    }
  }
  return found;
}

function isBefore(a: Cursor, b: Cursor): boolean {
  return a.timeS < b.timeS || (a.timeS === b.timeS && a.doc < b.doc);
}

/** Keeps the `count` newest, newest first. Most candidates come in that order already, and end at the first line. */
function insert(found: Cursor[], candidate: Cursor, count: number): void {
  const last = found[count - 1];
  if (last !== undefined && isBefore(candidate, last)) return;
  let at = found.length;
  while (at > 0 && isBefore(found[at - 1] as Cursor, candidate)) at--;
  found.splice(at, 0, candidate);
  if (found.length > count) found.pop();
}
