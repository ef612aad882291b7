// Reporter of the unit tests: names and errors of what failed, the count of published vectors that ran, then one line
// `N passed, N failed, N skipped`. Where all of crypto-core runs, each vector file that did not run is a failure.
import { compareCoverage, pinnedCases } from './vector-coverage.mjs';

/** @typedef {{ path: string[], test: import('@web/test-runner').TestResult }} NamedTest */

/**
 * @param {import('@web/test-runner').TestSuiteResult | undefined} suite
 * @param {string[]} path
 * @returns {NamedTest[]}
 */
function flatten(suite, path = []) {
  if (!suite) return [];
  const own = suite.tests.map(test => ({ path: [...path, test.name], test }));
  return [...own, ...suite.suites.flatMap(inner => flatten(inner, [...path, inner.name]))];
}

/** @param {{ message?: string, stack?: string, expected?: string, actual?: string } | undefined} error */
function describe(error) {
  if (!error) return '    (no error was reported)';
  const lines = [error.message ?? 'unknown error', ...(error.stack ?? '').split('\n').slice(0, 6)];
  if (error.expected !== undefined) lines.push(`expected: ${error.expected}`, `actual:   ${error.actual}`);
  return lines
    .filter((line, index) => line.trim() && lines.indexOf(line) === index)
    .map(line => `    ${line}`)
    .join('\n');
}

/** @param {import('@web/test-runner').TestSession} session @param {string} file */
function reportSession(session, file) {
  const tests = flatten(session.testResults);
  const failed = tests.filter(({ test }) => !test.passed && !test.skipped);
  for (const { path, test } of failed) console.log(`✗ ${file}: ${path.join(' › ')}\n${describe(test.error)}`);
  for (const error of session.errors) console.log(`✗ ${file}\n${describe(error)}`);
  if (failed.length > 0 || session.errors.length > 0) {
    for (const log of session.logs) console.log('    log:', ...log);
  }
  const broken = session.errors.length > 0 || (failed.length === 0 && !session.passed) ? 1 : 0;
  return {
    passed: tests.filter(({ test }) => test.passed && !test.skipped).length,
    failed: failed.length + (failed.length === 0 ? broken : 0),
    skipped: tests.filter(({ test }) => test.skipped).length,
    skippedNames: tests.filter(({ test }) => test.skipped).map(({ path }) => `${file}: ${path.join(' › ')}`),
  };
}

/**
 * Prints each vector file's count and their sum; gives the number of files that a run of all of crypto-core missed.
 * @param {import('@web/test-runner').TestSession[]} sessions
 */
function reportVectors(sessions) {
  const texts = sessions.flatMap(session => session.logs.map(log => String(log[0])));
  const lines = [...new Set(texts.filter(text => text.startsWith('vectors: ')))].sort();
  if (lines.length > 0) console.log(lines.join('\n'));
  const { files, cases, missing } = compareCoverage(lines, pinnedCases());
  const isWholeRun = !process.argv.includes('--files') && process.env['ENK_UNIT_GROUP'] !== 'rest';
  if (isWholeRun) for (const path of missing) console.log(`✗ vectors: ${path} did not run`);
  if (lines.length > 0 || isWholeRun) console.log(`vectors: ${cases} cases of ${files} files ran`);
  return isWholeRun ? missing.length : 0;
}

/** @returns {import('@web/test-runner').Reporter} */
export function summaryLineReporter() {
  /** @param {string} testFile */
  const relative = testFile => testFile.replace(`${process.cwd()}/`, '');
  return {
    onTestRunFinished({ sessions }) {
      const total = { passed: 0, failed: 0, skipped: 0 };
      for (const session of sessions) {
        const result = reportSession(session, relative(session.testFile));
        total.passed += result.passed;
        total.failed += result.failed;
        total.skipped += result.skipped;
        for (const name of result.skippedNames) console.log(`- skipped ${name}`);
        console.log(`${result.failed ? '✗' : '✓'} ${relative(session.testFile)} (${result.passed} passed)`);
      }
      total.failed += reportVectors(sessions);
      console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
    },
  };
}
