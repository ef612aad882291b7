/** Writes a release into a folder: modules/, importmap.json, integrity.json, page.json. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImportMap, Integrity, Release } from './release.ts';

export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Everything that the server needs to know of a built folder. */
export interface ReleaseIndex {
  readonly importMap: ImportMap;
  readonly integrity: Integrity;
  readonly page: Release['page'];
}

/** Replaces `folder` in one step: a reader sees the old release or the new one, never a mixture. */
export function writeRelease(release: Release, folder: string): void {
  const fresh = `${folder}.${process.pid}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const file of release.files) {
    const target = join(fresh, file.path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, file.bytes);
  }
  writeFileSync(join(fresh, 'importmap.json'), toJson(release.importMap));
  writeFileSync(join(fresh, 'integrity.json'), toJson(release.integrity));
  writeFileSync(join(fresh, 'page.json'), toJson(release.page));
  const old = `${folder}.${process.pid}.old`;
  rmSync(old, { recursive: true, force: true });
  moveAside(folder, old);
  renameSync(fresh, folder);
  rmSync(old, { recursive: true, force: true });
}

function moveAside(folder: string, old: string): void {
  try {
    renameSync(folder, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Reads what `writeRelease` wrote; throws when the folder holds no build. */
export function readRelease(folder: string): ReleaseIndex {
  return {
    importMap: readJson(join(folder, 'importmap.json')) as ImportMap,
    integrity: readJson(join(folder, 'integrity.json')) as Integrity,
    page: readJson(join(folder, 'page.json')) as Release['page'],
  };
}
