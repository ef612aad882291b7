// `npm test`: everything from a fresh clone. Ends with `N passed, N failed, N skipped`; exits non-zero when
// something failed, and in CI also when something was skipped. Plain Node, no dependencies.
import { spawn } from 'node:child_process';
import { ensureBrowser } from './ensure-browser.mjs';
import { ensureDependencies, root } from './ensure-dependencies.mjs';
import { ensureParts } from './parts.mjs';

const isCi = Boolean(process.env['CI']) && process.env['CI'] !== 'false';
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, with the lines that explain it: said again at the end, where somebody looks. */
const failures = /** @type {string[]} */ ([]);
const EXPLAINED_LINES = 12;

/**
 * Runs one step; resolves with its exit code and what it printed, once that was passed on.
 * @param {string[]} args arguments of node
 * @param {Record<string, string>} env further variables
 * @param {boolean} isLive whether its output is passed on as it comes, and not in one piece at its end
 * @returns {Promise<{ code: number, text: string }>}
 */
function run(args, env, isLive) {
  return new Promise(resolve => {
    const options = { cwd: root, env: { ...process.env, ...env } };
    const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    const stop = () => void child.kill();
    for (const signal of stopSignals) process.once(signal, stop);
    let text = '';
    child.stdout.on('data', chunk => {
      if (isLive) process.stdout.write(chunk);
      text += chunk;
    });
    child.on('error', () => resolve({ code: 1, text }));
    child.on('close', (code, signal) => {
      for (const name of stopSignals) process.off(name, stop);
      if (!isLive) process.stdout.write(text);
      if (signal) process.exit(1); // asked to stop: the next steps are not wanted
      resolve({ code: code ?? 1, text });
    });
  });
}

/** Adds the last `N passed, N failed, N skipped` line of a step; a step that says nothing and fails counts as one. */
function count(/** @type {{ code: number, text: string }} */ { code, text }) {
  const found = [...text.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/gm)].pop();
  const failed = Number(found?.[2] ?? 0);
  total.passed += Number(found?.[1] ?? 0);
  total.failed += failed > 0 ? failed : code === 0 ? 0 : 1;
  total.skipped += Number(found?.[3] ?? 0);
}

/** Keeps each `✗ …` line of a step with the indented lines below it. */
function collectFailures(/** @type {string} */ text) {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('✗')) continue;
    const rest = lines.slice(index + 1, index + 1 + EXPLAINED_LINES);
    const end = rest.findIndex(next => !next.startsWith('    '));
    failures.push([line, ...rest.slice(0, end < 0 ? rest.length : end)].join('\n'));
  }
}

/** @param {string} title @param {string[]} args */
async function step(title, args, { env = {}, isLive = true } = {}) {
  const startedMs = Date.now();
  console.log(`\n── ${title}`);
  const result = await run(args, env, isLive);
  count(result);
  collectFailures(result.text);
  console.log(
    `── ${title}: ${result.code === 0 ? 'done' : 'FAILED'} in ${Math.round((Date.now() - startedMs) / 1000)} s`,
  );
  return result.code === 0;
}

function finish() {
  const { passed, failed, skipped } = total;
  if (failures.length > 0) console.log(`\nWhat failed:\n${failures.join('\n')}`);
  if (isCi && skipped > 0) console.log('In CI every test must run: a skipped one counts as a failure.');
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 || passed === 0 || (isCi && skipped > 0) ? 1 : 0;
}

ensureDependencies();
const browser = await ensureBrowser();
if (!browser) process.exit(1);
process.env['ENK_CHROMIUM'] = browser;
for (const part of ensureParts()) console.log(`Not installed: ${part.name} (${part.usedFor}).`);

const isBuilt = await step('Build', ['--import', 'tsx', 'tools/build/build.ts']);
const wtr = ['node_modules/@web/test-runner/dist/bin.js', '--config', 'wtr.config.mjs'];
/** Beside each other: a browser with one tab keeps half of two processors busy. */
async function coreAndNode() {
  const env = { ENK_UNIT_GROUP: 'core' };
  await step('Unit tests of crypto-core in the browser', wtr, { env, isLive: false });
  await step('Tests in Node', ['--import', 'tsx', 'tools/node-tests.ts'], { isLive: false });
}
await Promise.all([
  coreAndNode(),
  step('Unit tests of the rest in the browser', wtr, { env: { ENK_UNIT_GROUP: 'rest' } }),
]);
if (isBuilt) await step('End-to-end tests', ['--import', 'tsx', 'tools/e2e.ts']);
finish();
