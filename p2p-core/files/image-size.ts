/**
 * How large a picture would be in memory, by its header, before anything decodes it: a few bytes can claim 100,000 ×
 * 100,000 pixels. Pure but for the reader. P2P-TRF-14.
 */
import { MAX_IMAGE_PIXELS } from '../limits.ts';

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}
/** Bytes from `offset` on: as many as asked for, or fewer at the end. */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>;

/** Segments of a JPEG before its frame, boxes of an AVIF: real ones have some ten. */
const MAX_STEPS = 256;
/** The properties of an AVIF stand in its first kilobytes. */
const AVIF_HEAD_BYTES = 64 * 1024;

/** False for null: what cannot be measured is not decoded. */
export function fitsMemory(size: ImageSize | null): boolean {
  return size !== null && size.width > 0 && size.height > 0 && size.width * size.height <= MAX_IMAGE_PIXELS;
}

/** Of a type that `detectType` found; null when the header does not say it. */
export async function imageSize(type: string, read: ReadBytes): Promise<ImageSize | null> {
  if (type === 'image/jpeg') return jpegSize(read);
  if (type === 'image/avif') return avifSize(await read(0, AVIF_HEAD_BYTES));
  const head = await read(0, 32);
  if (head.length < 26) return null;
  const view = viewOf(head);
  switch (type) {
    case 'image/png': // PNG §11.2.2: IHDR is the first chunk
      return ascii(head, 12, 4) === 'IHDR' ? { width: view.getUint32(16), height: view.getUint32(20) } : null;
    case 'image/gif':
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    case 'image/bmp':
      return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
    case 'image/webp':
      return head.length < 30 ? null : webpSize(head, view);
    default:
      return null;
  }
}

/** ITU-T T.81 §B.2.2: the first frame header, behind segments that say how long they are. */
async function jpegSize(read: ReadBytes): Promise<ImageSize | null> {
  let at = 2;
  for (let step = 0; step < MAX_STEPS; step++) {
    const head = await read(at, 9);
    if (head.length < 9 || head[0] !== 0xff) return null;
    const marker = head[1] as number;
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    const view = viewOf(head);
    if (isFrame) return { width: view.getUint16(7), height: view.getUint16(5) };
    if (marker === 0xda || marker === 0xd9) return null;
    at += 2 + view.getUint16(2);
  }
  return null;
}

/** RFC 9649 §2.5–§2.7. */
function webpSize(head: Uint8Array, view: DataView): ImageSize | null {
  switch (ascii(head, 12, 4)) {
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return {
        width: (view.getUint32(24, true) & 0xffffff) + 1,
        height: ((view.getUint32(26, true) >>> 8) & 0xffffff) + 1,
      };
    default:
      return null;
  }
}

/** ISO/IEC 23008-12 §6.5.3: the largest of its ImageSpatialExtentsProperty boxes. */
function avifSize(head: Uint8Array): ImageSize | null {
  const view = viewOf(head);
  let largest: ImageSize | null = null;
  for (let at = 4; at + 16 <= head.length; at++) {
    if (head[at] !== 0x69 || ascii(head, at, 4) !== 'ispe') continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (largest === null || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
