/**
 * `npm run bench -- NAME [--json]`: runs bench/NAME.bench.ts, whose default export measures and resolves with
 * the result. With `--json` the last line printed is the result alone; without, a table.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { runInNamespace } from '../tools/netlab/enter.ts';
import { isPrivateNamespace } from '../tools/netlab/namespace.ts';
import { root } from '../vite.config.ts';

export interface BenchCase {
  readonly name: string;
  readonly unit: string;
  readonly p50: number;
  readonly p95: number;
}

export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  /** Headline case. */
  readonly ours: number;
  /** The same, done by what we compare with, measured in the same run. */
  readonly baseline: number;
  /** `ours` ÷ `baseline`. */
  readonly ratio: number;
  readonly runs: number;
  readonly cases: readonly BenchCase[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
const file = join(root, 'bench', `${name}.bench.ts`);
if (!/^[a-z0-9-]+$/.test(name) || !existsSync(file)) {
  console.error(`There is no benchmark "${name}". usage: npm run bench -- NAME [--json]`);
  process.exit(1);
}
const { default: measure, needsLab = false } = (await import(pathToFileURL(file).href)) as {
  default: () => Promise<BenchResult>;
  /** It builds a network of its own (tools/netlab). */
  needsLab?: boolean;
};
if (needsLab && !isPrivateNamespace())
  process.exit(runInNamespace(fileURLToPath(import.meta.url), process.argv.slice(2)));
const result = await measure();
if (values.json) {
  console.log(JSON.stringify(result));
} else {
  console.table(result.cases);
  console.log(
    `${result.name}: ${result.ours} against ${result.baseline} ${result.unit}, ratio ${result.ratio}`,
  );
}
process.exit(0);
