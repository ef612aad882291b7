/**
 * Small pictures of files: made in the worker, one at a time, of raster images that fit memory by their header, and kept
 * sealed beside the file. What comes out is encoded here, so nothing of a hostile file gets on. P2P-TRF-14.
 */
import { MAX_THUMBNAIL_SOURCE_BYTES, THUMBNAIL_TIMEOUT_MS } from '../limits.ts';
import type { FileStore } from '../storage/files/file-store.ts';
import { inspectStored, requireFile } from './files.ts';
import type { OpenProfile } from './open-profile.ts';

/** Pixels of a side: sharp on dense screens, small in the vault. */
const SIDE_PX = 320;
const NONE = new Uint8Array(0);

/** Decoding is what costs: one after the other. */
let turn: Promise<unknown> = Promise.resolve();

export async function getThumbnail(profile: OpenProfile, fileId: string): Promise<Uint8Array | null> {
  return thumbnailOf(await profile.files.store(), fileId);
}

/** Null: none can be made. Throws P2pError `unknown-file`. */
export async function thumbnailOf(store: FileStore, fileId: string): Promise<Uint8Array | null> {
  const file = await requireFile(store, fileId);
  if (file.entries !== null || file.sizeBytes > MAX_THUMBNAIL_SOURCE_BYTES) return null;
  const made = turn.then(async () => (await store.loadThumbnail(fileId)) ?? (await make(store, fileId)));
  turn = made.catch(() => undefined); // the caller has the error
  const thumbnail = await made;
  return thumbnail.length === 0 ? null : thumbnail;
}

async function make(store: FileStore, fileId: string): Promise<Uint8Array> {
  const { isSafeImage, detectedType } = await inspectStored(store, { fileId });
  const blob = isSafeImage && detectedType !== null ? await contents(store, fileId, detectedType) : null;
  const thumbnail = blob === null ? NONE : await draw(blob);
  await store.putThumbnail(fileId, thumbnail);
  return thumbnail;
}

async function contents(store: FileStore, fileId: string, type: string): Promise<Blob> {
  const reader = await store.open(fileId);
  try {
    const bytes = await reader.read(0, reader.sizeBytes);
    return new Blob([bytes], { type });
  } finally {
    await reader.close();
  }
}

/** The middle of the picture, as a square; empty when it does not decode, or not in time. */
async function draw(blob: Blob): Promise<Uint8Array> {
  // As it is, bounded by its header: resized by one side, a picture of one column would become a tower.
  const bitmap = await inTime(createImageBitmap(blob));
  if (bitmap === null) return NONE;
  const canvas = new OffscreenCanvas(SIDE_PX, SIDE_PX);
  const side = Math.min(bitmap.width, bitmap.height);
  const [x, y] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, x, y, side, side, 0, 0, SIDE_PX, SIDE_PX);
  bitmap.close();
  const small = await inTime(canvas.convertToBlob({ type: 'image/webp', quality: 0.8 }));
  return small === null ? NONE : new Uint8Array(await small.arrayBuffer());
}

/** Null when it fails or takes too long; a bitmap that comes later is let go. */
async function inTime<T>(work: Promise<T>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>(resolve => (timer = setTimeout(() => resolve(null), THUMBNAIL_TIMEOUT_MS)));
  const outcome = await Promise.race([work.catch(() => null), late]);
  clearTimeout(timer);
  if (outcome === null) void work.then(closeBitmap, () => undefined); // damaged, or too late
  return outcome;
}

function closeBitmap(value: unknown): void {
  if (value instanceof ImageBitmap) value.close();
}
