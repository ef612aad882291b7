import { expect } from '@esm-bundle/chai';
import { snippet } from './snippet.ts';

const shown = (text: string, ranges: readonly (readonly [number, number])[]): string =>
  snippet(text, ranges)
    .map(part => (part.isMatch ? `[${part.text}]` : part.text))
    .join('');

describe('snippet', () => {
  it('marks every match of a short message, and puts it on one line', () => {
    expect(
      shown('lunch at\n\nnoon, lunch', [
        [0, 5],
        [16, 21],
      ]),
    ).to.equal('[lunch] at noon, [lunch]');
    expect(shown('nothing marked', [])).to.equal('nothing marked');
  });

  it('shows a long message around the first match, from the beginning of a word', () => {
    const text = `${'word '.repeat(100)}needle${' after'.repeat(100)}`;
    const part = shown(text, [[500, 506]]);
    expect(part).to.match(/^…word .*\[needle\] after.*…$/);
    expect(part.length).to.be.below(180);
  });

  it('cuts no character in two', () => {
    const text = `${'👍'.repeat(60)}x`;
    expect(shown(text, [[120, 121]])).to.not.match(/^…[\udc00-\udfff]/);
  });
});
