/**
 * The shape of a voice message: 64 levels, as its sender drew it, in a comment of the Ogg file itself (RFC 7845 §5.2), so
 * that it is sealed and hashed with the sound and nobody decodes the sound to draw it. Pure.
 */
export const WAVEFORM_BARS = 64;
/** Levels are 0 … 31: as fine as bars of a few pixels show. */
const LEVELS = 32;
const TAG = 'ENKWAVE';
const DIGITS = '0123456789abcdefghijklmnopqrstuv';
/** The comment stands in the second page of the file. */
export const WAVEFORM_HEAD_BYTES = 4_096;

/** What was heard (each 0 … 1), in so many bars that the loudest one is full. */
export function waveformOf(levels: readonly number[]): readonly number[] {
  const loudest = Math.max(0.01, ...levels);
  return Array.from({ length: WAVEFORM_BARS }, (_, bar) => {
    const from = Math.floor((bar * levels.length) / WAVEFORM_BARS);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * levels.length) / WAVEFORM_BARS));
    const level = Math.max(0, ...levels.slice(from, to)) / loudest;
    return Math.min(LEVELS - 1, Math.round(level * (LEVELS - 1)));
  });
}

export interface Waveform {
  /** WAVEFORM_BARS of them. */
  readonly bars: readonly number[];
  /** As its sender says; the sound itself has the last word. */
  readonly durationS: number;
}

/** The comment: its name and its value. */
export function waveformTag({ bars, durationS }: Waveform): readonly [string, string] {
  return [TAG, `${bars.map(level => DIGITS[level] ?? '0').join('')}.${Math.ceil(durationS)}`];
}

/** What stands in the first bytes of a file; null when it is no voice message of ours, or not a whole one. */
export function parseWaveform(head: Uint8Array): Waveform | null {
  const text = String.fromCharCode(...head.subarray(0, WAVEFORM_HEAD_BYTES));
  const found = new RegExp(`${TAG}=([${DIGITS}]{${WAVEFORM_BARS}})\\.(\\d{1,4})`, 'u').exec(text);
  const [, levels, seconds] = found ?? [];
  if (levels === undefined) return null;
  return { bars: [...levels].map(digit => DIGITS.indexOf(digit)), durationS: Number(seconds) };
}
