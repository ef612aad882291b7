/** From a built folder to its release.json. Refuses a folder that is not whole. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeManifest, type ReleaseManifest, type ReleaseRoot } from '@enk/release-manifest';
import { checkRelease, listReleaseFiles } from '../build/check-release.ts';
import { integrityOf } from '../build/emit.ts';
import { readRelease } from '../build/write-release.ts';

export const MANIFEST = 'release.json';
export const SIGNATURES = 'release.json.minisig';

/** What whoever makes a release decides. */
export interface ReleaseFacts {
  readonly version: string;
  readonly changes: readonly string[];
  readonly expires: string;
  readonly root: ReleaseRoot;
  /** The release before: null for the first one. */
  readonly previous: { readonly seq: number; readonly hash: string } | null;
}

const isOfRelease = (path: string) => path !== MANIFEST && path !== SIGNATURES;

/** Path → hash of every file in the folder but the manifest itself. */
export function hashFiles(folder: string): Record<string, string> {
  const paths = listReleaseFiles(folder).filter(isOfRelease).sort();
  return Object.fromEntries(paths.map(path => [path, integrityOf(readFileSync(join(folder, path)))]));
}

/** Throws when the folder lacks a file, has one too many, or one that does not match. */
export function makeManifest(folder: string, facts: ReleaseFacts): Uint8Array<ArrayBuffer> {
  const problems = checkRelease(folder);
  if (problems.length > 0) throw new Error(`This build is not whole:\n${problems.join('\n')}`);
  const files = hashFiles(folder);
  const { page } = readRelease(folder);
  const required = (path: string) => {
    const hash = files[path];
    if (hash === undefined) throw new Error(`This build is not whole: ${path} is missing.`);
    return hash;
  };
  const manifest: ReleaseManifest = {
    format: 'enk-release-1',
    version: facts.version,
    seq: (facts.previous?.seq ?? 0) + 1,
    expires: facts.expires,
    changes: facts.changes,
    files,
    importMap: required('importmap.json'),
    workers: Object.fromEntries(page.workers.map(path => [path, required(path)])),
    serviceWorker: required(page.serviceWorker),
    root: facts.root,
    prev: facts.previous?.hash ?? null,
  };
  return encodeManifest(manifest);
}
