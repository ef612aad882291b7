/**
 * Checks that the rules of a SPEC.md and the tests name each other: every rule (`**CC-HS-07**`) stands in the title
 * of a test, and no title names a rule that does not exist.
 */
import { readFileSync } from 'node:fs';
import { listFiles } from './run-node-tests.ts';

export interface SpecRulesResult {
  readonly rules: number;
  readonly problems: readonly string[];
}

const TEST_ENDINGS = ['.test.ts', '.node-test.ts', '.e2e.ts'];
const TEST_FOLDERS = ['crypto-core', 'p2p-core', 'elements', 'shell', 'tools', 'deploy'];
/** The title of it(…), test(…) or describe(…): its first string. */
const TITLE = /\b(?:it|test|describe)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs;

/** Comments on lines of their own: what stands in them is no test. */
const COMMENT = /^\s*\/\/.*$|^\s*\/\*[^]*?\*\//gm;
/** A test that is switched off, or switches the others off. */
const SWITCHED = /\b(?:it|test|describe)\.(?:skip|only|todo)\(/;

/** The titles of all tests in one source text; none of a text with a test that is switched off. */
export function testTitles(source: string): string[] {
  const code = source.replace(COMMENT, '');
  if (SWITCHED.test(code)) return [];
  return [...code.matchAll(TITLE)].map(match => match[2] ?? '');
}

/** `prefix` is the rules' first part: `CC`, `P2P`. */
export function checkSpecRules(prefix: string, spec: string, titles: readonly string[]): SpecRulesResult {
  const defined = [...spec.matchAll(new RegExp(`\\*\\*(${prefix}-[A-Z0-9]+-\\d+)\\*\\*`, 'g'))].map(
    match => match[1] ?? '',
  );
  const rules = new Set(defined);
  const named = new Set(
    titles.flatMap(title => title.match(new RegExp(`\\b${prefix}-[A-Z0-9]+-\\d+`, 'g')) ?? []),
  );
  const problems = [
    ...(rules.size === 0 ? [`no rule ${prefix}-… was found`] : []),
    ...defined.filter((rule, index) => defined.indexOf(rule) !== index).map(rule => `${rule}: appears twice`),
    ...[...rules].filter(rule => !named.has(rule)).map(rule => `${rule}: no test names it`),
    ...[...named].filter(rule => !rules.has(rule)).map(rule => `${rule}: named by a test, but is no rule`),
  ];
  return { rules: rules.size, problems };
}

/** The titles of all tests of the repository. */
export function allTestTitles(): string[] {
  return TEST_FOLDERS.flatMap(folder => TEST_ENDINGS.flatMap(ending => listFiles(folder, ending)))
    .filter((file, index, files) => files.indexOf(file) === index)
    .flatMap(file => testTitles(readFileSync(file, 'utf8')));
}
