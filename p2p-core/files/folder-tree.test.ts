import { expect } from '@esm-bundle/chai';
import { P2pError } from '../errors.ts';
import { MAX_PATH_PARTS, MAX_VAULT_FOLDERS } from '../limits.ts';
import { atPath, type FolderTree, moved, pathOf, renamed, subtree, withFolder } from './folder-tree.ts';

const make = (tree: FolderTree, id: string, name: string, parentId: string | null = null): FolderTree =>
  withFolder(tree, { id, name, parentId, createdAtMs: 1 });
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof P2pError ? error.code : String(error);
  }
  return 'no error';
};
/** a ─ b ─ c, and d. */
const TREE = make(make(make(make([], 'a', 'A'), 'b', 'B', 'a'), 'c', 'C', 'b'), 'd', 'D');

describe('folders of the vault', () => {
  it('P2P-FIL-09: are made, renamed and moved with all below them', () => {
    expect(pathOf(TREE, 'c')).to.deep.equal(['A', 'B', 'C']);
    const next = moved(renamed(TREE, 'b', 'Plans'), ['b'], 'd');
    expect(pathOf(next, 'c')).to.deep.equal(['D', 'Plans', 'C']);
    expect(pathOf(moved(next, ['b'], null), 'c')).to.deep.equal(['Plans', 'C']);
    expect([...subtree(next, 'd')].sort()).to.deep.equal(['b', 'c', 'd']);
    expect(pathOf(TREE, 'gone')).to.deep.equal([]);
  });

  it('P2P-FIL-09: a folder does not go into itself, nor where there is none, and nothing changes then', () => {
    expect(codeOf(() => moved(TREE, ['a'], 'c'))).to.equal('bad-request');
    expect(codeOf(() => moved(TREE, ['a'], 'a'))).to.equal('bad-request');
    expect(codeOf(() => moved(TREE, ['d', 'gone'], 'a'))).to.equal('unknown-folder');
    expect(codeOf(() => moved(TREE, ['d'], 'gone'))).to.equal('unknown-folder');
    expect(codeOf(() => make(TREE, 'e', 'E', 'gone'))).to.equal('unknown-folder');
    expect(codeOf(() => renamed(TREE, 'gone', 'x'))).to.equal('unknown-folder');
  });

  it('P2P-FIL-09: their names are safe, and no two in one place are the same', () => {
    const next = make(make(TREE, 'e', 'a/b\u202e'), 'f', 'a');
    expect(pathOf(next, 'e')).to.deep.equal(['a_b']);
    expect(pathOf(next, 'f')).to.deep.equal(['a (2)']);
    const together = moved(make(TREE, 'x', 'b', 'd'), ['b'], 'd');
    expect(together.filter(({ parentId }) => parentId === 'd').map(({ name }) => name)).to.have.members([
      'b',
      'B (2)',
    ]);
  });

  it('P2P-FIL-09: bounded in number and depth', () => {
    let deep: FolderTree = [];
    for (let depth = 0; depth < MAX_PATH_PARTS; depth++) {
      deep = make(deep, `${depth}`, 'x', depth === 0 ? null : `${depth - 1}`);
    }
    expect(codeOf(() => make(deep, 'more', 'x', `${MAX_PATH_PARTS - 1}`))).to.equal('too-many-folders');
    expect(codeOf(() => moved(make(deep, 'r', 'r'), ['0'], 'r'))).to.equal('too-many-folders');
    const many = Array.from({ length: MAX_VAULT_FOLDERS }, (_, n) => ({
      ...{ id: `${n}`, name: `${n}`, parentId: null, createdAtMs: 1 },
    }));
    expect(codeOf(() => make(many, 'more', 'x'))).to.equal('too-many-folders');
  });

  it('P2P-FIL-09: a path by names is found again, and made where it is missing', () => {
    let count = 0;
    const options = { newId: () => `n${++count}`, createdAtMs: 2 };
    const known = atPath(TREE, ['A', 'B'], options);
    expect([known.id, known.tree]).to.deep.equal(['b', TREE]);
    const made = atPath(TREE, ['A', 'new', 'x/y'], options);
    expect(pathOf(made.tree, made.id)).to.deep.equal(['A', 'new', 'x_y']);
    expect(atPath(TREE, [], options).id).to.equal(null);
  });
});
