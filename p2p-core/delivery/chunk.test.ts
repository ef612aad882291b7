import { expect } from '@esm-bundle/chai';
import { CHUNK_BYTES, MAX_CHUNKS_PER_PDU, MAX_MESSAGE_PDU_BYTES, MAX_PDU_BYTES } from '../limits.ts';
import { CHUNK_FRAME_BYTES, chunkCount, decodeChunk, encodeChunk, paddedBytes } from './chunk.ts';

const KIB = 1024;

describe('chunks of a PDU', () => {
  it('P2P-CHK-03: lengths are padded to the buckets of frames, and every chunk is full', () => {
    const sizes = [CHUNK_BYTES + 1, 32 * KIB, 32 * KIB + 1, 64 * KIB, 64 * KIB + 1, MAX_MESSAGE_PDU_BYTES];
    expect(sizes.map(size => paddedBytes(size) / KIB)).to.deep.equal([32, 32, 64, 64, 128, 192]);
    expect(sizes.map(chunkCount)).to.deep.equal([2, 2, 4, 4, 8, 12]);
    expect(paddedBytes(MAX_PDU_BYTES)).to.equal(MAX_PDU_BYTES);
    const pdu = new Uint8Array(CHUNK_BYTES + 1).fill(7);
    for (let index = 0; index < 2; index++) {
      expect(encodeChunk(1, index, pdu)).to.have.length(CHUNK_FRAME_BYTES);
    }
  });

  it('P2P-CHK-03: the largest PDU has no more chunks than the whitepaper allows', () => {
    expect(chunkCount(MAX_PDU_BYTES)).to.equal(1_024).and.to.be.at.most(MAX_CHUNKS_PER_PDU);
  });

  it('P2P-CHK-04: a chunk says where it belongs; what has another length is none', () => {
    const pdu = Uint8Array.from({ length: 3 * CHUNK_BYTES }, (_, index) => index % 251);
    const encoded = encodeChunk(0xffff_ffff, 2, pdu);
    const chunk = decodeChunk(encoded);
    expect(chunk).to.include({ transfer: 0xffff_ffff, index: 2 });
    expect(chunk?.bytes).to.deep.equal(pdu.slice(2 * CHUNK_BYTES));
    for (const length of [0, 5, 6, CHUNK_FRAME_BYTES - 1]) {
      expect(decodeChunk(encoded.subarray(0, length))).to.equal(null);
    }
    expect(decodeChunk(new Uint8Array(CHUNK_FRAME_BYTES + 1))).to.equal(null);
  });
});
