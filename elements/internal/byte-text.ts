/** Sizes and times of transfers in words. */
import { strings } from './strings.ts';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** A size in the unit that people read it in: powers of 1,000, as systems show them. */
export function byteText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(strings().language, {
    style: 'unit',
    unit: UNITS[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power < 2 ? 0 : 1,
  }).format(bytes / 1_000 ** power);
}

/** How long something still takes, roughly. */
export function durationText(seconds: number): string {
  const { seconds: inSeconds, minutes, hours } = strings().files;
  if (seconds < 60) return inSeconds(Math.max(1, Math.ceil(seconds)));
  return seconds < 5_400 ? minutes(Math.ceil(seconds / 60)) : hours(Math.ceil(seconds / 3_600));
}
