/** Where in the vault somebody is, and what is there. Pure. */
import type { FileView, FolderEntry, VaultFolder } from '@enk/context';

export interface Place {
  /** Null: at the top. */
  readonly folderId: string | null;
  /** Inside a folder that is kept as one; `path` without a slash at the end, empty: its top. */
  readonly kept: { readonly fileId: string; readonly path: string } | null;
}

export const TOP: Place = { folderId: null, kept: null };

export const inFolder = (folderId: string | null): Place => ({ folderId, kept: null });
export const inKept = (folderId: string | null, fileId: string, path = ''): Place => ({
  folderId,
  kept: { fileId, path },
});

export interface Crumb {
  readonly name: string;
  readonly place: Place;
}

interface Shelf {
  readonly files: readonly FileView[];
  readonly folders: readonly VaultFolder[];
}

/** Folders from the top down to `id`, that one last. */
export function folderPath(folders: readonly VaultFolder[], id: string | null): readonly VaultFolder[] {
  const path: VaultFolder[] = [];
  let at = folders.find(folder => folder.id === id);
  while (at !== undefined && !path.includes(at)) {
    path.unshift(at);
    const { parentId } = at;
    at = folders.find(folder => folder.id === parentId);
  }
  return path;
}

/** What stands over the list: from the top to where one is. */
export function crumbs(place: Place, { files, folders }: Shelf, top: string): readonly Crumb[] {
  const path = folderPath(folders, place.folderId).map(({ id, name }) => ({ name, place: inFolder(id) }));
  const found: Crumb[] = [{ name: top, place: TOP }, ...path];
  const { kept, folderId } = place;
  const file = files.find(({ id }) => id === kept?.fileId);
  if (kept === null || file === undefined) return found;
  found.push({ name: file.name, place: inKept(folderId, file.id) });
  const parts = kept.path === '' ? [] : kept.path.split('/');
  parts.forEach((name, index) =>
    found.push({ name, place: inKept(folderId, file.id, parts.slice(0, index + 1).join('/')) }),
  );
  return found;
}

/** The same place, or the nearest one above that is still there. */
export function standing(place: Place, { files, folders }: Shelf): Place {
  const file = files.find(({ id }) => id === place.kept?.fileId);
  if (file !== undefined && file.folderId === place.folderId) return place;
  const isThere = place.folderId === null || folders.some(({ id }) => id === place.folderId);
  if (place.kept === null && isThere) return place;
  return inFolder(isThere ? place.folderId : null);
}

/** A folder and all below it. */
export function below(folders: readonly VaultFolder[], id: string): ReadonlySet<string> {
  const found = new Set([id]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const folder of folders) if (found.has(folder.parentId ?? '')) found.add(folder.id);
  }
  return found;
}

/** What a folder of the vault has in it, all levels counted. */
export function totals(
  { files, folders }: Shelf,
  id: string,
): { readonly files: number; readonly folders: number; readonly sizeBytes: number } {
  const all = below(folders, id);
  const inside = files.filter(({ folderId }) => folderId !== null && all.has(folderId));
  const sizeBytes = inside.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { files: inside.length, folders: all.size - 1, sizeBytes };
}

/** What stands at one level of a folder that is kept as one. */
export function level(
  entries: readonly FolderEntry[],
  path: string,
): { readonly folders: readonly string[]; readonly files: readonly FolderEntry[] } {
  const prefix = path === '' ? '' : `${path}/`;
  const folders = new Set<string>();
  const files: FolderEntry[] = [];
  for (const entry of entries) {
    if (!entry.path.startsWith(prefix)) continue;
    const rest = entry.path.slice(prefix.length);
    const slash = rest.indexOf('/');
    if (slash === -1) files.push(entry);
    else folders.add(rest.slice(0, slash));
  }
  return { folders: [...folders], files };
}
