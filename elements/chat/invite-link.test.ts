import { expect } from '@esm-bundle/chai';
import { inviteLink, inviteToken } from './invite-link.ts';

describe('invite links', () => {
  it('carry the token in the fragment, whatever the page had there', () => {
    expect(inviteLink('https://chat.example/a?b#c', 'tok-en_1')).to.equal(
      'https://chat.example/a?b#invite=tok-en_1',
    );
  });

  it('give the token back, also broken over lines or bare', () => {
    for (const text of [
      'https://chat.example/#invite=tok-en_1',
      ' https://chat.example/#view=x&invite=tok-en_1&more ',
      'https://chat.example/#invite=tok-\n  en_1',
      'tok-en_1',
    ])
      expect(inviteToken(text), text).to.equal('tok-en_1');
  });

  it('are refused without a token, and when the token is in the query that servers see', () => {
    for (const text of ['', '   ', 'https://chat.example/', 'https://chat.example/?invite=abc', 'a b!'])
      expect(inviteToken(text), text).to.equal(null);
  });
});
