import { expect } from '@esm-bundle/chai';
import { extensionOf, nameWarnings, safeName } from './safe-name.ts';

/** claimed → kept */
const TABLE: readonly (readonly [string, string])[] = [
  ['plan.pdf', 'plan.pdf'],
  ['Äpfel & Öl (2).txt', 'Äpfel & Öl (2).txt'],
  ['日本語.txt', '日本語.txt'],
  ['سلام.txt', 'سلام.txt'],
  ['👩‍👩‍👧.png', '👩‍👩‍👧.png'],
  ['e\u0301.txt', 'é.txt'],
  // directions and what does not show
  ['photo\u202egnp.exe', 'photognp.exe'],
  ['\u2066a\u2069\u200e\u200f\u061cb.txt', 'ab.txt'],
  ['a\u200bb\ufeff\u2060c.txt', 'abc.txt'],
  ['a\u0000b\u0007\u001b[31m.txt', 'ab[31m.txt'],
  ['a\u{e0041}\u{e007f}b.txt', 'ab.txt'],
  ['\ud800x\udfff.txt', 'x.txt'],
  ['a\u2028b\nc\r\td.txt', 'abcd.txt'],
  ['a \u00a0\u3000 b.txt', 'a b.txt'],
  // ways out of a folder
  ['../../etc/passwd', '_.._.._etc_passwd'.slice(1).replace(/^\.\./u, '_')],
  ['..', 'file'],
  ['.', 'file'],
  ['', 'file'],
  ['   ', 'file'],
  ['...', 'file'],
  ['/etc/passwd', '_etc_passwd'],
  ['C:\\Windows\\a.dll', 'C__Windows_a.dll'],
  ['a\u2215b\uff0fc\uff3cd', 'a_b_c_d'],
  ['a:b*c?d"e<f>g|h', 'a_b_c_d_e_f_g_h'],
  ['.bashrc', '_bashrc'],
  ['. .a', '_a'],
  ['a.exe. .', 'a.exe'],
  ['a.txt   ', 'a.txt'],
  // devices
  ['CON', '_CON'],
  ['con.txt', '_con.txt'],
  ['NUL.tar.gz', '_NUL.tar.gz'],
  ['com1', '_com1'],
  ['LPT³.doc', '_LPT³.doc'],
  ['CONIN$', '_CONIN$'],
  ['console.txt', 'console.txt'],
  ['com10.txt', 'com10.txt'],
];

describe('safe names', () => {
  for (const [claimed, kept] of TABLE) {
    it(`P2P-TRF-10: ${JSON.stringify(claimed)} is kept as ${JSON.stringify(kept)}`, () => {
      expect(safeName(claimed)).to.equal(kept);
    });
  }

  it('P2P-TRF-10: a long name keeps its extension and fits every file system', () => {
    for (const stem of ['x', 'é', '漢', '👩‍👩‍👧']) {
      const name = safeName(`${stem.repeat(10_000)}.tiff`);
      expect(new TextEncoder().encode(name).length, stem).to.be.at.most(200);
      expect(name.endsWith('….tiff')).to.equal(true);
    }
    expect(safeName(`a.${'x'.repeat(10_000)}`).length).to.be.at.most(120);
  });

  it('P2P-TRF-10: a safe name stays as it is', () => {
    for (const [, kept] of TABLE) expect(safeName(kept)).to.equal(kept);
  });

  it('P2P-TRF-10: whatever comes, what is kept has no separator, control, direction or dot in front', () => {
    const parts = [
      '.',
      '/',
      '\\',
      ' ',
      '\u202e',
      '\u0000',
      'a',
      'con',
      '😀',
      '\ud83d',
      '\u0301',
      ':',
      '\u{e0001}',
    ];
    for (let seed = 1; seed < 3_000; seed++) {
      let state = seed;
      const next = (): number => (state = (state * 48_271) % 2_147_483_647);
      const claimed = Array.from({ length: (next() % 9) + 1 }, () => parts[next() % parts.length]).join('');
      const name = safeName(claimed);
      expect(name, JSON.stringify(claimed)).to.match(
        /^[^./\\:\s\u0000-\u001f\u202e][^/\\:\u0000-\u001f\u202e]*$/u,
      );
      expect(name).to.not.match(/[\s.]$|^con(?:\.|$)/iu);
    }
  });

  it('P2P-TRF-10: what a name tried is told', () => {
    expect(nameWarnings('plan.pdf')).to.deep.equal([]);
    expect(nameWarnings('a\u202eb')).to.deep.equal(['hidden-characters']);
    expect(nameWarnings('\ud800')).to.deep.equal(['hidden-characters']);
    expect(nameWarnings('../a')).to.deep.equal(['path']);
    expect(nameWarnings(' aux.h')).to.deep.equal(['device-name']);
    expect(nameWarnings('x'.repeat(121))).to.deep.equal(['too-long']);
  });

  it('P2P-TRF-10: extensions', () => {
    expect(['a.TXT', '.a', 'a', 'a.tar.gz', `a.${'x'.repeat(40)}`].map(extensionOf)).to.deep.equal([
      'txt',
      '',
      '',
      'gz',
      '',
    ]);
  });
});
