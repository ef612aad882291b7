/**
 * A picture without what it says about itself (place, camera, time, thumbnails): decoded, drawn upright and encoded
 * anew, off the main thread by the browser. Animated and vector pictures stay as they are: GIF has no such data.
 */
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

/** Whether `stripImage` changes a file. */
export function hasImageMetadata({ type }: Blob): boolean {
  return STRIPPED.has(type);
}

/** The same picture with no metadata. Rejects with ServiceError `image-unreadable`: it is not sent as it is. */
export async function stripImage(file: File): Promise<File> {
  if (!hasImageMetadata(file)) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
    const type = ENCODED.find(known => known === file.type) ?? ENCODED[0];
    const blob = await canvas.convertToBlob({ type, quality: QUALITY });
    return new File([blob], renamed(file.name, blob.type), { type: blob.type });
  } catch (cause) {
    throw new ServiceError('image-unreadable', { cause });
  }
}

function renamed(name: string, type: string): string {
  const extension = type === 'image/jpeg' ? 'jpg' : type.slice('image/'.length);
  const isRight = new RegExp(`\\.${extension === 'jpg' ? 'jpe?g' : extension}$`, 'iu').test(name);
  return isRight ? name : `${name.replace(/\.[^.]{1,5}$/u, '')}.${extension}`;
}
