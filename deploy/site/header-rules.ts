/**
 * Which headers go with which path of a site: the one source of the configurations below. The policies are those that
 * the pages were rendered with, so they hold the hashes of this build.
 */
import type { Page } from '../../tools/build/page.ts';

export interface HeaderRule {
  /** Paths of exactly these files, or everything under a folder. */
  readonly paths: readonly string[] | { readonly under: string };
  readonly headers: Readonly<Record<string, string>>;
}

/** Two years, as preload lists ask for. */
const hsts = { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' };

const forEverybody = {
  ...hsts,
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** Path of a page, as `/` or `/compat.html`, with what was rendered for it. */
export type Pages = Readonly<Record<string, Page>>;

/** What servers send by themselves. */
const withoutType = ({ 'Content-Type': _, ...rest }: Page['headers']) => rest;

export function headerRules(pages: Pages): readonly HeaderRule[] {
  const ofPages = Object.entries(pages).map(([path, { headers }]) => ({
    paths: path === '/' ? ['/', '/index.html'] : [path],
    headers: { ...hsts, ...withoutType(headers) },
  }));
  const lists = ['importmap.json', 'integrity.json', 'release.json', 'release.json.minisig'];
  return [
    ...ofPages,
    { paths: lists.map(name => `/${name}`), headers: { ...forEverybody, 'Cache-Control': 'no-cache' } },
    {
      paths: { under: '/modules/' },
      headers: { ...forEverybody, 'Cache-Control': 'public, max-age=31536000, immutable' },
    },
  ];
}
