/** What elements show of a release, in words and tones. Pure. */
import type { ReleaseSource, ReleaseView } from '@enk/context';
import { strings } from '@enk/internal';
import { fingerprintWords } from '@enk/release-manifest';

/** Eight words, or none for what is no hash. */
export function wordsOf(hash: string): readonly string[] {
  try {
    return fingerprintWords(hash);
  } catch {
    return []; // nothing to compare: the element shows that the fingerprint is not known
  }
}

/** The device's own date of an ISO time. */
export function dateText(iso: string | number): string {
  return new Intl.DateTimeFormat(strings().language, { dateStyle: 'long' }).format(new Date(iso));
}

export function momentText(ms: number): string {
  return new Intl.DateTimeFormat(strings().language, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}

export const isExpired = ({ expires }: ReleaseView, nowMs: number): boolean => nowMs >= Date.parse(expires);

export function countText(count: number): string {
  return new Intl.NumberFormat(strings().language).format(count);
}

/** "this site (58), mirror.example (3)". */
export function sourcesText(sources: readonly ReleaseSource[], ownOrigin: string): string {
  const { facts } = strings().release;
  return sources
    .map(({ url, files }) => {
      const { origin, host } = new URL(url);
      return facts.source(origin === ownOrigin ? facts.ownSite : host, countText(files));
    })
    .join(', ');
}
