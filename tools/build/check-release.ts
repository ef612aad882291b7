/** Is a built folder what its integrity.json says? Every byte, every name, every key, nothing more. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { integrityOf, nameMatches } from './emit.ts';
import { readRelease } from './write-release.ts';

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

/** Problems in words, none when all is well. Every file is listed, every listed file is there, bytes match hash and name, every module has integrity. */
export function checkRelease(folder: string): readonly string[] {
  const { importMap, integrity } = readRelease(folder);
  const problems: string[] = [];
  for (const path of listReleaseFiles(folder).filter(name => !indexFiles.includes(name))) {
    const bytes = readFileSync(join(folder, path));
    const listed = integrity[`./${path}`];
    if (listed === undefined) problems.push(`${path} is not listed in integrity.json`);
    else if (listed !== integrityOf(bytes)) problems.push(`${path} does not match its integrity`);
    if (!nameMatches(path, bytes)) problems.push(`the name of ${path} does not match its bytes`);
  }
  for (const url of Object.keys(integrity))
    if (!existsSync(join(folder, url))) problems.push(`${url} is missing`);
  for (const [key, url] of Object.entries(importMap.imports))
    if (integrity[url] === undefined) problems.push(`${key} (${url}) has no integrity`);
  return problems;
}
