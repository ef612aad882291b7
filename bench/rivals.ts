/** What benchmarks compare with (bench/rivals): installed when a benchmark needs it, from its own lock file. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('rivals/', import.meta.url));

/** Path of the rivals' node_modules, installed if need be. Throws when that fails. */
export function ensureRivals(): string {
  const modules = `${folder}node_modules`;
  if (!existsSync(`${modules}/.package-lock.json`)) {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--workspaces=false'];
    const run = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
    if (run.status !== 0) throw new Error('Could not install what the benchmark compares with');
  }
  return modules;
}
