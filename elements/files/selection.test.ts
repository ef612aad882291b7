import { expect } from '@esm-bundle/chai';
import { all, extend, NOTHING, only, toggle } from './selection.ts';

const SHOWN = ['a', 'b', 'c', 'd'];
const ids = (selection: { readonly ids: ReadonlySet<string> }): string[] => [...selection.ids].sort();

describe('selection', () => {
  it('takes one more and one less', () => {
    const one = toggle(NOTHING, 'b');
    expect(ids(one)).to.deep.equal(['b']);
    expect(ids(toggle(one, 'b'))).to.deep.equal([]);
    expect(ids(NOTHING)).to.deep.equal([]);
  });

  it('takes ranges in both directions from what was chosen last, and from nothing one', () => {
    expect(ids(extend(toggle(NOTHING, 'd'), 'b', SHOWN))).to.deep.equal(['b', 'c', 'd']);
    expect(ids(extend(extend(toggle(NOTHING, 'b'), 'c', SHOWN), 'a', SHOWN))).to.deep.equal(['a', 'b', 'c']);
    expect(ids(extend(NOTHING, 'c', SHOWN))).to.deep.equal(['c']);
    expect(ids(extend(toggle(NOTHING, 'gone'), 'c', SHOWN))).to.deep.equal(['c', 'gone']);
  });

  it('forgets what is not shown, and stays itself when nothing changed', () => {
    const whole = all(SHOWN);
    expect(ids(only(whole, ['b', 'x']))).to.deep.equal(['b']);
    expect(only(whole, SHOWN)).to.equal(whole);
  });
});
