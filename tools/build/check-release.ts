/** Is a built folder what its integrity.json says? Every byte, every name, every key, nothing more. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { hasHashedName, integrityOf, nameMatches } from './emit.ts';
import { PAGE_HEADERS, pageLoading, WEB_MANIFEST } from './site-paths.ts';
import { readRelease, type ReleaseIndex } from './write-release.ts';

const indexFiles = ['importmap.json', 'integrity.json', 'page.json', 'release.json', 'release.json.minisig'];

/** Files below a folder, relative to it; names that start with a dot are ours and not served. */
export function listReleaseFiles(folder: string, base = folder): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listReleaseFiles(path, base);
    return entry.name.startsWith('.') ? [] : [relative(base, path).replaceAll('\\', '/')];
  });
}

/** Paths that the web app manifest names; a manifest that cannot be read names one that cannot be there. */
function manifestIcons(folder: string): readonly string[] {
  try {
    const { icons } = JSON.parse(readFileSync(join(folder, WEB_MANIFEST), 'utf8')) as {
      icons: { src: string }[];
    };
    return icons.map(({ src }) => src.replace(/^\.\//, ''));
  } catch {
    return [`${WEB_MANIFEST} (malformed or absent)`];
  }
}

/** What a release is not whole without, by what it is. */
function requiredParts(
  folder: string,
  { page }: ReleaseIndex,
): readonly (readonly [what: string, path: string])[] {
  const parts = (what: string, paths: readonly string[]) => paths.map(path => [what, path] as const);
  return [
    ...parts('boot script', [page.boot, page.shims, page.styles]),
    ...parts('worker', [page.worker, ...page.workers]),
    ...parts('service worker', [page.serviceWorker]),
    ...parts('page', [...Object.keys(pageLoading), PAGE_HEADERS]),
    ...parts('locale', Object.values(page.locales)),
    ...parts('web app manifest', [WEB_MANIFEST]),
    ...parts('icon', manifestIcons(folder)),
  ];
}

/** Problems in words, none when all is well: those of its bytes, and every part that a release of today has. */
export function checkRelease(folder: string): readonly string[] {
  const index = readRelease(folder);
  const missing = requiredParts(folder, index).filter(
    ([, path]) => index.integrity[`./${path}`] === undefined,
  );
  return [...checkBytes(folder), ...missing.map(([what, path]) => `the ${what} ${path} has no integrity`)];
}

/** Problems in words. Every file is listed, every listed file is there, bytes match hash and name, every module has integrity. */
export function checkBytes(folder: string): readonly string[] {
  const { importMap, integrity } = readRelease(folder);
  const problems: string[] = [];
  for (const path of listReleaseFiles(folder).filter(name => !indexFiles.includes(name))) {
    const bytes = readFileSync(join(folder, path));
    const listed = integrity[`./${path}`];
    if (listed === undefined) problems.push(`${path} is not listed in integrity.json`);
    else if (listed !== integrityOf(bytes)) problems.push(`${path} does not match its integrity`);
    if (hasHashedName(path) && !nameMatches(path, bytes))
      problems.push(`the name of ${path} does not match its bytes`);
  }
  for (const url of Object.keys(integrity))
    if (!existsSync(join(folder, url))) problems.push(`${url} is missing`);
  for (const [key, url] of Object.entries(importMap.imports))
    if (integrity[url] === undefined) problems.push(`${key} (${url}) has no integrity`);
  return problems;
}
