import { expect } from '@esm-bundle/chai';
import { randomBytes } from '../bytes/random.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { FileChunkOpener, FileChunkSealer, type FileRun, generateFileRunKey } from './file-chunks.ts';

const CHUNK_BYTES = 48;

function runOf(changes: Partial<FileRun> = {}): FileRun {
  return { runKey: generateFileRunKey(), fileId: randomBytes(16), chunkBytes: CHUNK_BYTES, ...changes };
}

async function sealAll(run: FileRun, chunks: readonly Uint8Array[], first = 0): Promise<Uint8Array[]> {
  const sealer = await FileChunkSealer.create(run, first);
  return Promise.all(chunks.map(chunk => sealer.seal(chunk)));
}

describe('file chunks', () => {
  const chunks = [randomBytes(CHUNK_BYTES), randomBytes(CHUNK_BYTES), randomBytes(CHUNK_BYTES)];

  it('CC-VLT-11: each chunk opens alone, in any order, and is 16 bytes longer', async () => {
    const run = runOf();
    const sealed = await sealAll(run, chunks, 5);
    expect(sealed.map(chunk => chunk.length)).to.deep.equal([64, 64, 64]);
    const opener = await FileChunkOpener.create(run);
    for (const at of [2, 0, 1]) {
      expect(await opener.open(5 + at, sealed[at] as Uint8Array)).to.deep.equal(chunks[at]);
    }
  });

  it('CC-VLT-11: each flipped byte, truncation and extension of a chunk is refused', async () => {
    const run = runOf();
    const [sealed] = await sealAll(run, chunks);
    const opener = await FileChunkOpener.create(run);
    for (const damaged of damagedForms(sealed as Uint8Array)) {
      await expectCode('vault-corrupt', () => opener.open(0, damaged));
    }
  });

  it('CC-VLT-11: a chunk of another place, file, run or chunk size is refused', async () => {
    const run = runOf();
    const sealed = await sealAll(run, chunks);
    const first = sealed[0] as Uint8Array;
    const opener = await FileChunkOpener.create(run);
    await expectCode('vault-corrupt', () => opener.open(1, first));
    await expectCode('vault-corrupt', () => opener.open(0, sealed[1] as Uint8Array));
    for (const changes of [
      { fileId: randomBytes(16) },
      { runKey: generateFileRunKey() },
      { chunkBytes: 49 },
    ]) {
      const other = await FileChunkOpener.create({ ...run, ...changes });
      await expectCode('vault-corrupt', () => other.open(0, first));
    }
  });

  it('CC-VLT-12: a run seals each index once, and the same chunk never to the same bytes', async () => {
    const [chunk] = chunks as [Uint8Array];
    const seen = new Set<string>();
    const run = runOf();
    for (const sealed of [
      ...(await sealAll(run, [chunk, chunk])),
      ...(await sealAll(runOf({ fileId: run.fileId }), [chunk, chunk])),
    ]) {
      seen.add(String(sealed));
    }
    expect(seen.size).to.equal(4);
  });

  it('CC-VLT-12: what is no chunk of the run is refused before anything is sealed', async () => {
    const sealer = await FileChunkSealer.create(runOf(), 0);
    await expectCode('invalid-argument', async () => sealer.seal(randomBytes(CHUNK_BYTES - 1)));
    await expectCode('invalid-argument', async () => sealer.seal(randomBytes(CHUNK_BYTES + 1)));
    for (const first of [-1, 0.5, 2 ** 32]) {
      await expectCode('invalid-argument', () => FileChunkSealer.create(runOf(), first));
    }
    for (const changes of [
      { runKey: randomBytes(31) },
      { fileId: randomBytes(17) },
      { chunkBytes: 0 },
      { chunkBytes: 2 ** 22 + 1 },
    ]) {
      await expectCode('invalid-argument', () => FileChunkOpener.create(runOf(changes)));
    }
  });
});
