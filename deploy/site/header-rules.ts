/**
 * Which headers go with which path of a site: the one source of the configurations below. The policies are those that
 * the pages were rendered with, so they hold the hashes of this build.
 */
import { serviceWorkerHeaders, type Page, type PageSettings } from '../../tools/build/page.ts';
import { PAGE_HEADERS, SITE_CONFIG, WEB_MANIFEST } from '../../tools/build/site-paths.ts';
import type { ReleaseIndex } from '../../tools/build/write-release.ts';

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

export function headerRules(
  pages: Pages,
  index: ReleaseIndex,
  settings: PageSettings,
): readonly HeaderRule[] {
  const ofPages = Object.entries(pages).map(([path, { headers }]) => ({
    paths: path === '/' ? ['/', '/index.html'] : [path],
    headers: { ...hsts, ...withoutType(headers) },
  }));
  const lists = ['importmap.json', 'integrity.json', 'release.json', 'release.json.minisig'];
  const workerMaps = Object.keys(index.integrity).filter(url => /^\.\/service-worker\..*\.map$/.test(url));
  const asked = [
    ...lists,
    SITE_CONFIG,
    PAGE_HEADERS,
    WEB_MANIFEST,
    ...workerMaps.map(url => url.slice(2)),
  ].map(name => `/${name}`);
  const anew = { ...forEverybody, 'Cache-Control': 'no-cache' };
  return [
    ...ofPages,
    {
      paths: [`/${index.page.serviceWorker}`],
      headers: { ...hsts, ...withoutType(serviceWorkerHeaders(settings)) },
    },
    { paths: asked, headers: anew },
    { paths: { under: '/icons/' }, headers: anew },
    { paths: { under: '/releases/' }, headers: anew },
    {
      paths: { under: '/modules/' },
      headers: { ...forEverybody, 'Cache-Control': 'public, max-age=31536000, immutable' },
    },
  ];
}
