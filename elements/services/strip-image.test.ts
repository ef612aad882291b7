import { expect } from '@esm-bundle/chai';
import { stripImage } from './strip-image.ts';

const SECRET = 'GPS 52.5200 N 13.4050 E';

/** EXIF as a camera writes it: IFD0 with the camera's name, and a GPS IFD with latitude N 52° 31' 12" (CIPA DC-008). */
function exif(): Uint8Array {
  const bytes = new Uint8Array(132);
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  const field = (at: number, [tag, type, count, value]: readonly [number, number, number, number]): void => {
    view.setUint16(at, tag);
    view.setUint16(at + 2, type);
    view.setUint32(at + 4, count);
    view.setUint32(at + 8, value);
  };
  put(0, 'MM');
  view.setUint16(2, 42);
  view.setUint32(4, 8);
  view.setUint16(8, 2);
  field(10, [0x010f, 2, 8, 38]); // Make
  field(22, [0x8825, 4, 1, 46]); // GPS IFD
  put(38, 'SecretCa');
  view.setUint16(46, 2);
  field(48, [0x0001, 2, 2, 0x4e000000]); // N
  field(60, [0x0002, 5, 3, 76]);
  [52, 1, 31, 1, 12, 1].forEach((value, index) => view.setUint32(76 + 4 * index, value));
  put(100, SECRET);
  return Uint8Array.of(...new TextEncoder().encode('Exif\0\0'), ...bytes);
}

async function picture(type: string, width = 2, height = 2): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.fillRect(0, 0, width, height);
  return new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer());
}

/** A JPEG of 2 × 2 pixels with an EXIF and an XMP segment that say where it was taken. */
async function taggedJpeg(): Promise<Uint8Array<ArrayBuffer>> {
  const plain = await picture('image/jpeg');
  const segment = (body: Uint8Array): number[] => [0xff, 0xe1, 0, body.length + 2, ...body];
  const xmp = new TextEncoder().encode(`http://ns.adobe.com/xap/1.0/\0<x>${SECRET}</x>`);
  return Uint8Array.of(...plain.subarray(0, 2), ...segment(exif()), ...segment(xmp), ...plain.subarray(2));
}

/** With a text chunk behind the header (PNG §11.3.3.3). */
async function taggedPng(): Promise<Uint8Array<ArrayBuffer>> {
  const plain = await picture('image/png');
  const text = new TextEncoder().encode(`tEXtComment\0${SECRET}`);
  const checksum = new Uint8Array(4);
  new DataView(checksum.buffer).setUint32(0, crc32(text));
  const chunk = [0, 0, 0, text.length - 4, ...text, ...checksum];
  return Uint8Array.of(...plain.subarray(0, 33), ...chunk, ...plain.subarray(33));
}

/** PNG §D: over type and data. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xed_b8_83_20 : 0);
  }
  return ~crc >>> 0;
}

async function taggedWebp(): Promise<Uint8Array<ArrayBuffer>> {
  const plain = await picture('image/webp');
  const data = exif();
  const tagged = Uint8Array.of(...plain, ...new TextEncoder().encode('EXIF'), data.length, 0, 0, 0, ...data);
  new DataView(tagged.buffer).setUint32(4, tagged.length - 8, true);
  return tagged;
}

const textOf = async (blob: Blob): Promise<string> =>
  new TextDecoder('latin1').decode(await blob.arrayBuffer());

describe('pictures that are sent', () => {
  it('lose what they say about place and camera, whatever they are named, and stay pictures', async () => {
    const makers = { 'image/jpeg': taggedJpeg, 'image/webp': taggedWebp } as const;
    for (const [type, make] of Object.entries(makers)) {
      for (const name of ['a.bin', `a.${type.slice(6)}`]) {
        const file = new File([await make()], name, { type: name === 'a.bin' ? '' : type });
        expect(await textOf(file))
          .to.include(SECRET)
          .and.to.include('SecretCa');
        const stripped = await stripImage(file);
        const left = await textOf(stripped);
        for (const word of [SECRET, 'SecretCa', 'Exif', 'EXIF', 'xap']) expect(left).to.not.include(word);
        const { width, height } = await createImageBitmap(stripped);
        expect([width, height, stripped.type]).to.deep.equal([2, 2, type]);
      }
    }
    const png = new File([await taggedPng()], 'a.png', { type: 'image/png' });
    expect(await textOf(png)).to.include(SECRET);
    const stripped = await stripImage(png);
    expect(await textOf(stripped)).to.not.include(SECRET);
    expect(stripped.type).to.equal('image/png');
  });

  it('become as small as they are wanted, and never larger', async () => {
    const file = new File([await picture('image/jpeg', 3_000, 1_500)], 'a.jpg', { type: 'image/jpeg' });
    const sizes = async (of: File, size: 'original' | 'large' | 'small'): Promise<number[]> => {
      const { width, height } = await createImageBitmap(await stripImage(of, size));
      return [width, height];
    };
    expect(await sizes(file, 'original')).to.deep.equal([3_000, 1_500]);
    expect(await sizes(file, 'large')).to.deep.equal([2_048, 1_024]);
    expect(await sizes(file, 'small')).to.deep.equal([1_024, 512]);
    const small = new File([await picture('image/png', 10, 4)], 'a.png', { type: 'image/png' });
    expect(await sizes(small, 'large')).to.deep.equal([10, 4]);
  });

  it('are not sent when that fails', async () => {
    const file = new File([SECRET], 'a.jpg', { type: 'image/jpeg' });
    const code = await stripImage(file).then(
      () => 'sent',
      (error: { code: string }) => error.code,
    );
    expect(code).to.equal('image-unreadable');
  });

  it('are left alone when they are no pictures', async () => {
    const file = new File(['text'], 'a.txt', { type: 'text/plain' });
    expect(await stripImage(file)).to.equal(file);
  });
});
