import { expect } from '@esm-bundle/chai';
import { takeInviteFromUrl } from './invite-from-url.ts';

describe('invite in the address', () => {
  const before = location.href;
  afterEach(() => history.replaceState(null, '', before));

  for (const [what, text] of [
    ['a token', 'AWwQMPj2L_-x'],
    ['a token that something was added to', 'AWwQ%20and%20more!'],
    ['nothing', ''],
  ] as const)
    it(`takes ${what} out of the address and the history entry`, () => {
      history.replaceState({ enkView: 'settings' }, '', `#invite=${text}`);
      expect(takeInviteFromUrl()).to.equal(text);
      expect(location.href).not.to.contain('invite');
      expect(history.state).to.deep.equal({ enkView: 'settings' });
    });

  it('leaves other fragments alone', () => {
    history.replaceState(null, '', '#section');
    expect(takeInviteFromUrl()).to.equal(null);
    expect(location.hash).to.equal('#section');
  });
});
