import { expect } from '@esm-bundle/chai';
import { concat } from '../bytes/concat.ts';
import { readU64 } from '../bytes/integers.ts';
import { randomBytes } from '../bytes/random.ts';
import {
  decodeFrame,
  encodeFrameHeader,
  encodeSealedFrame,
  FRAME_KIND_PAYLOAD,
  MAX_FRAME_BYTES,
} from '../frame/frame.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { MAX_CHUNK_BYTES, splitIntoChunks } from './chunks.ts';
import { BulkOpener, BulkSealer, type BulkTransfer, generateFileKey } from './fast-bulk.ts';

const file = randomBytes(1_000);

function transferOf(changes: Partial<BulkTransfer> = {}): BulkTransfer {
  return {
    fileKey: generateFileKey(),
    fileId: randomBytes(16),
    sessionId: randomBytes(32),
    sizeBytes: file.length,
    chunkBytes: 300,
    ...changes,
  };
}

async function sealAll(sealer: BulkSealer): Promise<Uint8Array[]> {
  return Promise.all(splitIntoChunks(file, 300).map((chunk, index) => sealer.seal(index, chunk)));
}

describe('fast bulk', () => {
  it('CC-BLK-02: a file passes in any order, and its frames hold index, chunk and tag, no more', async () => {
    const transfer = transferOf();
    const sealer = await BulkSealer.start(transfer);
    const frames = await sealAll(sealer);
    expect(frames.map(frame => frame.length)).to.deep.equal([327, 327, 327, 127]);
    expect(frames.map(frame => readU64(frame, 3))).to.deep.equal([0, 1, 2, 3]);
    const opener = await BulkOpener.create(transfer, sealer.attemptId);
    const opened: Uint8Array[] = [];
    for (const frame of frames.reverse()) {
      const { index, chunk } = await opener.open(frame);
      opened[index] = chunk;
    }
    expect(concat(...opened)).to.deep.equal(file);
  });

  it('CC-BLK-02: an empty file has one empty chunk; the largest chunk fits a frame', async () => {
    for (const sizeBytes of [0, MAX_CHUNK_BYTES]) {
      const transfer = transferOf({ sizeBytes, chunkBytes: MAX_CHUNK_BYTES });
      const sealer = await BulkSealer.start(transfer);
      const frame = await sealer.seal(0, new Uint8Array(sizeBytes));
      expect(frame.length)
        .to.equal(sizeBytes + 27)
        .and.to.be.at.most(MAX_FRAME_BYTES);
      const opener = await BulkOpener.create(transfer, sealer.attemptId);
      expect((await opener.open(frame)).chunk.length).to.equal(sizeBytes);
    }
  });

  it('CC-BLK-03: every attempt has an id, and so a key, of its own', async () => {
    const transfer = transferOf();
    const [first, second] = [await BulkSealer.start(transfer), await BulkSealer.start(transfer)];
    expect(first.attemptId).to.have.length(32).and.not.to.deep.equal(second.attemptId);
    const [one] = await sealAll(first);
    const [two] = await sealAll(second);
    expect(one).to.not.deep.equal(two);
    const opener = await BulkOpener.create(transfer, second.attemptId);
    await expectCode('protocol-error', () => opener.open(one as Uint8Array));
    expect((await opener.open(two as Uint8Array)).index).to.equal(0);
  });

  it('CC-BLK-03: an index is sealed once by a sealer, also when both calls run at once', async () => {
    const sealer = await BulkSealer.start(transferOf());
    const chunk = file.subarray(0, 300);
    const both = await Promise.allSettled([sealer.seal(0, chunk), sealer.seal(0, chunk)]);
    expect(both.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
    await expectCode('invalid-argument', () => sealer.seal(0, chunk));
  });

  it('CC-BLK-04: an index is opened once by an opener, also when both calls run at once', async () => {
    const transfer = transferOf();
    const sealer = await BulkSealer.start(transfer);
    const frame = await sealer.seal(3, file.subarray(900));
    const opener = await BulkOpener.create(transfer, sealer.attemptId);
    const both = await Promise.allSettled([opener.open(frame), opener.open(frame)]);
    expect(both.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    await expectCode('protocol-error', () => opener.open(frame));
  });

  it('CC-BLK-04: any damage is refused, and the right frame opens after it', async () => {
    const transfer = transferOf();
    const sealer = await BulkSealer.start(transfer);
    const frame = await sealer.seal(3, file.subarray(900));
    const opener = await BulkOpener.create(transfer, sealer.attemptId);
    for (const damaged of damagedForms(frame)) await expectCode('protocol-error', () => opener.open(damaged));
    await expectCode('protocol-error', () => opener.open(new Uint8Array(MAX_FRAME_BYTES + 1)));
    expect((await opener.open(frame)).chunk).to.deep.equal(file.subarray(900));
  });

  it('CC-BLK-05: file id, size, count, connection and key are bound to every chunk', async () => {
    const transfer = transferOf();
    const sealer = await BulkSealer.start(transfer);
    const [frame] = await sealAll(sealer);
    const others: Partial<BulkTransfer>[] = [
      { fileId: randomBytes(16) },
      { sizeBytes: file.length - 1 },
      { sizeBytes: file.length + 300 },
      { sessionId: randomBytes(32) },
      { fileKey: generateFileKey() },
    ];
    for (const other of others) {
      const opener = await BulkOpener.create({ ...transfer, ...other }, sealer.attemptId);
      await expectCode('protocol-error', () => opener.open(frame as Uint8Array));
    }
  });

  it('CC-BLK-05: a chunk of another length than the plan’s is refused though its tag is right', async () => {
    const transfer = transferOf();
    const sealer = await BulkSealer.start(transfer);
    const [frame] = await sealAll(sealer);
    const opener = await BulkOpener.create({ ...transfer, chunkBytes: 333 }, sealer.attemptId); // four chunks, too
    await expectCode('protocol-error', () => opener.open(frame as Uint8Array));
  });

  it('CC-BLK-06: a session refuses frames of kind 3, and a bulk channel every other kind', async () => {
    const transfer = transferOf();
    const sealer = await BulkSealer.start(transfer);
    const frame = await sealer.seal(3, file.subarray(900));
    await expectCode('protocol-error', () => decodeFrame(frame));
    const opener = await BulkOpener.create(transfer, sealer.attemptId);
    const header = encodeFrameHeader({ kind: FRAME_KIND_PAYLOAD, gen: 0, ctr: 3 });
    await expectCode('protocol-error', () => opener.open(encodeSealedFrame(header, randomBytes(116))));
  });

  it('CC-BLK-01: refuses lengths and limits that are not the profile’s', async () => {
    const wrong: Partial<BulkTransfer>[] = [
      { fileKey: randomBytes(16) },
      { fileId: randomBytes(32) },
      { sessionId: randomBytes(31) },
      { chunkBytes: MAX_CHUNK_BYTES + 1 },
      { sizeBytes: -1 },
    ];
    for (const change of wrong) {
      await expectCode('invalid-argument', () => BulkSealer.start(transferOf(change)));
    }
    await expectCode('invalid-argument', () => BulkOpener.create(transferOf(), randomBytes(16)));
    const sealer = await BulkSealer.start(transferOf());
    for (const [index, size] of [
      [0, 299],
      [3, 300],
      [4, 0],
      [-1, 300],
    ] as const) {
      await expectCode('invalid-argument', () => sealer.seal(index, new Uint8Array(size)));
    }
  });
});
