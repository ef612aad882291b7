import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkSpecRules, testTitles } from './spec-rules.ts';

// Put together here, so that these lines name no rule to the check itself.
const rule = (number: number): string => `XX-${'A'}-0${number}`;
const spec = `- **${rule(1)}** One.\n- **${rule(2)}** Two.`;

describe('the rules of a SPEC.md', () => {
  it('hold when each stands in the title of a test', () => {
    const { rules, problems } = checkSpecRules('XX', spec, [`${rule(1)}, ${rule(2)}: both`]);
    assert.equal(rules, 2);
    assert.deepEqual(problems, []);
  });

  it('fail when one has no test, appears twice, does not exist, or when there is none', () => {
    assert.equal(checkSpecRules('XX', spec, [`${rule(1)}: one`]).problems.length, 1);
    assert.equal(checkSpecRules('XX', spec, [`${rule(1)}, ${rule(2)}, ${rule(3)}`]).problems.length, 1);
    assert.equal(
      checkSpecRules('XX', `${spec}\n**${rule(1)}**`, [`${rule(1)} ${rule(2)}`]).problems.length,
      1,
    );
    assert.equal(checkSpecRules('XX', 'nothing', []).problems.length, 1);
  });

  it('are not held by a test in a comment, nor by one that is switched off', () => {
    assert.deepEqual(testTitles(`// it('${rule(1)}: a claim', f);\n/* it('${rule(2)}: b', f); */`), []);
    assert.deepEqual(testTitles(`describe.skip('x', () => {\n  it('${rule(1)}: a claim', f);\n});`), []);
  });

  it('are looked for in titles only, not in comments', () => {
    const source = `// ${rule(1)}\nit(\n  '${rule(2)}: a claim',\n  () => {},\n);\nit(\`${rule(3)} \${x}\`, f);`;
    assert.deepEqual(testTitles(source), [`${rule(2)}: a claim`, `${rule(3)} \${x}`]);
  });
});
