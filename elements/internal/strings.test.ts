import { expect } from '@esm-bundle/chai';
import { errorText, strings } from './strings.ts';

describe('error words', () => {
  it('turns a known code into its sentence', () => {
    expect(errorText({ code: 'invite-expired' })).to.equal(strings().error['invite-expired']);
  });

  it('never shows a code, a message or a stack of something unknown', () => {
    const words = strings().error.internal;
    for (const thrown of [
      new Error('secret'),
      { code: 'made-up' },
      { code: 'toString' },
      null,
      'x',
      undefined,
    ])
      expect(errorText(thrown)).to.equal(words);
  });
});
