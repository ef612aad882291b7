/** `npm run check`: types, lint, format, the rules of each SPEC.md, and the conformance table. Runs every step, then fails if any did. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../vite.config.ts';
import { checkConformance } from './conformance.ts';
import { allTestTitles, checkSpecRules } from './spec-rules.ts';

const failed: string[] = [];

/** Runs one tool; what it says is printed once it is over, in one piece. */
function tool(title: string, file: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'node_modules', file), ...args], { cwd: root });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += chunk));
  return new Promise(resolve => {
    child.on('close', code => {
      console.log(`${text}${code === 0 ? '✓' : '✗'} ${title}`);
      if (code !== 0) failed.push(title);
      resolve();
    });
  });
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

function specRules(prefix: string, spec: string, titles: readonly string[]): void {
  const { rules, problems } = checkSpecRules(prefix, readFileSync(join(root, spec), 'utf8'), titles);
  for (const problem of problems) console.error(`  ${problem}`);
  console.log(`${problems.length === 0 ? '✓' : '✗'} rules of ${spec} (${rules})`);
  if (problems.length > 0) failed.push(`rules of ${spec}`);
}

async function types(): Promise<void> {
  await tool('types of what runs in browsers', 'typescript/bin/tsc', ['-p', 'tsconfig.json', '--noEmit']);
  await tool('types of what runs in Node', 'typescript/bin/tsc', ['-p', 'tsconfig.node.json', '--noEmit']);
  await tool('format', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']);
}

await Promise.all([types(), tool('lint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0'])]);
const titles = allTestTitles();
specRules('CC', 'crypto-core/SPEC.md', titles);
specRules('P2P', 'p2p-core/SPEC.md', titles);
conformance();
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
