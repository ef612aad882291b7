/**
 * Checks docs/conformance.md: every row names where a requirement is met and which test holds it, and both
 * exist. Cells: a path, `not yet`, `not yet (…)`, and for tests also `n/a (…)` or `path#part of a test's name`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ConformanceResult {
  readonly rows: number;
  readonly problems: readonly string[];
}

const isOpen = (cell: string) => /^not yet(?: \(.+\))?$/.test(cell);
const isNotApplicable = (cell: string) => /^n\/a \(.+\)$/.test(cell);

/** `root` is the folder that paths are relative to. */
export function checkConformance(markdown: string, root: string): ConformanceResult {
  const rows = markdown.split('\n').filter(line => /^\| *[A-Z]+-/.test(line));
  const seen = new Set<string>();
  const problems: string[] = rows.length === 0 ? ['the table has no rows'] : [];
  for (const row of rows) {
    const cells = row.split('|').slice(1, -1);
    const [id = '', , , where = '', test = ''] = cells.map(cell => cell.trim().replace(/^`(.*)`$/, '$1'));
    const problem = cells.length !== 5 ? 'does not have five cells' : checkRow(where, test, root);
    if (seen.has(id)) problems.push(`${id}: appears twice`);
    if (problem) problems.push(`${id}: ${problem}`);
    seen.add(id);
  }
  return { rows: rows.length, problems };
}

function checkRow(where: string, test: string, root: string): string | null {
  if (!isOpen(where) && !existsSync(join(root, where))) return `"${where}" does not exist`;
  if (isOpen(test) || isNotApplicable(test)) return null;
  const [path = '', name] = test.split('#');
  if (!existsSync(join(root, path))) return `test "${path}" does not exist`;
  if (name && !readFileSync(join(root, path), 'utf8').includes(name))
    return `${path} does not contain "${name}"`;
  return null;
}
