import { expect } from '@esm-bundle/chai';
import { mendTsMls } from './ts-mls-mend.ts';

const file = '/node_modules/ts-mls/dist/src/clientState.js';

describe('the ts-mls mend', () => {
  it('is part of what this page was served', async () => {
    const served = await (await fetch(file)).text();
    expect(served).to.contain('dpNode.parent.unmergedLeaves.includes(unmergedLeaf)');
    expect(served).not.to.contain('arraysEqual(dpNode.parent.unmergedLeaves');
  });

  it('refuses a source to which it does not apply', () => {
    expect(() => mendTsMls('export {};', file)).to.throw('does not apply');
  });

  it('leaves every other file alone', () => {
    expect(mendTsMls('export {};', '/node_modules/ts-mls/dist/src/index.js')).to.equal('export {};');
  });
});
