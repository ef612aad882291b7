/**
 * `node tools/run.mjs tools/random-groups.ts [--seeds N] [--from S] [--steps N] [--members N]`: MLS groups through
 * random operations, in Node, longer than the tests do it. Prints what happened; fails at the first broken claim,
 * with its seed and step.
 *
 * Node has ts-mls as published, so the mend is applied while the library loads.
 */
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from '../vite.config.ts';
import { mendTsMls } from './build/ts-mls-mend.ts';

const HOOKS = `
let mended;
export const initialize = data => { mended = data; };
export const load = (url, context, next) =>
  url.split('?')[0] === mended.url
    ? { format: 'module', source: mended.source, shortCircuit: true }
    : next(url, context);
`;

function loadTsMlsMended(): void {
  const file = join(root, 'node_modules/ts-mls/dist/src/clientState.js');
  const data = { url: pathToFileURL(file).href, source: mendTsMls(readFileSync(file, 'utf8'), file) };
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { data });
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    from: { type: 'string', default: '1' },
    steps: { type: 'string', default: '200' },
    members: { type: 'string', default: '12' },
  },
});

loadTsMlsMended();
const { runRandomGroup } = await import('../crypto-core/test/scenario/random-group.ts');
const from = Number(values.from);
const sum: Record<string, number> = {};
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const counts = await runRandomGroup({
    seed,
    steps: Number(values.steps),
    maxMembers: Number(values.members),
  });
  console.log(`seed ${seed}: ${JSON.stringify(counts)}`);
  for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + Number(count);
}
console.log(`${values.seeds} seeds of ${values.steps} steps: ${JSON.stringify(sum)}`);
