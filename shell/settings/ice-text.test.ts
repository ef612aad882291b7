import { expect } from '@esm-bundle/chai';
import { formatIceText, parseIceText } from './ice-text.ts';

describe('ICE servers as text', () => {
  it('reads STUN and TURN lines and writes them back the same', () => {
    const text = 'stun:stun.example.org\nturns:turn.example.org:5349?transport=tcp ana secret';
    const result = parseIceText(text);
    expect(result).to.deep.equal({
      kind: 'valid',
      servers: [
        { urls: 'stun:stun.example.org' },
        { urls: 'turns:turn.example.org:5349?transport=tcp', username: 'ana', credential: 'secret' },
      ],
    });
    expect(result.kind === 'valid' && formatIceText(result.servers)).to.equal(text);
  });

  it('passes over empty lines and takes an empty text as no servers', () => {
    expect(parseIceText('\n  \n')).to.deep.equal({ kind: 'valid', servers: [] });
  });

  for (const [name, line] of [
    ['another scheme', 'https://example.org'],
    ['a TURN server without credentials', 'turn:example.org'],
    ['a STUN server with credentials', 'stun:example.org ana secret'],
    ['too many words', 'turn:example.org ana secret more'],
  ] as const) {
    it(`refuses ${name} and names the line`, () => {
      expect(parseIceText(`stun:ok.example\n${line}`)).to.deep.equal({ kind: 'invalid', line: 2 });
    });
  }
});
