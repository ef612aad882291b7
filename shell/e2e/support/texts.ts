/** Texts that people really write, and strings that break software: test/vectors/text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../vite.config.ts';

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, 'test/vectors/text', name), 'utf8')) as T;
}

/** Turns of dialogues in four languages, `perLanguage` of each. */
export function dialogues(perLanguage: number): string[] {
  const { conversations } = read<{ conversations: { lang: string; turns: string[] }[] }>('dialogues.json');
  const languages = [...new Set(conversations.map(({ lang }) => lang))];
  return languages.flatMap(lang =>
    conversations
      .filter(conversation => conversation.lang === lang)
      .flatMap(({ turns }) => turns)
      .slice(0, perLanguage),
  );
}

/** Paragraphs of the Declaration of Human Rights in twelve languages, Arabic and Hebrew among them. */
export function declarations(perLanguage: number): string[] {
  const { languages } = read<{ languages: { paragraphs: string[] }[] }>('udhr.json');
  return languages.flatMap(({ paragraphs }) => paragraphs.slice(0, perLanguage));
}

/** Hostile strings. Those of white space alone are left out: no composer sends an empty message. */
export function naughtyStrings(): string[] {
  return read<{ strings: string[] }>('naughty-strings.json').strings.filter(text => text.trim() !== '');
}
