/** Prints the compromise table as measured, and holds SPEC.md to it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { compromiseRows, measureCompromise } from '../compromise/table.ts';

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim());

/** The rows of the first table after the heading, without head and rule. */
function tableAfter(document: string, heading: string): string[][] {
  const start = document.indexOf(heading);
  assert.notEqual(start, -1, `${heading} is missing`);
  const lines = document.slice(start).split('\n');
  const first = lines.findIndex(line => line.startsWith('|'));
  const rows = lines.slice(first);
  const end = rows.findIndex(line => !line.startsWith('|'));
  return rows.slice(2, end).map(cells);
}

describe('compromise', () => {
  it('CC-CMP-09: the table in SPEC.md says what was measured', async () => {
    const rows = compromiseRows(await measureCompromise());
    console.log('| Layer | A dump opens of what was before | A passive thief is out after |');
    console.log('| --- | --- | --- |');
    for (const row of rows) console.log(`| ${row.join(' | ')} |`);
    const spec = readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8');
    const written = tableAfter(spec, '## 20. Compromise (CC-CMP)');
    assert.deepEqual(written.slice(0, rows.length), rows);
    assert.equal(written.length, rows.length + 1);
    assert.equal(written.at(-1)?.[0], 'identity key and vault stolen');
  });
});
