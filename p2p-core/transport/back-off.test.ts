import { expect } from '@esm-bundle/chai';
import { BackOff } from './back-off.ts';

describe('P2P-LNK-10: BackOff', () => {
  it('doubles up to the ceiling', () => {
    const backOff = new BackOff(50, 300, () => 1);
    expect(Array.from({ length: 5 }, () => backOff.nextMs())).to.deep.equal([50, 100, 200, 300, 300]);
  });

  it('spreads each wait over half of it', () => {
    expect(new BackOff(50, 300, () => 0).nextMs()).to.equal(25);
  });

  it('begins anew after a success', () => {
    const backOff = new BackOff(50, 300, () => 1);
    backOff.nextMs();
    backOff.reset();
    expect(backOff.nextMs()).to.equal(50);
  });

  it('stays finite however long it fails', () => {
    const backOff = new BackOff(50, 300, () => 1);
    for (let i = 0; i < 5_000; i++) expect(backOff.nextMs()).to.be.at.most(300);
  });
});
