/** The wire between a preview and the script in its frame. Both sides take nothing else. */

/** Page → frame, once, with the port for everything after it. */
export interface FrameStart {
  readonly kind: 'enk-document';
  readonly sizeBytes: number;
  /** For `Page 3 of 12`: what stands before the number, and between the two. */
  readonly words: { readonly page: string; readonly of: string };
}

/** Page → frame, by the port. `bytes` null: they cannot be had. */
export interface FrameBytes {
  readonly kind: 'bytes';
  readonly id: number;
  readonly bytes: Uint8Array | null;
}

/** Frame → page, by the port. */
export type FrameEvent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'range'; readonly id: number; readonly offset: number; readonly length: number }
  | { readonly kind: 'drawn'; readonly pages: number }
  | { readonly kind: 'failed'; readonly reason: 'password' | 'broken' }
  /** Keys that belong to the preview around it. */
  | { readonly kind: 'key'; readonly key: FrameKey };

export const FRAME_KEYS = ['Escape', 'ArrowLeft', 'ArrowRight'] as const;
export type FrameKey = (typeof FRAME_KEYS)[number];

/** At most so much at once: a range of a larger file is asked for in parts. */
export const MAX_RANGE_BYTES = 4 * 1024 * 1024;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What a frame said; null for what no frame of ours says. */
export function parseFrameEvent(value: unknown, sizeBytes: number): FrameEvent | null {
  if (typeof value !== 'object' || value === null) return null;
  const { kind, id, offset, length, pages, reason, key } = value as Record<string, unknown>;
  switch (kind) {
    case 'ready':
      return { kind };
    case 'range': {
      const isRight =
        isCount(id) &&
        isCount(offset) &&
        isCount(length) &&
        length <= MAX_RANGE_BYTES &&
        offset + length <= sizeBytes;
      return isRight ? { kind, id, offset, length } : null;
    }
    case 'drawn':
      return isCount(pages) ? { kind, pages } : null;
    case 'failed':
      return reason === 'password' || reason === 'broken' ? { kind, reason } : null;
    case 'key': {
      const known = FRAME_KEYS.find(candidate => candidate === key);
      return known === undefined ? null : { kind, key: known };
    }
    default:
      return null;
  }
}
