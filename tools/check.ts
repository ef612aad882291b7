/** `npm run check`: types, lint, format, and the conformance table. Runs every step, then fails if any did. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../vite.config.ts';
import { checkConformance } from './conformance.ts';

const failed: string[] = [];

function tool(title: string, file: string, args: readonly string[]): void {
  const run = spawnSync(process.execPath, [join(root, 'node_modules', file), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  console.log(`${run.status === 0 ? '✓' : '✗'} ${title}`);
  if (run.status !== 0) failed.push(title);
}

function conformance(): void {
  const file = join(root, 'docs/conformance.md');
  const { rows, problems } = existsSync(file)
    ? checkConformance(readFileSync(file, 'utf8'), root)
    : { rows: 0, problems: ['docs/conformance.md does not exist'] };
  for (const problem of problems) console.error(`  ${problem}`);
  console.log(`${problems.length === 0 ? '✓' : '✗'} conformance table (${rows} rows)`);
  if (problems.length > 0) failed.push('conformance table');
}

tool('types of what runs in browsers', 'typescript/bin/tsc', ['-p', 'tsconfig.json', '--noEmit']);
tool('types of what runs in Node', 'typescript/bin/tsc', ['-p', 'tsconfig.node.json', '--noEmit']);
tool('lint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']);
tool('format', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']);
conformance();
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
