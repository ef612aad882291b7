/**
 * The folders of the vault as one tree: make, rename, move, take away. Pure. P2P-FIL-09. A folder is a name and where it
 * stands; files say in which folder they are, and one whose folder is gone stands at the top.
 */
import { P2pError } from '../errors.ts';
import { MAX_PATH_PARTS, MAX_VAULT_FOLDERS } from '../limits.ts';
import { safeName } from './safe-name.ts';

export interface VaultFolder {
  readonly id: string;
  readonly name: string;
  /** Null: at the top. */
  readonly parentId: string | null;
  readonly createdAtMs: number;
}
export type FolderTree = readonly VaultFolder[];

/** One more. Throws P2pError `unknown-folder`, `too-many-folders`. */
export function withFolder(tree: FolderTree, folder: VaultFolder): FolderTree {
  if (folder.parentId !== null) require(tree, folder.parentId);
  if (tree.length >= MAX_VAULT_FOLDERS) throw new P2pError('too-many-folders');
  return checked([...tree, { ...folder, name: freeName(tree, folder) }]);
}

/** Throws P2pError `unknown-folder`. */
export function renamed(tree: FolderTree, id: string, name: string): FolderTree {
  const named = { ...require(tree, id), name };
  const others = tree.filter(folder => folder.id !== id);
  return replaced(tree, { ...named, name: freeName(others, named) });
}

/** Throws P2pError `unknown-folder`, `too-many-folders` (too deep), `bad-request` (into itself). */
export function moved(tree: FolderTree, ids: readonly string[], to: string | null): FolderTree {
  if (to !== null) require(tree, to);
  let next = tree;
  for (const id of ids) {
    if (to !== null && subtree(tree, id).has(to)) throw new P2pError('bad-request');
    const folder = { ...require(next, id), parentId: to };
    const others = next.filter(other => other.id !== id);
    next = replaced(next, { ...folder, name: freeName(others, folder) });
  }
  return checked(next);
}

/** A folder and all below it. Throws P2pError `unknown-folder`. */
export function subtree(tree: FolderTree, id: string): ReadonlySet<string> {
  const found = new Set([require(tree, id).id]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const folder of tree)
      if (folder.parentId !== null && found.has(folder.parentId)) found.add(folder.id);
  }
  return found;
}

/** Names from the top down to a folder. A tree that was stored has no loops; one that had would still end. */
export function pathOf(tree: FolderTree, id: string | null): readonly string[] {
  const names: string[] = [];
  let at = tree.find(folder => folder.id === id);
  while (at !== undefined && names.length <= MAX_PATH_PARTS) {
    names.unshift(at.name);
    const { parentId } = at;
    at = tree.find(folder => folder.id === parentId);
  }
  return names;
}

/** The folder at a path, and the tree with what was missing of it. Throws as `withFolder`. */
export function atPath(
  tree: FolderTree,
  path: readonly string[],
  made: { newId(): string; readonly createdAtMs: number },
): { readonly tree: FolderTree; readonly id: string | null } {
  let [next, id] = [tree, null as string | null];
  for (const claimed of path) {
    const name = safeName(claimed);
    const parentId = id;
    const known = next.find(folder => folder.parentId === parentId && folder.name === name);
    id = known?.id ?? made.newId();
    if (known === undefined) next = withFolder(next, { id, name, parentId, createdAtMs: made.createdAtMs });
  }
  return { tree: next, id };
}

function require(tree: FolderTree, id: string): VaultFolder {
  const folder = tree.find(candidate => candidate.id === id);
  if (folder === undefined) throw new P2pError('unknown-folder');
  return folder;
}

function replaced(tree: FolderTree, folder: VaultFolder): FolderTree {
  return tree.map(other => (other.id === folder.id ? folder : other));
}

function checked(tree: FolderTree): FolderTree {
  if (tree.some(({ id }) => pathOf(tree, id).length > MAX_PATH_PARTS)) throw new P2pError('too-many-folders');
  return tree;
}

/** Safe, and no other folder there has it. */
function freeName(others: FolderTree, { name, parentId }: VaultFolder): string {
  const wanted = safeName(name);
  const taken = new Set(
    others.filter(folder => folder.parentId === parentId).map(folder => folder.name.toLowerCase()),
  );
  let free = wanted;
  for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${wanted} (${n})`;
  return free;
}
