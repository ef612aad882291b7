import { expect } from '@esm-bundle/chai';
import { isForeignWorker } from './worker-identity.ts';

const OLD = 'https://site.example/service-worker.0000000000000000.js';
const NEW = 'https://site.example/service-worker.1111111111111111.js';

describe('a worker that is being installed', () => {
  it('is ours when it is the first one, or the one that the accepted release names', () => {
    expect(isForeignWorker({ installing: OLD, active: null }, null)).to.equal(false);
    expect(isForeignWorker({ installing: OLD, active: null }, OLD)).to.equal(false);
    expect(isForeignWorker({ installing: NEW, active: OLD }, NEW)).to.equal(false);
  });

  it('is foreign under the address of the one that runs, since that address says its bytes', () => {
    expect(isForeignWorker({ installing: OLD, active: OLD }, OLD)).to.equal(true);
  });

  it('is foreign under an address that no accepted release names', () => {
    expect(isForeignWorker({ installing: NEW, active: OLD }, OLD)).to.equal(true);
    expect(isForeignWorker({ installing: NEW, active: OLD }, null)).to.equal(true);
  });
});
