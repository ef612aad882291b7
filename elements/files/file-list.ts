/** Which files are shown, and in which order. Pure. */
import type { FileView, VaultFolder } from '@enk/context';

export type FileSort = 'newest' | 'name' | 'size';
export const FILE_SORTS: readonly FileSort[] = ['newest', 'name', 'size'];

/** Files with `query` in their names, case and accents apart, without those in `hidden`. */
export function listFiles(
  files: readonly FileView[],
  {
    query,
    sort,
    hidden,
    language,
  }: { query: string; sort: FileSort; hidden: ReadonlySet<string>; language: string },
): readonly FileView[] {
  const wanted = fold(query.trim());
  const shown = files.filter(({ id, name }) => !hidden.has(id) && fold(name).includes(wanted));
  const { compare } = new Intl.Collator(language, { numeric: true });
  const orders: Readonly<Record<FileSort, (a: FileView, b: FileView) => number>> = {
    newest: (a, b) => b.createdAtMs - a.createdAtMs,
    name: (a, b) => compare(a.name, b.name),
    size: (a, b) => b.sizeBytes - a.sizeBytes,
  };
  return shown.sort(orders[sort]);
}

/** Folders with `query` in their names, by name, without those in `hidden`. */
export function listFolders(
  folders: readonly VaultFolder[],
  { query, hidden, language }: { query: string; hidden: ReadonlySet<string>; language: string },
): readonly VaultFolder[] {
  const wanted = fold(query.trim());
  const { compare } = new Intl.Collator(language, { numeric: true });
  return folders
    .filter(({ id, name }) => !hidden.has(id) && fold(name).includes(wanted))
    .sort((a, b) => compare(a.name, b.name));
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
