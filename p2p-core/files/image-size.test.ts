import { expect } from '@esm-bundle/chai';
import { fitsMemory, imageSize, type ImageSize, type ReadBytes } from './image-size.ts';

/** Counts what is asked for: a header is small. */
function reader(bytes: Uint8Array): ReadBytes & { asked: number } {
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    run.asked += length;
    return bytes.subarray(offset, offset + length);
  };
  const run = Object.assign(read, { asked: 0 });
  return run;
}

async function encoded(type: string): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(301, 77);
  canvas.getContext('2d')?.fillRect(0, 0, 301, 77);
  const blob = await canvas.convertToBlob({ type });
  expect(blob.type).to.equal(type);
  return new Uint8Array(await blob.arrayBuffer());
}

const sizeOf = (type: string, bytes: Uint8Array): Promise<ImageSize | null> => imageSize(type, reader(bytes));
const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
const u16 = (value: number): number[] => [value & 0xff, value >>> 8];

describe('sizes of pictures', () => {
  it('P2P-TRF-14: are those that the browser decodes, read from headers alone', async () => {
    for (const type of ['image/png', 'image/jpeg', 'image/webp']) {
      const bytes = await encoded(type);
      const read = reader(bytes);
      expect(await imageSize(type, read), type).to.deep.equal({ width: 301, height: 77 });
      expect(read.asked).to.be.below(600);
    }
  });

  it('P2P-TRF-14: formats that canvases do not encode', async () => {
    const gif = Uint8Array.from([
      ...bytesOf('GIF89a'),
      ...u16(640),
      ...u16(480),
      ...Array<number>(20).fill(0),
    ]);
    expect(await sizeOf('image/gif', gif)).to.deep.equal({ width: 640, height: 480 });
    const bmp = new Uint8Array(54);
    new DataView(bmp.buffer).setInt32(18, 20, true);
    new DataView(bmp.buffer).setInt32(22, -30, true);
    expect(await sizeOf('image/bmp', bmp)).to.deep.equal({ width: 20, height: 30 });
    const vp8x = Uint8Array.from([
      ...bytesOf('RIFF\0\0\0\0WEBPVP8X'),
      ...[10, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0x0f, 0x27, 0],
    ]);
    expect(await sizeOf('image/webp', vp8x)).to.deep.equal({ width: 65_536, height: 10_000 });
    const ispe = (side: number): number[] => [...bytesOf('ispe'), 0, 0, 0, 0, 0, 0, side, 0, 0, 0, side, 0];
    const avif = Uint8Array.from([0, 0, 0, 20, ...ispe(1), 0, 0, 0, 20, ...ispe(2), 0, 0, 0, 0]);
    expect(await sizeOf('image/avif', avif)).to.deep.equal({ width: 512, height: 512 });
  });

  it('P2P-TRF-14: a PNG of 100,000 × 100,000 pixels, and what does not say its size, is not to be decoded', async () => {
    const bomb = (await encoded('image/png')).slice();
    new DataView(bomb.buffer).setUint32(16, 100_000);
    new DataView(bomb.buffer).setUint32(20, 100_000);
    expect(fitsMemory(await sizeOf('image/png', bomb))).to.equal(false);
    expect(fitsMemory({ width: 8_000, height: 8_000 })).to.equal(true);
    expect(fitsMemory({ width: 8_001, height: 8_000 })).to.equal(false);
    expect(fitsMemory({ width: 0, height: 8_000 })).to.equal(false);
    for (const type of ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/bmp', 'image/avif']) {
      for (const bytes of [new Uint8Array(0), new Uint8Array(20), Uint8Array.of(0xff, 0xd8, 0xff)]) {
        expect(fitsMemory(await sizeOf(type, bytes)), type).to.equal(false);
      }
    }
  });

  it('P2P-TRF-14: a JPEG whose segments never end, or lead in a circle, ends', async () => {
    const fill = new Uint8Array(100_000).fill(0xff);
    expect(await sizeOf('image/jpeg', fill)).to.equal(null);
    const endless = Uint8Array.from([
      0xff,
      0xd8,
      ...Array.from({ length: 400 }, () => [0xff, 0xe1, 0, 2]).flat(),
    ]);
    expect(await sizeOf('image/jpeg', endless)).to.equal(null);
    const zero = Uint8Array.from([
      0xff,
      0xd8,
      ...Array.from({ length: 400 }, () => [0xff, 0xe1, 0, 0]).flat(),
    ]);
    expect(await sizeOf('image/jpeg', zero)).to.equal(null);
  });
});
