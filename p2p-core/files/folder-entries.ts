/**
 * The table of contents of a folder that comes from somebody else: every part of every path made safe, no path twice,
 * no file where another has a folder, and sizes that add up. Pure. P2P-TRF-10, P2P-TRF-11.
 */
import { MAX_FILE_OFFER_BYTES, MAX_PATH_PARTS } from '../limits.ts';
import type { FileEntry } from '../storage/files/file-store.ts';
import { safeName } from './safe-name.ts';

interface ClaimedEntry {
  readonly path: string;
  readonly sizeBytes: number;
}

/** The entries to keep; `broken` when they are no folder of `sizeBytes`. */
export function folderEntries(claimed: readonly ClaimedEntry[], sizeBytes: number): FileEntry[] | 'broken' {
  const files = new Set<string>();
  const folders = new Set<string>();
  const entries: FileEntry[] = [];
  let total = 0;
  let pathBytes = 0;
  for (const { path, sizeBytes: size } of claimed) {
    const parts = safeParts(path);
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = (): string => fold(parts.slice(0, depth));
      for (let n = 2; files.has(folder()); n++) parts[depth - 1] = numbered(parts[depth - 1] as string, n);
      folders.add(folder());
    }
    const name = parts[parts.length - 1] as string;
    for (let n = 2; files.has(fold(parts)) || folders.has(fold(parts)); n++) {
      parts[parts.length - 1] = numbered(name, n);
    }
    files.add(fold(parts));
    entries.push({ path: parts.join('/'), sizeBytes: size, mediaType: '' });
    total += size;
    pathBytes += parts.join('/').length * 3 + 64;
  }
  return total === sizeBytes && pathBytes <= MAX_FILE_OFFER_BYTES * 1.2 ? entries : 'broken';
}

/** Parts of a relative path; `..` and the root lead nowhere else than into the folder. */
function safeParts(path: string): string[] {
  const parts = path.split(/[/\\]/u).filter(part => part !== '' && part !== '.' && part !== '..');
  const kept = parts.slice(-MAX_PATH_PARTS).map(safeName);
  return kept.length === 0 ? ['file'] : kept;
}

/** As file systems compare that do not tell case or normal forms apart. */
function fold(parts: readonly string[]): string {
  return parts.join('/').normalize('NFKC').toLowerCase();
}

function numbered(name: string, n: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (${n})${name.slice(dot)}` : `${name} (${n})`;
}
