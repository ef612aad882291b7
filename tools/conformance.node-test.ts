import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../vite.config.ts';
import { checkConformance } from './conformance.ts';

const check = (where: string, test: string) =>
  checkConformance(`| WP-1-1 | §1 | Something holds | ${where} | ${test} |`, root).problems;

describe('the conformance table', () => {
  it('takes a row whose file and test exist, and one that is open', () => {
    assert.deepEqual(check('tools/conformance.ts', 'tools/conformance.node-test.ts#refuses a row'), []);
    assert.deepEqual(check('not yet (issue 2)', 'not yet'), []);
    assert.deepEqual(check('tools', 'n/a (a statement)'), []);
  });

  it('refuses a row whose file, test, test name or cells are missing, and an empty table', () => {
    assert.equal(check('tools/nowhere.ts', 'not yet').length, 1);
    assert.equal(check('tools', 'tools/nowhere.node-test.ts').length, 1);
    assert.equal(check('tools', `tools/conformance.ts#${'no such'} name`).length, 1);
    assert.equal(checkConformance('| WP-1-1 | §1 | tools |', root).problems.length, 1);
    assert.equal(checkConformance('nothing', root).problems.length, 1);
  });

  it('of this repository holds', () => {
    const { problems } = checkConformance(readFileSync(join(root, 'docs/conformance.md'), 'utf8'), root);
    assert.deepEqual(problems, []);
  });
});
