/**
 * How a file is shown, by what its bytes are and never by its name. Pure. What can hold script (SVG, HTML, XML, PDF)
 * goes into a frame without an origin; raster images and media are decoded by the browser and run nothing.
 */
import type { FileJudgement } from '@enk/context';

const MB = 1_000_000;

export type PreviewKind =
  | 'image'
  | 'film'
  /** SVG: drawn as an image inside a frame. */
  | 'drawing'
  /** HTML: its text, or the page without script inside a frame. */
  | 'page'
  | 'pdf'
  | 'text'
  | 'none'
  /** Would be shown, but is larger than this device should take at once. */
  | 'too-large';

const LIMITS: Readonly<Partial<Record<PreviewKind, number>>> = {
  image: 100 * MB,
  drawing: 10 * MB,
};

export function previewKind(judgement: FileJudgement, sizeBytes: number): PreviewKind {
  const kind = kindOf(judgement);
  const limit = LIMITS[kind];
  return limit !== undefined && sizeBytes > limit ? 'too-large' : kind;
}

function kindOf({ detectedType, isSafeImage }: FileJudgement): PreviewKind {
  if (detectedType === null) return 'none';
  if (isSafeImage) return 'image';
  if (detectedType === 'image/svg+xml') return 'drawing';
  if (detectedType === 'text/html') return 'page';
  if (detectedType === 'application/pdf') return 'pdf';
  if (/^(?:audio|video)\//u.test(detectedType)) return 'film';
  if (/^text\/|^application\/(?:xml|rtf|x-shellscript)$/u.test(detectedType)) return 'text';
  return 'none';
}
