/** The texts in use. One language ships today; another one is another object of the same type. */
import { failureCode } from '@enk/context';
import { en, type Strings } from '../locales/en.ts';

let current: Strings = en;

/** Read it on every render, never keep it. */
export function strings(): Strings {
  return current;
}

/** Elements that are on the page show the new language with their next update. */
export function setStrings(next: Strings): void {
  current = next;
}

/** What a person reads when an intent was rejected: never a code, never a stack. */
export function errorText(error: unknown): string {
  const texts: Record<string, string> = current.error;
  const code = failureCode(error);
  return Object.hasOwn(texts, code) ? texts[code]! : current.error.internal;
}
