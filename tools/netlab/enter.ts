/** Runs a program of ours in a network namespace of its own, where a lab may be made. */
import { spawnSync } from 'node:child_process';
import { namespaceVariable } from './namespace.ts';

/** The same command again, inside; its exit status. */
export function runInNamespace(script: string, args: readonly string[]): number {
  const self = [process.execPath, '--import', 'tsx', script, ...args];
  const shell = 'ip link set lo up && exec "$@"';
  const run = spawnSync('unshare', ['-n', '--fork', '--kill-child=TERM', 'sh', '-c', shell, '_', ...self], {
    stdio: 'inherit',
    env: { ...process.env, [namespaceVariable]: '1' },
  });
  return run.status ?? 1;
}
