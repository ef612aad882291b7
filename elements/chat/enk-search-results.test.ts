import { deepActiveElement } from '@enk/internal';
import { expect } from '@esm-bundle/chai';
import { press } from './test/keyboard.ts';
import { contactIdOf } from './test/people.ts';
import { enter, find, findAll, settle, showState, type ShownState, untilFound } from './test/show-state.ts';
import { makeStage } from './test/stage.ts';
import { stateNamed } from './test/states.ts';

describe('search in enk-chat', () => {
  let stage: HTMLElement;

  async function show(name: string, widthPx = 1000): Promise<ShownState> {
    stage?.remove();
    stage = makeStage({ widthPx });
    return showState(stateNamed(name), stage);
  }

  afterEach(() => stage.remove());

  it('shows people and messages with what was found marked, as text', async () => {
    const { chat } = await show('search');
    const rows = findAll(chat, 'contact-row');
    expect(rows.map(row => row.dataset['contactId'])).to.include(contactIdOf('Ana'));
    const marks = findAll(chat, 'search-hit').map(hit =>
      hit.querySelector('mark')?.textContent?.toLowerCase(),
    );
    expect(marks).to.have.length.above(1);
    expect(new Set(marks)).to.deep.equal(new Set(['an']));
  });

  it('opens the conversation at the message that was chosen', async () => {
    const { chat, services } = await show('search');
    const [hit] = findAll(chat, 'search-hit');
    hit?.click();
    await settle(chat);
    await settle(chat);
    const position = Number(hit?.dataset['position']);
    expect(services.log.named('showAround')).to.deep.equal([position]);
    const found = findAll(chat, 'message').filter(message => message.classList.contains('found'));
    expect(found.map(message => message.dataset['position'])).to.deep.equal([`${position}`]);
    expect(deepActiveElement()).to.equal(found[0]);
  });

  it('says so when nothing is found, and Escape brings the list back', async () => {
    const { chat } = await show('search-nothing');
    expect(find(chat, 'search-nothing').textContent).to.contain('xylophone');
    press(find(chat, 'search-input'), 'Escape');
    await settle(chat);
    expect(findAll(chat, 'search-nothing')).to.deep.equal([]);
    expect(findAll(chat, 'contact-row').length).to.be.above(3);
    expect(deepActiveElement()).to.equal(find(chat, 'search-input'));
  });

  it('goes with the arrows from the field into the results; Enter opens the first', async () => {
    const { chat } = await show('search', 360);
    press(find(chat, 'search-input'), 'ArrowDown');
    expect(deepActiveElement()?.getAttribute('data-testid')).to.equal('contact-row');
    press(deepActiveElement(), 'End');
    expect(deepActiveElement()).to.equal(findAll(chat, 'search-hit').at(-1));
    await enter(chat, 'search-input', 'contract');
    press(find(chat, 'search-input'), 'Enter');
    while (!chat.shadowRoot?.querySelector('enk-conversation')) await new Promise(requestAnimationFrame);
    expect(chat.shadowRoot?.querySelector('enk-conversation')?.contact?.name).to.equal('Jonas Lindqvist');
  });

  it('asks for what was typed last only', async () => {
    const { chat, services } = await show('list');
    for (const text of ['c', 'co', 'con', 'contract']) await enter(chat, 'search-input', text);
    await untilFound(chat);
    expect(services.log.named('search')).to.deep.equal([{ query: 'contract' }]);
  });
});
