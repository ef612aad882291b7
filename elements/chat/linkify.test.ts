import { expect } from '@esm-bundle/chai';
import { linkify } from './linkify.ts';

const links = (text: string): readonly string[] =>
  linkify(text)
    .filter(part => part.kind === 'link')
    .map(part => part.text);

describe('links in peer text', () => {
  it('keeps the text byte for byte', () => {
    for (const text of ['', 'plain', 'a https://a.example b', 'x\n  https://a.example/?q=1#f. ', 'http://'])
      expect(
        linkify(text)
          .map(part => part.text)
          .join(''),
      ).to.equal(text);
  });

  it('finds http and https addresses and leaves the sentence around them', () => {
    expect(links('See https://example.org/a?b=c#d, or http://example.org.')).to.deep.equal([
      'https://example.org/a?b=c#d',
      'http://example.org',
    ]);
    expect(links('(https://example.org/a_(b))')).to.deep.equal(['https://example.org/a_(b)']);
  });

  it('opens exactly the host that it shows', () => {
    expect(links('https://EXAMPLE.org:8443/x')).to.deep.equal(['https://EXAMPLE.org:8443/x']);
    expect(links('https://xn--pple-43d.example')).to.have.length(1);
  });

  for (const [why, text] of [
    ['a user name in front of the host', 'https://bank.example@evil.example/'],
    ['look-alike letters that the browser rewrites', 'https://аpple.example/'],
    ['full-width letters', 'https://ｅxample.org/'],
    ['a backslash that browsers read as a slash', 'https:\\\\evil.example'],
    ['other schemes', 'javascript:alert(1) data:text/html,x file:///etc/passwd enk://x'],
    ['no host', 'https:///x http://?'],
    ['a number that the browser rewrites', 'http://2130706433/'],
  ] as const) {
    it(`does not link ${why}`, () => {
      expect(links(text)).to.deep.equal([]);
    });
  }

  it('ends a link before direction marks and invisible letters', () => {
    expect(links('https://example.org/\u202egpj.exe')).to.deep.equal(['https://example.org/']);
    expect(links('https://example.org/\u200bx')).to.deep.equal(['https://example.org/']);
  });
});
