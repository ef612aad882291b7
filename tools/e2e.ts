/**
 * `npm run e2e -- PATTERN`: end-to-end tests, shell/e2e/**\/*.e2e.ts. A pattern picks files by path, else tests by
 * name. As root on Linux the whole run moves into a network namespace of its own, where stock browsers connect
 * and nothing can leave the machine; elsewhere it falls back to loopback, and says so.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findOnPath } from './find-browser.mjs';
import { isBuildCurrent } from './build/source-stamp.mjs';
import { listFiles, runNodeTests } from './run-node-tests.ts';

/** For one file of tests in its long form. */
const LONG_FILE_MS = 7_200_000;

const insideVariable = 'ENK_NETWORK_NAMESPACE';

/** A pair of virtual interfaces and a default route: Chromium and Firefox gather candidates only with one. */
const enterNamespace = [
  'ip link set lo up',
  'ip link add v0 type veth peer name v1',
  'ip addr add 10.77.0.1/24 dev v0',
  'ip link set v0 up',
  'ip link set v1 up',
  'ip route add default via 10.77.0.254 dev v0',
  'exec "$@"',
].join(' && ');

function canEnterNamespace(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  if (!findOnPath('unshare') || !findOnPath('ip')) return false;
  return (
    spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']).status === 0
  );
}

/** Runs this program again inside; returns its exit code. */
function runInside(args: readonly string[]): number {
  const self = [process.execPath, '--import', 'tsx', fileURLToPath(import.meta.url), ...args];
  const run = spawnSync(
    'unshare',
    ['-n', '--fork', '--kill-child=TERM', 'bash', '-c', enterNamespace, '_', ...self],
    {
      stdio: 'inherit',
      env: { ...process.env, [insideVariable]: '1' },
    },
  );
  return run.status ?? 1;
}

async function runTests(pattern: string | undefined): Promise<void> {
  const all = listFiles('shell/e2e', '.e2e.ts');
  const byPath = pattern ? all.filter(file => file.includes(pattern)) : all;
  const isName = pattern !== undefined && byPath.length === 0;
  await runNodeTests(isName ? all : byPath, {
    ...(isName && { namePattern: pattern }),
    ...(process.env['ENK_LONG'] && { timeoutMs: LONG_FILE_MS }),
  });
}

function ensureBuild(): void {
  if (isBuildCurrent()) return;
  const build = spawnSync(process.execPath, ['--import', 'tsx', 'tools/build/build.ts'], {
    stdio: 'inherit',
  });
  if (build.status !== 0) throw new Error('The build failed, so there is nothing to test.');
}

const args = process.argv.slice(2);
if (process.env[insideVariable]) {
  await runTests(args[0]);
} else {
  ensureBuild();
  if (canEnterNamespace()) {
    process.exitCode = runInside(args);
  } else {
    console.log(
      'No network namespace here (needs root, unshare and ip): using loopback with a browser flag.',
    );
    await runTests(args[0]);
  }
}
