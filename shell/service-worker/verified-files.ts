/**
 * Files by their hash: in Cache Storage under it, checked before they are put there and each time they are taken out.
 * Whoever can write to the cache, or answers for the origin or a mirror, can at most make a file be absent.
 */
import type { ReleaseSource } from '@enk/context';
import { hashManifest } from '@enk/release-manifest';

const CACHE = 'enk-files-1';
const TIMEOUT_MS = 60_000;

/** A Cache Storage key is an address; this one is never asked for over the network. */
const keyOf = (hash: string): string => `https://enk.invalid/${encodeURIComponent(hash)}`;

type Bytes = Uint8Array<ArrayBuffer>;

async function matching(bytes: Bytes, hash: string): Promise<Bytes | null> {
  return (await hashManifest(bytes)) === hash ? bytes : null;
}

/** The bytes with this hash; null when they are not there, or are others. */
export async function readFile(hash: string): Promise<Bytes | null> {
  const cache = await caches.open(CACHE);
  const found = await cache.match(keyOf(hash));
  if (!found) return null;
  const bytes = await matching(new Uint8Array(await found.arrayBuffer()), hash);
  if (bytes === null) await cache.delete(keyOf(hash)); // altered on the disk: it is fetched again
  return bytes;
}

async function download(url: URL, hash: string, cache: RequestCache): Promise<Bytes | null> {
  try {
    const response = await fetch(url, {
      cache,
      credentials: 'omit',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return response.ok ? await matching(new Uint8Array(await response.arrayBuffer()), hash) : null;
  } catch {
    return null; // no answer, or not a whole one: the next source is asked
  }
}

export interface FetchedFile {
  readonly bytes: Bytes;
  /** The source that had it; null: it was here already. */
  readonly source: string | null;
}

/** The file, from here or from the first source that has its very bytes; null when none has. Keeps what it fetched. */
export async function obtainFile(
  path: string,
  hash: string,
  sources: readonly string[],
): Promise<FetchedFile | null> {
  const here = await readFile(hash);
  if (here) return { bytes: here, source: null };
  for (const source of sources) {
    const url = new URL(path, source);
    const bytes = (await download(url, hash, 'default')) ?? (await download(url, hash, 'reload'));
    if (bytes === null) continue;
    await (await caches.open(CACHE)).put(keyOf(hash), new Response(bytes));
    return { bytes, source };
  }
  return null;
}

/** Source maps are fetched when somebody debugs; page.json is for servers. */
const isNeeded = (path: string): boolean => !path.endsWith('.map') && path !== 'page.json';

const AT_ONCE = 6;

export interface Obtained {
  readonly isComplete: boolean;
  readonly sources: readonly ReleaseSource[];
}

/** Brings every file that running needs into the cache. `onProgress` after each. */
export async function obtainAll(
  files: Readonly<Record<string, string>>,
  sources: readonly string[],
  onProgress: (done: number, total: number) => void,
): Promise<Obtained> {
  const wanted = Object.entries(files).filter(([path]) => isNeeded(path));
  const counts = new Map<string, number>();
  let done = 0;
  for (let start = 0; start < wanted.length; start += AT_ONCE) {
    const batch = wanted.slice(start, start + AT_ONCE);
    const fetched = await Promise.all(batch.map(([path, hash]) => obtainFile(path, hash, sources)));
    for (const file of fetched) {
      if (file === null) return { isComplete: false, sources: [] };
      if (file.source !== null) counts.set(file.source, (counts.get(file.source) ?? 0) + 1);
    }
    done += batch.length;
    onProgress(done, wanted.length);
  }
  return { isComplete: true, sources: [...counts].map(([url, count]) => ({ url, files: count })) };
}

/** Drops every file that none of these releases names. */
export async function keepOnly(releases: readonly Readonly<Record<string, string>>[]): Promise<void> {
  const kept = new Set(releases.flatMap(files => Object.values(files).map(keyOf)));
  const cache = await caches.open(CACHE);
  const stale = (await cache.keys()).filter(({ url }) => !kept.has(url));
  await Promise.all(stale.map(request => cache.delete(request)));
}
