import { expect } from '@esm-bundle/chai';
import { identicon } from './identicon.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

describe('identicon', () => {
  it('draws the same picture for the same key and another for another key', () => {
    expect(identicon(key(7))).to.deep.equal(identicon(key(7)));
    expect(identicon(key(7))).to.not.deep.equal(identicon(key(8)));
  });

  it('fills four tiles with values that need no style attribute', () => {
    const { tiles, background } = identicon(crypto.getRandomValues(new Uint8Array(32)));
    expect(tiles).to.have.length(4);
    expect(background).to.match(/^hsl\(\d+ \d+% \d+%\)$/);
    for (const tile of tiles) expect(tile.path).to.match(/^M/);
  });
});
