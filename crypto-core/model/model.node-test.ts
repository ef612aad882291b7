/** Checks the models with Spin: what must hold holds, what is planted is found, what must be reached is reached. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { faults, goals, holding, type ModelCase, type ViolationCase } from './cases.ts';
import { checkModel, describeResult, hasSpin } from './check.ts';

const skip = (await hasSpin()) ? false : 'spin and gcc are not installed';
const options = { concurrency: 2, skip };

async function assertHolds(test: TestContext, modelCase: ModelCase): Promise<void> {
  const result = await checkModel(modelCase);
  test.diagnostic(describeResult(result));
  console.log(`  ${modelCase.model}: ${modelCase.title}: ${describeResult(result)}`);
  assert.equal(result.violated, null, result.trace.join('\n'));
  assert.ok(result.states > 10, 'hardly a state was searched');
}

async function assertFound(modelCase: ViolationCase): Promise<void> {
  const { violated } = await checkModel(modelCase, modelCase.claim);
  assert.equal(violated, modelCase.claim);
}

describe('the models of the protocol', options, () => {
  for (const modelCase of holding) {
    const title = `${modelCase.model}: ${modelCase.title}: every claim holds, nothing waits for ever`;
    const check = (test: TestContext): Promise<void> => assertHolds(test, modelCase);
    if (modelCase.model === 'pair-secrets') it(`CC-MOD-04: ${title}`, check);
    else it(`CC-MOD-01: ${title}`, check);
  }
  for (const modelCase of faults) {
    it(`CC-MOD-02: ${modelCase.model}: planted and found by ${modelCase.claim}: ${modelCase.title}`, () =>
      assertFound(modelCase));
  }
  for (const modelCase of goals) {
    it(`CC-MOD-03: ${modelCase.model}: reached: ${modelCase.title}`, () => assertFound(modelCase));
  }
});

describe('the check itself', options, () => {
  it('refuses a model that does not translate', async () => {
    const [first] = holding;
    assert.ok(first);
    await assert.rejects(checkModel({ ...first, defines: ['KIND=0', 'HELLO=)'] }));
  });

  it('finds nothing where the fault is not planted', async () => {
    for (const { claim, ...modelCase } of faults.slice(0, 2)) {
      const defines = modelCase.defines.filter(define => !define.startsWith('FAULT'));
      assert.equal((await checkModel({ ...modelCase, defines }, claim)).violated, null);
    }
  });
});
