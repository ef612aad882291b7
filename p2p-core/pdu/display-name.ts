/**
 * Names that people give: one line, no control characters, nothing that turns the direction of what follows.
 * Names are local and unauthenticated.
 */
import { P2pError } from '../errors.ts';
import { MAX_NAME_CODE_POINTS } from '../limits.ts';

/** Controls, format characters that reorder text (bidi embeddings, overrides, isolates, marks), line separators. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** The name as it is stored and shown, or null when nothing is left of it or it is too long. */
export function normalizeName(name: string): string | null {
  if (name.length > MAX_NAME_CODE_POINTS * 8) return null;
  const cleaned = name.replace(FORBIDDEN, ' ').normalize('NFC').replace(/\s+/gu, ' ').trim();
  const length = [...cleaned].length;
  return length === 0 || length > MAX_NAME_CODE_POINTS ? null : cleaned;
}

/** Throws P2pError `name-invalid`. */
export function requireName(name: string): string {
  const normalized = normalizeName(name);
  if (normalized === null) throw new P2pError('name-invalid');
  return normalized;
}

/** Null when nothing was given. Throws P2pError `name-invalid`. */
export function optionalName(name: string): string | null {
  return name.trim() === '' ? null : requireName(name);
}
