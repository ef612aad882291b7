// Runs a TypeScript program of this repository after making sure that its dependencies are installed.
// Plain Node, no dependencies: it must work on a fresh clone. usage: node tools/run.mjs FILE [ARGS…]
import { spawnSync } from 'node:child_process';
import { ensureDependencies, root } from './ensure-dependencies.mjs';

ensureDependencies();
const [file = '', ...args] = process.argv.slice(2);
const run = spawnSync(process.execPath, ['--import', 'tsx', file, ...args], { cwd: root, stdio: 'inherit' });
if (run.error) throw run.error;
process.exitCode = run.status ?? 1;
