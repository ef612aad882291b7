/**
 * What one connection of a mesh may send. Each member's picture is encoded for every other one, and shown the smaller
 * the more there are: so it shrinks with their number, and the sound never does. P2P-CAL-24.
 */
import type { MediaSlot } from '../media-slots.ts';

export interface SendLimits {
  readonly maxBitrate: number;
  readonly maxFramerate?: number;
  /** Rows of the picture at most. */
  readonly maxHeight?: number;
}

/** For so many others and fewer; the last one for all beyond. */
const CAMERA: readonly (SendLimits & { readonly others: number })[] = [
  { others: 1, maxHeight: 720, maxFramerate: 30, maxBitrate: 1_500_000 },
  { others: 2, maxHeight: 480, maxFramerate: 24, maxBitrate: 700_000 },
  { others: 4, maxHeight: 360, maxFramerate: 20, maxBitrate: 400_000 },
  { others: Infinity, maxHeight: 240, maxFramerate: 15, maxBitrate: 200_000 },
];

/** Rows stay: text that cannot be read is no screen. */
const SCREEN: readonly (SendLimits & { readonly others: number })[] = [
  { others: 2, maxFramerate: 15, maxBitrate: 2_500_000 },
  { others: Infinity, maxFramerate: 8, maxBitrate: 1_200_000 },
];

export interface Audience {
  /** Members that get this slot, ourselves not counted. */
  readonly others: number;
  /** Rows of the camera that are shown there; Infinity: nobody said. */
  readonly rows: number;
}

export function sendLimits(slot: MediaSlot, { others, rows }: Audience): SendLimits {
  if (slot === 'microphone') return { maxBitrate: 48_000 };
  if (slot === 'screen-audio') return { maxBitrate: 96_000 };
  const steps = slot === 'camera' ? CAMERA : SCREEN;
  const step = steps.find(candidate => others <= candidate.others);
  if (step === undefined) throw new RangeError('others');
  const { others: _, ...limits } = step;
  return slot === 'camera' ? shownSmaller(limits, rows) : limits;
}

/** Who shows fewer rows than it would get gets those, at the rate of the smallest step that has them. */
function shownSmaller(limits: SendLimits, rows: number): SendLimits {
  if (rows >= (limits.maxHeight ?? Infinity)) return limits;
  const step = CAMERA.findLast(({ maxHeight = 0 }) => maxHeight >= rows) ?? limits;
  return { ...limits, maxHeight: rows, maxBitrate: Math.min(limits.maxBitrate, step.maxBitrate) };
}

/** Sets them on a sender that has a track. Bounds are a wish: a browser that does not take them sends with its own. */
export async function limitSender(sender: RTCRtpSender, slot: MediaSlot, audience: Audience): Promise<void> {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (encoding === undefined) return;
  const { maxBitrate, maxFramerate, maxHeight } = sendLimits(slot, audience);
  encoding.maxBitrate = maxBitrate;
  if (maxFramerate !== undefined) encoding.maxFramerate = maxFramerate;
  if (maxHeight !== undefined) encoding.scaleResolutionDownBy = scaleOf(sender.track, maxHeight);
  // When the path gets narrow, sound comes first.
  const isSound = slot === 'microphone' || slot === 'screen-audio';
  encoding.priority = isSound ? 'high' : 'low';
  encoding.networkPriority = isSound ? 'high' : 'low';
  await sender.setParameters(parameters).catch(() => undefined);
}

/** By the shorter side: a phone held upright has its rows there. */
function scaleOf(track: MediaStreamTrack | null, maxHeight: number): number {
  const { width = 0, height = 0 } = track?.getSettings() ?? {};
  return Math.max(1, Math.min(width, height) / maxHeight);
}
