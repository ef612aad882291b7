/**
 * Finds links in peer text. A link is clickable only if it says where it goes: http or https, without user name, and
 * with a host that is spelled in the text exactly as the browser will open it. Everything else stays text; the
 * attack is a link that shows one place and opens another (user@host, look-alike letters, direction marks).
 */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

/** Runs of printable characters without quotes, brackets and direction marks. */
const CANDIDATE =
  /https?:\/\/[^\s<>"'`{}|\\^\u0000-\u001f\u007f-\u00a0\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+/giu;
/** Ends a sentence rather than an address. */
const TRAILING = /[.,;:!?)\]…]+$/u;

/** The parts in order; joined, their texts are `text` again. */
export function linkify(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const link = trimCandidate(match[0]);
    const href = safeHref(link);
    if (href === null) continue;
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push({ kind: 'link', text: link, href });
    end = match.index + link.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

function trimCandidate(candidate: string): string {
  const trimmed = candidate.replace(TRAILING, '');
  // "(see https://example.org/a_(b))": a bracket that was opened inside belongs to the address.
  return candidate[trimmed.length] === ')' && trimmed.includes('(') ? `${trimmed})` : trimmed;
}

function safeHref(link: string): string | null {
  if (!URL.canParse(link)) return null;
  const url = new URL(link);
  if (url.username !== '' || url.password !== '') return null;
  const [, shownHost = ''] = /^https?:\/\/([^/?#]*)/iu.exec(link) ?? [];
  const opened = [url.host, `${url.hostname}:${url.protocol === 'https:' ? '443' : '80'}`];
  return opened.includes(shownHost.toLowerCase()) ? url.href : null;
}
