/**
 * What a test puts into a vault to look for it afterwards: each message, name and file has a word of its own, so that
 * parts of a text (the words of a search index) are found as well as the whole.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secrets } from './scan.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** Twelve letters that stand nowhere else in the world. */
export const knownWord = (): string =>
  Array.from(randomBytes(12), byte => LETTERS[byte % LETTERS.length]).join('');

export interface KnownFile {
  readonly name: string;
  readonly lines: readonly string[];
}

export interface KnownContent {
  readonly texts: readonly string[];
  /** Of contacts, and so of conversations. */
  readonly names: readonly string[];
  readonly files: readonly KnownFile[];
}

export interface ContentSizes {
  readonly texts: number;
  readonly names: number;
  readonly files: number;
}

/** Files from one line up, larger than two chunks the last. */
export function makeKnownContent(sizes: ContentSizes): KnownContent {
  const each = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));
  return {
    texts: each(sizes.texts, index => `${index}: größer als ${knownWord()} 東京`),
    names: each(sizes.names, () => `Contact ${knownWord()}`),
    files: each(sizes.files, index => ({
      name: `${knownWord()}.txt`,
      lines: each(1 + index * index * 60, n => `${n} ${knownWord()}`),
    })),
  };
}

export const fileText = ({ lines }: KnownFile): string => `${lines.join('\n')}\n`;

/** Everything of it to look for, named by what it is; of a file's lines the first, the last and one in ten. */
export function secretsOf({ texts, names, files }: KnownContent): Secrets {
  const word = (text: string): string => /[a-z]{12}/.exec(text)?.[0] ?? '';
  return new Map<string, string>([
    ...texts.flatMap((text, n): [string, string][] => [
      [`message ${n}`, text],
      [`word of message ${n}`, word(text)],
    ]),
    ...names.map((name, n): [string, string] => [`name ${n}`, word(name)]),
    ...files.flatMap(({ name, lines }, n): [string, string][] => [
      [`name of file ${n}`, word(name)],
      ...lines
        .filter((_, at) => at % 10 === 0 || at === lines.length - 1)
        .map((line, at): [string, string] => [`file ${n}, ${at}`, word(line)]),
    ]),
  ]);
}

/** Paths of the files in a folder outside of every browser's, to be chosen by hand; `remove` takes them away. */
export function writeFiles(files: readonly KnownFile[]): { paths: string[]; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'enk-files-'));
  const paths = files.map(file => {
    const path = join(folder, file.name);
    writeFileSync(path, fileText(file));
    return path;
  });
  return { paths, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
