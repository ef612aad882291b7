import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { randomBytes } from '../bytes/random.ts';
import { expectCode } from '../test/support/rejections.ts';
import { chunkRange, countChunks, MAX_CHUNK_BYTES, MAX_CHUNKS, splitIntoChunks } from './chunks.ts';

describe('chunks', () => {
  it('CC-BLK-01: counts ⌈size / chunk size⌉, and one for an empty file', () => {
    const counts = [0, 1, 8_191, 8_192, 8_193, 9_000, 16_384, 16_385].map(sizeBytes =>
      countChunks({ sizeBytes, chunkBytes: 8_192 }),
    );
    expect(counts).to.deep.equal([1, 1, 1, 1, 2, 2, 2, 3]);
  });

  it('CC-BLK-01: chunks join to the file again', () => {
    for (const size of [0, 1, 99, 100, 101, 1_000]) {
      const file = randomBytes(size);
      expect(concat(...splitIntoChunks(file, 100))).to.deep.equal(file);
    }
    expect(chunkRange({ sizeBytes: 250, chunkBytes: 100 }, 2)).to.deep.equal({ offset: 200, length: 50 });
  });

  it('CC-BLK-01: refuses sizes, counts and indices out of the limits', async () => {
    const plans = [
      { sizeBytes: -1, chunkBytes: 1 },
      { sizeBytes: 1.5, chunkBytes: 1 },
      { sizeBytes: 2 ** 53, chunkBytes: MAX_CHUNK_BYTES },
      { sizeBytes: 1, chunkBytes: 0 },
      { sizeBytes: 1, chunkBytes: 0.5 },
      { sizeBytes: 1, chunkBytes: MAX_CHUNK_BYTES + 1 },
      { sizeBytes: MAX_CHUNKS + 1, chunkBytes: 1 },
    ];
    for (const plan of plans) await expectCode('invalid-argument', () => countChunks(plan));
    expect(countChunks({ sizeBytes: MAX_CHUNKS, chunkBytes: 1 })).to.equal(MAX_CHUNKS);
    for (const index of [-1, 0.5, 3]) {
      await expectCode('invalid-argument', () => chunkRange({ sizeBytes: 250, chunkBytes: 100 }, index));
    }
  });
});
