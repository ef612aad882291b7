/** Times in words, in the language of the texts and the conventions of the person's region. */
import { strings } from './strings.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_DAYS = 7;

/** Under a POSIX locale Chromium reports "en-US@posix", which is no language tag and makes Intl throw. */
function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false; // the browser's word is not usable: the next one is tried
  }
}

/** The person's own regional form of the texts' language ("en-GB"), else the language itself. */
function locale(): string {
  const { language } = strings();
  const isOurs = (tag: string) => tag === language || tag.startsWith(`${language}-`);
  return navigator.languages.find(tag => isOurs(tag) && isLanguageTag(tag)) ?? language;
}

function format(ms: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale(), options).format(ms);
}

/** Whole local days from `ms` to `nowMs`; negative when `ms` lies in the future. */
export function daysBetween(ms: number, nowMs: number): number {
  const midnight = (value: number): number => new Date(value).setHours(0, 0, 0, 0);
  return Math.round((midnight(nowMs) - midnight(ms)) / (24 * HOUR_MS));
}

/** "14:32" */
export function clockTime(ms: number): string {
  return format(ms, { hour: 'numeric', minute: '2-digit' });
}

/** For a list: "now", "5 min", "14:32", "Yesterday", "Mon", "3 Nov", "3 Nov 2025". */
export function relativeTime(ms: number, nowMs: number): string {
  const { time } = strings();
  const agoMs = nowMs - ms;
  if (agoMs >= 0 && agoMs < MINUTE_MS) return time.now;
  if (agoMs >= 0 && agoMs < HOUR_MS) return time.minutes(Math.floor(agoMs / MINUTE_MS));
  const days = daysBetween(ms, nowMs);
  if (days === 0) return clockTime(ms);
  if (days === 1) return time.yesterday;
  if (days > 1 && days < WEEK_DAYS) return format(ms, { weekday: 'short' });
  return shortDate(ms, nowMs);
}

/** For a separator: "Today", "Yesterday", "Monday", "Monday, 3 November". */
export function dayLabel(ms: number, nowMs: number): string {
  const { time } = strings();
  const days = daysBetween(ms, nowMs);
  if (days === 0) return time.today;
  if (days === 1) return time.yesterday;
  if (days > 1 && days < WEEK_DAYS) return format(ms, { weekday: 'long' });
  const year = sameYear(ms, nowMs) ? {} : { year: 'numeric' as const };
  return format(ms, { weekday: 'long', day: 'numeric', month: 'long', ...year });
}

/** For a deadline: "today, 14:32" style, with the day when it is not today. */
export function deadline(ms: number, nowMs: number): string {
  if (daysBetween(ms, nowMs) === 0) return clockTime(ms);
  return format(ms, { weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });
}

/** The whole of it, for tooltips and screen readers. */
export function fullTime(ms: number): string {
  return format(ms, { dateStyle: 'full', timeStyle: 'short' });
}

const UNITS = [
  ['week', 7 * 24 * HOUR_MS],
  ['day', 24 * HOUR_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
  ['second', 1_000],
] as const;

/** The largest unit that fits whole, or fits at all: "1 hour", "90 minutes"; short: "1h", "90m". */
export function duration(ms: number, unitDisplay: 'long' | 'narrow' = 'long'): string {
  const whole = UNITS.find(([, unitMs]) => ms >= unitMs && ms % unitMs === 0);
  const [unit, unitMs] = whole ?? UNITS.find(([, size]) => ms >= size) ?? (['second', 1_000] as const);
  const value = Math.max(1, Math.ceil(ms / unitMs));
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay }).format(value);
}

/** What is left, in minutes at least: "6d", "23h", "14m", "<1m". */
export function timeLeft(ms: number, unitDisplay: 'long' | 'narrow' = 'narrow'): string {
  const [unit, unitMs] = UNITS.slice(0, -1).find(([, size]) => ms > size) ?? (['minute', MINUTE_MS] as const);
  const value = Math.max(1, Math.ceil(ms / unitMs));
  const text = new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay }).format(value);
  return ms < MINUTE_MS ? `<\u00a0${text}` : text;
}

function shortDate(ms: number, nowMs: number): string {
  const year = sameYear(ms, nowMs) ? {} : { year: 'numeric' as const };
  return format(ms, { day: 'numeric', month: 'short', ...year });
}

function sameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear();
}
