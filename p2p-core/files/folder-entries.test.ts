import { expect } from '@esm-bundle/chai';
import { folderEntries } from './folder-entries.ts';

function paths(...claimed: string[]): readonly string[] | 'broken' {
  const entries = folderEntries(
    claimed.map(path => ({ path, sizeBytes: 1 })),
    claimed.length,
  );
  return entries === 'broken' ? entries : entries.map(({ path }) => path);
}

describe('folder entries', () => {
  it('P2P-TRF-11: the structure is kept', () => {
    expect(paths('a/b/c.txt', 'a/d.txt', 'e.txt')).to.deep.equal(['a/b/c.txt', 'a/d.txt', 'e.txt']);
  });

  it('P2P-TRF-10: no path leads out, and every part is safe', () => {
    expect(paths('../../x', '/etc/passwd', 'C:\\a\\b', 'a/./../b', '', 'a/CON/\u202ec')).to.deep.equal([
      'x',
      'etc/passwd',
      'C_/a/b',
      'a/b',
      'file',
      'a/_CON/c',
    ]);
  });

  it('P2P-TRF-10: paths that are one to some file system become two', () => {
    expect(paths('a.txt', 'A.TXT', 'ａ.txt', 'a\u200b.txt')).to.deep.equal([
      'a.txt',
      'A (2).TXT',
      'ａ (3).txt',
      'a (4).txt',
    ]);
    expect(paths('a', 'a/b'), 'a file where a folder is').to.deep.equal(['a', 'a (2)/b']);
    expect(paths('a/b', 'a')).to.deep.equal(['a/b', 'a (2)']);
  });

  it('P2P-TRF-13: depth is bounded, and what is left is the file', () => {
    const [deep] = paths(`${'d/'.repeat(1_000)}f.txt`);
    expect(deep?.split('/')).to.have.length(32);
    expect(deep?.endsWith('/f.txt')).to.equal(true);
  });

  it('P2P-TRF-13: sizes add up, or it is no folder', () => {
    expect(folderEntries([{ path: 'a', sizeBytes: 2 }], 3)).to.equal('broken');
    expect(folderEntries([], 0)).to.deep.equal([]);
  });
});
