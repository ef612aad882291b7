/**
 * `npm run e2e -- PATTERN`: end-to-end tests, shell/e2e/**\/*.e2e.ts. A pattern picks files by path, else tests by
 * name. As root on Linux each file runs in a network namespace of its own, where stock browsers connect, nothing can
 * leave the machine and no other file is met: so two files run at a time. Elsewhere all fall back to loopback, one
 * after another, and that is said.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findOnPath } from './find-browser.mjs';
import { isBuildCurrent } from './build/source-stamp.mjs';
import { listFiles, runNodeTests } from './run-node-tests.ts';

/** For one file of tests in its long form. */
const LONG_FILE_MS = 7_200_000;

const insideVariable = 'ENK_NETWORK_NAMESPACE';
/** Files at a time: most of a test is waiting for browsers. */
const LANES = 2;

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

const total = { passed: 0, failed: 0, skipped: 0 };
/** Runs under way: they end with this program, however it ends. */
const running = new Set<ChildProcess>();

function stopWithUs(): void {
  const stop = (): void => {
    for (const child of running) child.kill('SIGKILL'); // unshare heeds no other, and passes SIGTERM on
  };
  process.on('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
}

/** Runs this program again inside, for these arguments; tells what it printed once it is over, in one piece. */
function runInside(args: readonly string[]): Promise<void> {
  const self = [process.execPath, '--import', 'tsx', fileURLToPath(import.meta.url), ...args];
  const child = spawn(
    'unshare',
    ['-n', '--fork', '--kill-child=TERM', 'bash', '-c', enterNamespace, '_', ...self],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, [insideVariable]: '1' },
    },
  );
  running.add(child);
  let text = '';
  child.stdout.on('data', chunk => (text += chunk));
  return new Promise(resolve => {
    child.on('close', code => {
      running.delete(child);
      const found = [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].pop();
      const [passed, failed, skipped] = (found ?? []).slice(1).map(Number);
      total.passed += passed ?? 0;
      total.failed += failed || (code === 0 ? 0 : 1);
      total.skipped += skipped ?? 0;
      process.stdout.write(text);
      resolve();
    });
  });
}

/** The long ones first, so that none of them is left alone at the end. */
async function runFiles(files: readonly string[]): Promise<void> {
  const waiting = files.toSorted((a, b) => statSync(b).size - statSync(a).size);
  const lane = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await runInside([file]);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

interface Chosen {
  readonly files: readonly string[];
  /** Of tests in all files, when no file's path has the pattern. */
  readonly namePattern?: string;
}

function choose(pattern: string | undefined): Chosen {
  const all = listFiles('shell/e2e', '.e2e.ts');
  const byPath = pattern ? all.filter(file => file.includes(pattern)) : all;
  return pattern !== undefined && byPath.length === 0
    ? { files: all, namePattern: pattern }
    : { files: byPath };
}

function ensureBuild(): void {
  if (isBuildCurrent()) return;
  const build = spawnSync(process.execPath, ['--import', 'tsx', 'tools/build/build.ts'], {
    stdio: 'inherit',
  });
  if (build.status !== 0) throw new Error('The build failed, so there is nothing to test.');
}

const [pattern] = process.argv.slice(2);
const { files, ...chosen } = choose(pattern);
const options = { ...chosen, ...(process.env['ENK_LONG'] && { timeoutMs: LONG_FILE_MS }) };
if (process.env[insideVariable]) {
  await runNodeTests(files, options);
} else {
  ensureBuild();
  if (canEnterNamespace()) {
    stopWithUs();
    if (options.namePattern === undefined) await runFiles(files);
    else await runInside([options.namePattern]);
    console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
    process.exitCode = total.failed > 0 ? 1 : 0;
  } else {
    console.log(
      'No network namespace here (needs root, unshare and ip): using loopback with a browser flag.',
    );
    await runNodeTests(files, options);
  }
}
