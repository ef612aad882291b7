/** The part of a message that shows why it was found: around the first match, in a few lines. */

export interface SnippetPart {
  readonly text: string;
  readonly isMatch: boolean;
}

/** Characters before the first match, and in all. */
const BEFORE = 32;
const LENGTH = 160;

/** `ranges`: ascending, in UTF-16 units of the text. Joined, the parts are a part of the text, with … where it was cut. */
export function snippet(
  text: string,
  ranges: readonly (readonly [number, number])[],
): readonly SnippetPart[] {
  const from = startOf(text, (ranges[0]?.[0] ?? 0) - BEFORE);
  const to = Math.min(text.length, from + LENGTH);
  const parts: SnippetPart[] = from > 0 ? [{ text: '…', isMatch: false }] : [];
  let at = from;
  const add = (end: number, isMatch: boolean): void => {
    if (end > at) parts.push({ text: text.slice(at, end).replaceAll(/\s+/g, ' '), isMatch });
    at = Math.max(at, end);
  };
  for (const [start, end] of ranges) {
    if (start >= to) break;
    add(start, false);
    add(Math.min(end, to), true);
  }
  add(to, false);
  if (to < text.length) parts.push({ text: '…', isMatch: false });
  return parts;
}

/** Not in the middle of a word or of a surrogate pair, where there is a space nearby. */
function startOf(text: string, wanted: number): number {
  if (wanted <= 0) return 0;
  const space = text.slice(wanted, wanted + BEFORE).search(/\s/);
  const at = space >= 0 ? wanted + space + 1 : wanted;
  return /[\udc00-\udfff]/.test(text[at] ?? '') ? at + 1 : at;
}
