import { strings } from './strings.ts';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** "48 MB": decimal units, in the language of the texts. */
export function bytesText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1_000 ** power;
  const unit = UNITS[power] ?? 'byte';
  const style = { style: 'unit', unit, maximumFractionDigits: power > 0 && value < 10 ? 1 : 0 } as const;
  return new Intl.NumberFormat(strings().language, style).format(value);
}
