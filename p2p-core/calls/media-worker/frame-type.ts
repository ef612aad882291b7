/**
 * The one clear byte of a video frame. A receiving browser reads from a VP8 payload's first byte whether it is a key
 * frame (RFC 6386 §9.1: lowest bit 0), before any transform sees it; without that it waits for a key frame that it never
 * recognises once a frame is lost. So the type, and nothing else of the frame, stands before the SFrame:
 *
 *     video frame = type (1: 0 key, 1 delta) ‖ SFrame, with the type as metadata (RFC 9605 §4.4.3)
 *
 * The type is authenticated: who changes it on the way makes the frame one that nobody opens. Sound has no such byte.
 * P2P-CAL-25.
 */
import { kindOf, MEDIA_SLOTS } from '../media-slots.ts';
import type { EncodedFrame } from './frame-pipe.ts';

export const FRAME_TYPE_BYTES = 1;

const NONE = new Uint8Array(0);
const KEY = new Uint8Array([0]);
const DELTA = new Uint8Array([1]);

/** What is authenticated beside one of our frames, and stands before it. */
export function frameTypeOf(slot: number, type: EncodedFrame['type']): Uint8Array<ArrayBuffer> {
  if (!isVideo(slot)) return NONE;
  return type === 'key' ? KEY : DELTA;
}

/** A received frame's type and its SFrame; null: it is none. */
export function splitFrame(
  slot: number,
  frame: Uint8Array,
): { readonly metadata: Uint8Array; readonly sframe: Uint8Array } | null {
  if (!isVideo(slot)) return { metadata: NONE, sframe: frame };
  const metadata = frame.subarray(0, FRAME_TYPE_BYTES);
  const isType = metadata[0] === 0 || metadata[0] === 1;
  return isType ? { metadata, sframe: frame.subarray(FRAME_TYPE_BYTES) } : null;
}

function isVideo(slot: number): boolean {
  const name = MEDIA_SLOTS[slot];
  return name !== undefined && kindOf(name) === 'video';
}
