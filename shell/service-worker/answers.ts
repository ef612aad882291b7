/**
 * Answers to what pages of this site ask for: the pinned release's own bytes, checked once more, with the headers that
 * the release says. Only data that no release holds comes from the network. Whatever else is asked for on this origin
 * is refused, so a server cannot slip in a file that nobody signed.
 */
import { parseManifest } from '@enk/release-manifest';
import { parseSiteConfig } from '../site-config.ts';
import { readRecord, type StoredRelease, writeRecords } from './release-store.ts';
import { obtainFile } from './verified-files.ts';

const INDEX = 'index.html';
const PAGE_HEADERS = 'page-headers.json';
const CONFIG = 'config.json';
const CONFIG_TIMEOUT_MS = 5_000;

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
};

const refuse = (status: number): Response =>
  new Response('Not part of this release.\n', { status, headers: { 'Content-Type': 'text/plain' } });

const isPage = (path: string): boolean => path.endsWith('.html');

/** Path below the scope, `index.html` for the scope itself; null for what lies elsewhere. */
export function pathIn(base: string, url: string): string | null {
  const { origin, pathname } = new URL(url);
  const { origin: own, pathname: folder } = new URL(base);
  if (origin !== own || !pathname.startsWith(folder)) return null;
  return pathname.slice(folder.length) || INDEX;
}

/** What is asked of the network itself: data for the code that runs, never code. */
export function isPassedOn(path: string, { mode, destination }: Request): boolean {
  const isList = /^(?:release\.json(?:\.minisig)?|releases\/\d+\.json(?:\.minisig)?)$/.test(path);
  return isList && mode !== 'navigate' && destination === '';
}

/** `config.json`, from the network while that answers with a good one, else the last good one. Throws when there is none. */
export async function configText(base: string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(CONFIG_TIMEOUT_MS);
    const response = await fetch(new URL(CONFIG, base), { cache: 'no-cache', credentials: 'omit', signal });
    if (!response.ok) throw new TypeError('no configuration');
    const text = await response.text();
    parseSiteConfig(text);
    await writeRecords({ config: text });
    return text;
  } catch {
    const kept = await readRecord('config');
    if (kept === null) throw new TypeError('no configuration');
    return kept;
  }
}

/** Answers for a path of the site; null where nothing is pinned, so that the network answers. */
export async function answer(base: string, path: string, request: Request): Promise<Response | null> {
  const current = await readRecord('current');
  if (!current) return null;
  if (request.method !== 'GET') return refuse(405);
  const isNavigation = request.mode === 'navigate';
  if (path === CONFIG && !isNavigation) return answerConfig(base);
  if (isNavigation && !isPage(path)) return refuse(403);
  const previous = await readRecord('previous');
  const owner = [current, ...(previous && !isNavigation ? [previous] : [])].find(
    release => path in parseManifest(release.manifest).files,
  );
  return owner ? answerFile(owner, base, path) : refuse(403);
}

async function answerConfig(base: string): Promise<Response> {
  try {
    return new Response(await configText(base), { headers: { 'Content-Type': 'application/json' } });
  } catch {
    return refuse(503);
  }
}

async function answerFile(release: StoredRelease, base: string, path: string): Promise<Response> {
  const bytes = await fileOf(release, base, path);
  if (bytes === null) return Response.error();
  const headers = isPage(path) ? await pageHeaders(release, base, path) : fileHeaders(path);
  return headers ? new Response(bytes, { headers }) : Response.error();
}

async function fileOf(
  release: StoredRelease,
  base: string,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const hash = parseManifest(release.manifest).files[path];
  if (hash === undefined) return null;
  const mirrors = await mirrorsKnown();
  return (await obtainFile(path, hash, [base, ...mirrors]))?.bytes ?? null;
}

async function mirrorsKnown(): Promise<readonly string[]> {
  const text = await readRecord('config');
  return text === null ? [] : parseSiteConfig(text).mirrors;
}

function fileHeaders(path: string): Record<string, string> {
  const type = types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  return {
    'Content-Type': type,
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}

/** The policies of the page as the release says; a page without them is not shown. */
async function pageHeaders(
  release: StoredRelease,
  base: string,
  path: string,
): Promise<Record<string, string> | null> {
  const bytes = await fileOf(release, base, PAGE_HEADERS);
  if (bytes === null) return null;
  const all = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, Record<string, string>>;
  return all[path] ?? null;
}
