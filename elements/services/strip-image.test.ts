import { expect } from '@esm-bundle/chai';
import { stripImage } from './strip-image.ts';

const SECRET = 'GPS 52.5200 N 13.4050 E';

/** A JPEG of 2 × 2 pixels with an EXIF segment that says where it was taken. */
async function taggedJpeg(): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(2, 2);
  canvas.getContext('2d')?.fillRect(0, 0, 2, 2);
  const plain = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
  const exif = new TextEncoder().encode(`Exif\0\0${SECRET}`);
  const segment = Uint8Array.of(0xff, 0xe1, 0, exif.length + 2, ...exif);
  return Uint8Array.of(...plain.subarray(0, 2), ...segment, ...plain.subarray(2));
}

const textOf = async (blob: Blob): Promise<string> =>
  new TextDecoder('latin1').decode(await blob.arrayBuffer());

describe('pictures that are sent', () => {
  it('lose what they say about place and camera, and stay pictures', async () => {
    const file = new File([await taggedJpeg()], 'a.jpg', { type: 'image/jpeg' });
    expect(await textOf(file)).to.include(SECRET);
    const stripped = await stripImage(file);
    expect(await textOf(stripped))
      .to.not.include(SECRET)
      .and.not.include('Exif');
    const { width, height } = await createImageBitmap(stripped);
    expect([width, height, stripped.name, stripped.type]).to.deep.equal([2, 2, 'a.jpg', 'image/jpeg']);
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
