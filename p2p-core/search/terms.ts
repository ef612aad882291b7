/**
 * From text to what is indexed and looked for, in every script, the same in every browser. P2P-SRC-01.
 *
 * Words of scripts that part them by spaces are terms as they are. Scripts that do not (Chinese, Japanese, Thai …, and
 * emoji) are cut into grapheme clusters, and each cluster with its successor is a term: any part of a sentence can be
 * found, and no dictionary, which differs from browser to browser and from version to version, decides where a word
 * ends. Folded are case, diacritics, width and other compatibility forms.
 */

/** Scripts without spaces between words; with the marks and the length sign that they share, and pictographs. */
const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}' +
  '\\p{Script=Myanmar}\\p{Script=Tibetan}\\u30fc\\u3099\\u309a\\p{Extended_Pictographic}';
const WORD = /[\p{L}\p{N}\p{M}\p{Extended_Pictographic}]+/gu;
const RUN = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu');
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');
const ASCII = /^[\0-\x7f]*$/;
/** Accents and points that readers leave out; not the vowel signs of Indic scripts and not Japanese voicing marks. */
const LEFT_OUT = /(?![\u3099\u309a])\p{Script=Inherited}|(?=\p{Mn})\p{Script=Hebrew}|\u0640/gu;

/** Longest term, in UTF-16 units: a longer word is found by its beginning, and then compared in the text. */
const MAX_TERM_LENGTH = 64;

const clusters = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Case, accents, points, width and compatibility forms away. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const bare = text.normalize('NFKD').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
  return bare.normalize('NFKD').replace(LEFT_OUT, '').normalize('NFKC');
}

interface Word {
  readonly kind: 'word';
  readonly folded: string;
  /** Where it stands in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}
interface Run {
  readonly kind: 'run';
  readonly clusters: readonly { readonly folded: string; readonly start: number; readonly end: number }[];
}

function* partsOf(text: string): Generator<Word | Run> {
  for (const { 0: token, index } of text.matchAll(WORD)) {
    for (const { 0: part, index: offset } of token.matchAll(RUN)) {
      const start = index + offset;
      if (IS_UNSPACED.test(part)) yield { kind: 'run', clusters: clustersOf(part, start) };
      else yield { kind: 'word', folded: fold(part), start, end: start + part.length };
    }
  }
}

function clustersOf(text: string, start: number): Run['clusters'] {
  return Array.from(clusters.segment(text), ({ segment, index }) => ({
    folded: fold(segment),
    start: start + index,
    end: start + index + segment.length,
  })).filter(({ folded }) => folded !== '');
}

/** The terms of a message, each once. */
export function termsOf(text: string): Set<string> {
  if (ASCII.test(text))
    return new Set(
      text
        .toLowerCase()
        .match(/[a-z0-9]+/g)
        ?.map(cut),
    );
  const terms = new Set<string>();
  for (const part of partsOf(text)) {
    if (part.kind === 'word') terms.add(cut(part.folded));
    else for (const term of pairsOf(part.clusters.map(({ folded }) => folded))) terms.add(cut(term));
  }
  terms.delete('');
  return terms;
}

function cut(term: string): string {
  return term.slice(0, MAX_TERM_LENGTH);
}

/** Each cluster with its successor, and the last one alone: every cluster begins a term. */
function pairsOf(run: readonly string[]): string[] {
  return run.map((cluster, index) => cluster + (run[index + 1] ?? ''));
}

type Sought =
  | { readonly kind: 'word'; readonly folded: string }
  | { readonly kind: 'run'; readonly run: readonly string[] };

/** What a person looks for. */
export interface Query {
  /** A message may match only when each of these begins one of its terms. */
  readonly prefixes: readonly string[];
  readonly sought: readonly Sought[];
}

/** Null when nothing in it can be looked for. */
export function parseQuery(text: string): Query | null {
  const sought: Sought[] = [];
  const prefixes = new Set<string>();
  for (const part of partsOf(text)) {
    if (part.kind === 'word') {
      if (part.folded === '') continue;
      sought.push({ kind: 'word', folded: part.folded });
      prefixes.add(cut(part.folded));
    } else {
      const run = part.clusters.map(({ folded }) => folded);
      if (run.length === 0) continue;
      sought.push({ kind: 'run', run });
      const pairs = pairsOf(run);
      for (const pair of pairs.length > 1 ? pairs.slice(0, -1) : pairs) prefixes.add(cut(pair));
    }
  }
  // Longest first: the rarest, most likely, so that the others need not be read where it is missing.
  const ordered = [...prefixes].sort((a, b) => b.length - a.length);
  return ordered.length === 0 ? null : { prefixes: ordered, sought };
}

/** From … to (exclusive), in UTF-16 units of the text. */
export type MatchRange = readonly [start: number, end: number];

/** Where the text has what is sought, in order, or null when it lacks any of it. */
export function findMatches(text: string, { sought }: Query): readonly MatchRange[] | null {
  const parts = [...partsOf(text)];
  const ranges: MatchRange[] = [];
  for (const wanted of sought) {
    const found = parts.flatMap(part => matchesIn(part, wanted));
    if (found.length === 0) return null;
    ranges.push(...found);
  }
  return ranges
    .sort((a, b) => a[0] - b[0] || b[1] - a[1])
    .filter((range, index, all) => index === 0 || range[0] >= (all[index - 1] as MatchRange)[1]);
}

function matchesIn(part: Word | Run, wanted: Sought): MatchRange[] {
  if (part.kind === 'word') {
    const isMatch = wanted.kind === 'word' && part.folded.startsWith(wanted.folded);
    return isMatch ? [[part.start, part.end]] : [];
  }
  if (wanted.kind !== 'run') return [];
  const { run } = wanted;
  const found: MatchRange[] = [];
  for (let at = 0; at + run.length <= part.clusters.length; at++) {
    const isMatch = run.every((cluster, index) => {
      const folded = part.clusters[at + index]?.folded ?? '';
      return index === run.length - 1 ? folded.startsWith(cluster) : folded === cluster;
    });
    const [first, last] = [part.clusters[at], part.clusters[at + run.length - 1]];
    if (isMatch && first && last) found.push([first.start, last.end]);
  }
  return found;
}
