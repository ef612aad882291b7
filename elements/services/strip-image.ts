/**
 * A picture without what it says about itself (place, camera, time, thumbnails): decoded, drawn upright and encoded
 * anew, off the main thread by the browser. Animated and vector pictures stay as they are.
 */
import type { PictureSize } from '@enk/context';
import { ServiceError } from './service-error.ts';

const STRIPPED: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/avif',
  'image/heic',
  'image/heif',
  'image/tiff',
]);
/** What canvases encode; everything else becomes the first. */
const ENCODED = ['image/jpeg', 'image/png', 'image/webp'] as const;
const QUALITY = 0.92;
/** Pixels of the longer side, at most. */
const SIDES: Readonly<Record<PictureSize, number>> = {
  original: Number.POSITIVE_INFINITY,
  large: 2_048,
  small: 1_024,
};
/** Starts of files, as Latin-1: a picture is one whatever its name says. */
const SIGNATURES: readonly (readonly [RegExp, string])[] = [
  [/^\xff\xd8\xff/u, 'image/jpeg'],
  [/^\x89PNG/u, 'image/png'],
  [/^RIFF[\s\S]{4}WEBP/u, 'image/webp'],
  [/^[\s\S]{4}ftyp(?:avif|avis)/u, 'image/avif'],
  [/^[\s\S]{4}ftyp(?:hei|hev|mif1|msf1)/u, 'image/heic'],
  [/^(?:II\*\0|MM\0\*)/u, 'image/tiff'],
];

/** What it is by its content, or, where that is none of these, by its type. */
async function pictureType(file: File): Promise<string> {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  return SIGNATURES.find(([signature]) => signature.test(head))?.[1] ?? file.type;
}

/**
 * The same picture with no metadata, and no larger than wanted. Rejects with ServiceError `image-unreadable`: it is not
 * sent as it is.
 */
export async function stripImage(file: File, size: PictureSize = 'original'): Promise<File> {
  const is = await pictureType(file);
  if (!STRIPPED.has(is)) return file;
  try {
    const canvas = draw(await createImageBitmap(file, { imageOrientation: 'from-image' }), SIDES[size]);
    const type = ENCODED.find(known => known === is) ?? ENCODED[0];
    const blob = await canvas.convertToBlob({ type, quality: QUALITY });
    return new File([blob], renamed(file.name, blob.type), { type: blob.type });
  } catch (cause) {
    throw new ServiceError('image-unreadable', { cause });
  }
}

function draw(bitmap: ImageBitmap, side: number): OffscreenCanvas {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map(length =>
    Math.max(1, Math.round(length * scale)),
  );
  const canvas = new OffscreenCanvas(width as number, height as number);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

function renamed(name: string, type: string): string {
  const extension = type === 'image/jpeg' ? 'jpg' : type.slice('image/'.length);
  const isRight = new RegExp(`\\.${extension === 'jpg' ? 'jpe?g' : extension}$`, 'iu').test(name);
  return isRight ? name : `${name.replace(/\.[^.]{1,5}$/u, '')}.${extension}`;
}
