import type { ContactId } from '@enk/context';
import { deepActiveElement } from '@enk/internal';
import { expect } from '@esm-bundle/chai';
import { focusedTestId, press } from './test/keyboard.ts';
import { contactIdOf } from './test/people.ts';
import { deepElements, enter, find, findAll, settle, showState, type ShownState } from './test/show-state.ts';
import { makeStage } from './test/stage.ts';
import { stateNamed } from './test/states.ts';

describe('dialogs of enk-chat', () => {
  let stage: HTMLElement;

  async function show(name: string, widthPx = 1000): Promise<ShownState> {
    stage?.remove();
    stage = makeStage({ widthPx });
    return showState(stateNamed(name), stage);
  }

  afterEach(() => stage.remove());

  it('accepts a pasted invite under the given name and opens the chat', async () => {
    const { chat, services } = await show('accept-valid');
    const added = new Promise<Event>(resolve =>
      document.addEventListener('enk-contact-added', resolve, { once: true }),
    );
    await enter(chat, 'invite-name', 'Ana');
    find(chat, 'invite-accept').click();
    await settle(chat);
    expect(services.log.named('acceptInvite')).to.have.length(1);
    expect(((await added) as Event & { contactId?: ContactId }).contactId).to.equal('new');
    expect(findAll(chat, 'invite-token-input')).to.deep.equal([]);
  });

  it('asks about an invite that the page hands in, once', async () => {
    const { chat } = await show('empty');
    chat.invite = 'token';
    await settle(chat);
    expect(findAll(chat, 'invite-valid')).to.have.length(1);
    press(deepActiveElement(), 'Escape');
    await settle(chat);
    expect(findAll(chat, 'invite-valid')).to.deep.equal([]);
  });

  it('says what is wrong with an invite', async () => {
    const { chat } = await show('accept-invalid');
    expect(find(chat, 'invite-invalid').textContent).to.contain('expired');
    expect(findAll(chat, 'invite-accept')).to.deep.equal([]);
  });

  it('shows the link that it made, and takes it back', async () => {
    const { chat, services } = await show('invite-link');
    expect(find<HTMLInputElement>(chat, 'invite-link').value).to.match(/#invite=[a-z2-7]+$/);
    find(chat, 'invite-revoke').click();
    await settle(chat);
    expect(services.log.named('revokeInvite')).to.deep.equal(['invite-1']);
    expect(findAll(chat, 'invite-link')).to.deep.equal([]);
  });

  it('shows 60 digits in 12 groups and marks as verified', async () => {
    const { chat, services } = await show('safety-number');
    const groups = [...find(chat, 'safety-digits').children].map(({ textContent }) => textContent);
    expect(groups).to.have.length(12);
    for (const group of groups) expect(group).to.match(/^\d{5}$/);
    find(chat, 'safety-mark').click();
    await settle(chat);
    expect(services.log.named('setVerified')).to.deep.equal([
      { contactId: contactIdOf('Jonas Lindqvist'), verified: true },
    ]);
  });

  it('removes a contact only after a second word', async () => {
    const { chat, services } = await show('contact-remove');
    expect(services.log.named('remove')).to.deep.equal([]);
    find(chat, 'contact-remove-confirm').click();
    await settle(chat);
    expect(services.log.named('remove')).to.deep.equal([contactIdOf('Dr. Weber')]);
    expect(findAll(chat, 'composer-input')).to.deep.equal([]);
  });

  it('tells the page and gives the focus to the list when the shown contact was removed', async () => {
    const { chat } = await show('contact-remove');
    const selected: (ContactId | null)[] = [];
    chat.addEventListener('enk-contact-selected', event => selected.push(event.contactId));
    find(chat, 'contact-remove-confirm').click();
    await settle(chat);
    expect(selected).to.deep.equal([null]);
    expect(focusedTestId()).to.equal('contact-row');
  });

  it('takes a second invite that arrives while the first is asked about, with nothing of the first', async () => {
    const { chat } = await show('list');
    chat.invite = 'first';
    await settle(chat);
    await enter(chat, 'invite-name', 'Sam');
    chat.invite = 'second';
    await settle(chat);
    expect(find<HTMLInputElement>(chat, 'invite-name').value).to.equal('');
  });

  it('announces who asks, not the form that an answer opens', async () => {
    const { chat } = await show('list-consent');
    const announced = find(chat, 'consent-request').closest('[role=status], [aria-live]');
    expect(announced).to.equal(null);
    const banner = [...deepElements(chat.shadowRoot!)].find(
      ({ localName }) => localName === 'enk-consent-banner',
    );
    expect(banner?.shadowRoot?.querySelector('[role=status]')?.textContent).to.contain('wants to talk');
  });

  it('answers a request to talk with a name, or not', async () => {
    const { chat, services } = await show('list-consent');
    find(chat, 'consent-accept').click();
    await settle(chat);
    expect(focusedTestId()).to.equal('consent-name');
    await enter(chat, 'consent-name', 'Sam');
    find(chat, 'consent-submit').click();
    await settle(chat);
    expect(services.log.named('answerConsent')).to.deep.equal([
      { id: 'request-1', accept: true, name: 'Sam' },
    ]);
  });
});
