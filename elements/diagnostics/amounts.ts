/** Amounts, times and rates as a person reads them. Pure. */
import { strings } from '@enk/internal';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
const STEP = 1_000;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A whole number with the language's separators. */
export function countText(value: number): string {
  return numberText(value, 0);
}

function numberText(value: number, maximumFractionDigits: number): string {
  return new Intl.NumberFormat(strings().language, { maximumFractionDigits }).format(value);
}

/** "812 B", "3.4 kB", "48 kB": decimal units, two or three digits. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What rounds to 1,000 is 1 of the next unit.
  while (Math.round(value) >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${numberText(value, unit > 0 && value < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

/** "1.2 kB/s"; a dash for what is not known yet. */
export function rateText(bytesPerSecond: number | null): string {
  const { diagnostics } = strings();
  return bytesPerSecond === null
    ? diagnostics.none
    : diagnostics.perSecond(bytesText(Math.round(bytesPerSecond)));
}

export function millisecondsText(ms: number | null): string {
  const { diagnostics } = strings();
  if (ms === null) return diagnostics.none;
  if (ms < 1) return diagnostics.underMillisecond;
  return diagnostics.milliseconds(numberText(ms, ms < 10 ? 1 : 0));
}

/** "43 s", "12 min", "3 h", "5 days": the largest whole unit. */
export function durationText(ms: number): string {
  const { duration } = strings().diagnostics;
  if (ms < MINUTE_MS) return duration.seconds(Math.max(0, Math.floor(ms / SECOND_MS)));
  if (ms < HOUR_MS) return duration.minutes(Math.floor(ms / MINUTE_MS));
  if (ms < DAY_MS) return duration.hours(Math.floor(ms / HOUR_MS));
  return duration.days(Math.floor(ms / DAY_MS));
}

/** "12 min ago", by this device's clock. */
export function agoText(ms: number, nowMs: number): string {
  const { diagnostics } = strings();
  const age = nowMs - ms;
  return age < SECOND_MS ? diagnostics.justNow : diagnostics.ago(durationText(age));
}
