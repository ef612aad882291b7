/** The manifest of published vectors is the truth about the disk, and an unread file is noticed. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { listCases } from '../crypto-core/test/support/vector-cases.ts';
import { compareCoverage, pinnedCases, readVectorFile, vectorFilesOnDisk } from './vector-coverage.mjs';

const pinned = pinnedCases();

it('coverage.json names exactly the vector files on disk', () => {
  assert.deepEqual(vectorFilesOnDisk(), Object.keys(pinned).sort());
});

it('coverage.json has the number of cases of every vector file', () => {
  for (const path of vectorFilesOnDisk()) {
    assert.equal(listCases(readVectorFile(path)).length, pinned[path], path);
  }
});

it('an empty vector file is refused', () => {
  for (const file of [{}, [], { cases: [] }, { testGroups: [{ tests: [] }] }, null, 7]) {
    assert.throws(() => listCases(file));
  }
});

it('a file that no test read, or read in part, is reported as missing', () => {
  const lines = ['vectors: a/x.json 3 of 3', 'vectors: a/y.json 2 of 2', 'vectors: a/z.json 1 of 4'];
  const { files, cases, missing } = compareCoverage(lines, {
    'a/x.json': 3,
    'a/y.json': 5,
    'a/z.json': 4,
    'a/unread.json': 1,
  });
  assert.deepEqual(missing, ['a/y.json', 'a/z.json', 'a/unread.json']);
  assert.deepEqual([files, cases], [2, 5]);
});
