/** Which files are chosen, as every list of files does it: one more or less, a range from the last one, all. Pure. */

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Where a range begins: what was chosen last. */
  readonly anchor: string | null;
}

export const NOTHING: Selection = { ids: new Set(), anchor: null };

/** One more, or one less. */
export function toggle({ ids }: Selection, id: string): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id };
}

/** Everything between the anchor and `id` in the order shown, added; without an anchor that is there, `id` alone. */
export function extend({ ids, anchor }: Selection, id: string, shown: readonly string[]): Selection {
  const [from, to] = [shown.indexOf(anchor ?? id), shown.indexOf(id)];
  if (from < 0 || to < 0) return { ids: new Set([...ids, id]), anchor: id };
  const range = shown.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...ids, ...range]), anchor };
}

export function all(shown: readonly string[]): Selection {
  return { ids: new Set(shown), anchor: shown[0] ?? null };
}

/** What is not shown any more is not chosen either. */
export function only(selection: Selection, shown: readonly string[]): Selection {
  const there = new Set(shown);
  const ids = new Set([...selection.ids].filter(id => there.has(id)));
  return ids.size === selection.ids.size ? selection : { ...selection, ids };
}
