import { expect } from '@esm-bundle/chai';
import { normalizeName } from './display-name.ts';

describe('display name', () => {
  it('P2P-LIM-05: keeps names of every script and drops what would disturb a line', () => {
    expect(normalizeName('  Zoë   Ågren ')).to.equal('Zoë Ågren');
    expect(normalizeName('محمد')).to.equal('محمد');
    expect(normalizeName('👩‍👩‍👧 family')).to.equal('👩‍👩‍👧 family');
    expect(normalizeName('a\u202Egnp.exe\nb\u0000')).to.equal('a gnp.exe b');
    expect(normalizeName('e\u0301')).to.equal('é');
  });

  it('P2P-LIM-05: refuses empty and overlong names', () => {
    for (const name of ['', '   ', '\u202e\u2066', 'x'.repeat(65), 'x'.repeat(1_000_000)]) {
      expect(normalizeName(name)).to.equal(null);
    }
    expect(normalizeName('😀'.repeat(64))).to.equal('😀'.repeat(64));
  });
});
