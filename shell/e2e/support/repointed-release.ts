/** The built release with one key of its import map pointed at another module, in a folder of its own. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportMap } from '../../../tools/build/release.ts';
import { root } from '../../../vite.config.ts';
import { rerenderPages } from './rerender-pages.ts';

export interface RepointedRelease {
  readonly folder: string;
  remove(): void;
}

/** `key` gets the URL of `target`; nothing else changes. */
export function repointRelease(key: string, target: string): RepointedRelease {
  const folder = mkdtempSync(join(tmpdir(), 'enk-release-'));
  cpSync(join(root, 'dist'), folder, { recursive: true });
  const file = join(folder, 'importmap.json');
  const { imports } = JSON.parse(readFileSync(file, 'utf8')) as ImportMap;
  const url = imports[target];
  if (url === undefined || imports[key] === undefined) throw new Error(`No such key: ${key} or ${target}`);
  writeFileSync(file, JSON.stringify({ imports: { ...imports, [key]: url } }));
  rerenderPages(folder);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
