import type { MessageId, MessageView } from '@enk/context';
import { deepActiveElement } from '@enk/internal';
import { expect } from '@esm-bundle/chai';
import { focusedTestId, press } from './test/keyboard.ts';
import { contactIdOf, HOSTILE_LINES } from './test/people.ts';
import { deepElements, enter, find, findAll, settle, showState, type ShownState } from './test/show-state.ts';
import { makeStage } from './test/stage.ts';
import { stateNamed } from './test/states.ts';

const ANA = contactIdOf('Ana');

describe('enk-chat', () => {
  let stage: HTMLElement;

  async function show(name: string, widthPx = 1000): Promise<ShownState> {
    stage?.remove();
    stage = makeStage({ widthPx });
    return showState(stateNamed(name), stage);
  }

  afterEach(() => stage.remove());

  describe('text of others', () => {
    it('shows hostile strings as text, exactly, and makes no element of them', async () => {
      const { chat } = await show('conversation-hostile');
      const texts = findAll(chat, 'message-text');
      expect(texts.map(element => element.textContent)).to.deep.equal(
        HOSTILE_LINES.map(([, , text]) => text),
      );
      const names = new Set(
        texts.flatMap(text => [...text.querySelectorAll('*')].map(({ localName }) => localName)),
      );
      expect([...names].filter(name => name !== 'a')).to.deep.equal([]);
    });

    it('isolates names and keeps them text', async () => {
      const { chat } = await show('conversation-hostile-name');
      const bold = [...deepElements(chat.shadowRoot!)].filter(({ localName }) => localName === 'b');
      expect(bold).to.deep.equal([]);
      const name = find(chat, 'contact-details').querySelector('bdi')!;
      expect(name.textContent).to.contain('<b>Ana</b>');
      expect(getComputedStyle(name).unicodeBidi).to.equal('isolate');
    });

    it('opens links without a way back to this page', async () => {
      const { chat } = await show('conversation');
      const links = findAll(chat, 'message-text').flatMap(text => [...text.querySelectorAll('a')]);
      expect(links).to.have.length(1);
      expect(links[0]!.rel).to.equal('noopener noreferrer');
      expect(links[0]!.textContent).to.equal(links[0]!.getAttribute('href'));
    });

    it('uses no style attribute anywhere in its markup', async () => {
      const { chat } = await show('conversation');
      const styled = [...deepElements(chat.shadowRoot!)].filter(
        element => element.hasAttribute('style') && element.localName !== 'textarea',
      );
      expect(styled).to.deep.equal([]);
    });
  });

  describe('keyboard', () => {
    it('moves through the list with the arrows; Tab sees one stop', async () => {
      const { chat } = await show('list');
      const rows = findAll(chat, 'contact-row');
      expect(rows.filter(row => row.tabIndex === 0)).to.have.length(1);
      rows[0]!.focus();
      press(deepActiveElement(), 'ArrowDown');
      expect(deepActiveElement()).to.equal(rows[1]);
      press(deepActiveElement(), 'End');
      await settle(chat);
      expect(deepActiveElement()).to.equal(rows.at(-1));
      expect(rows.filter(row => row.tabIndex === 0)).to.deep.equal([rows.at(-1)]);
      press(deepActiveElement(), 'Home');
      expect(deepActiveElement()).to.equal(rows[0]);
    });

    it('goes to the composer when a conversation opens', async () => {
      const { chat } = await show('list');
      findAll(chat, 'contact-row')[1]!.click();
      await settle(chat);
      expect(focusedTestId()).to.equal('composer-input');
    });

    it('leads back from one pane with Escape, to the row it came from', async () => {
      const { chat } = await show('conversation', 360);
      expect(find(chat, 'back').checkVisibility()).to.equal(true);
      press(deepActiveElement(), 'Escape');
      await settle(chat);
      expect(findAll(chat, 'composer-input')).to.deep.equal([]);
      expect(deepActiveElement()?.getAttribute('data-contact-id')).to.equal(ANA);
    });

    it('keeps both panes on Escape when there are two', async () => {
      const { chat } = await show('conversation', 1000);
      expect(find(chat, 'back').checkVisibility()).to.equal(false);
      press(deepActiveElement(), 'Escape');
      await settle(chat);
      expect(findAll(chat, 'composer-input')).to.have.length(1);
    });

    it('closes one thing per Escape: the dialog first, the conversation afterwards', async () => {
      const { chat } = await show('conversation', 360);
      const opener = find(chat, 'safety-number');
      opener.focus();
      opener.click();
      await settle(chat);
      press(deepActiveElement(), 'Escape');
      await settle(chat);
      expect(findAll(chat, 'safety-digits')).to.deep.equal([]);
      expect(focusedTestId()).to.equal('safety-number');
      press(deepActiveElement(), 'Escape');
      await settle(chat);
      expect(findAll(chat, 'composer-input')).to.deep.equal([]);
    });
  });

  describe('composer', () => {
    it('sends on Enter exactly what was written, empties the field and says which message', async () => {
      const { chat, services } = await show('conversation');
      const sent = new Promise<Event>(resolve =>
        document.addEventListener('enk-message-sent', resolve, { once: true }),
      );
      await enter(chat, 'composer-input', '  two\nlines ');
      press(find(chat, 'composer-input'), 'Enter');
      await settle(chat);
      expect(services.log.named('send')).to.deep.equal(['  two\nlines ']);
      expect(find<HTMLTextAreaElement>(chat, 'composer-input').value).to.equal('');
      expect(Object.keys(await sent).sort()).to.deep.equal(['contactId', 'isTrusted', 'messageId']);
      expect(findAll(chat, 'message').at(-1)!.dataset['state']).to.equal('queued');
    });

    it('does not send on Shift+Enter, nor on the Enter that ends a composition', async () => {
      const { chat, services } = await show('conversation');
      await enter(chat, 'composer-input', 'あ');
      const field = find(chat, 'composer-input');
      expect(press(field, 'Enter', { shiftKey: true }).defaultPrevented).to.equal(false);
      expect(press(field, 'Enter', { isComposing: true }).defaultPrevented).to.equal(false);
      expect(press(field, 'Enter', { keyCode: 229 } as KeyboardEventInit).defaultPrevented).to.equal(false);
      expect(services.log.named('send')).to.deep.equal([]);
    });

    it('sends neither nothing nor white space', async () => {
      const { chat, services } = await show('conversation');
      for (const text of ['', ' \n ']) {
        await enter(chat, 'composer-input', text);
        find(chat, 'send').click();
      }
      expect(services.log.named('send')).to.deep.equal([]);
    });

    it('takes 64 KiB of UTF-8 and says so above', async () => {
      const { chat, services } = await show('conversation');
      await enter(chat, 'composer-input', 'é'.repeat(32 * 1024));
      expect(find(chat, 'send').getAttribute('aria-disabled')).to.equal('false');
      await enter(chat, 'composer-input', `${'é'.repeat(32 * 1024)}!`);
      find(chat, 'send').click();
      await settle(chat);
      expect(services.log.named('send')).to.deep.equal([]);
      const field = find(chat, 'composer-input');
      const problem = (field.getRootNode() as ShadowRoot).getElementById(
        field.getAttribute('aria-describedby')!,
      );
      expect(problem?.textContent).to.contain('65 KiB of 64 KiB');
    });

    it('gives the text back when it could not be kept, and says so', async () => {
      const { chat, services } = await show('conversation');
      services.log.refusals.set('send', 'outbox-full');
      await enter(chat, 'composer-input', 'precious');
      find(chat, 'send').click();
      await settle(chat);
      const field = find<HTMLTextAreaElement>(chat, 'composer-input');
      expect(field.value).to.equal('precious');
      expect((field.getRootNode() as ShadowRoot).querySelector('[role=alert]')?.textContent).to.contain(
        'Too many messages wait',
      );
    });

    it('keeps a draft for each contact', async () => {
      const { chat } = await show('conversation');
      await enter(chat, 'composer-input', 'for Ana');
      chat.selectContact(contactIdOf('Dr. Weber'));
      await settle(chat);
      expect(find<HTMLTextAreaElement>(chat, 'composer-input').value).to.equal('');
      chat.selectContact(ANA);
      await settle(chat);
      expect(find<HTMLTextAreaElement>(chat, 'composer-input').value).to.equal('for Ana');
    });

    it('grows with the text and shrinks again', async () => {
      const { chat } = await show('conversation');
      const field = find(chat, 'composer-input');
      const oneLine = field.offsetHeight;
      await enter(chat, 'composer-input', 'a\nb\nc\nd');
      expect(field.offsetHeight).to.be.greaterThan(oneLine + 40);
      await enter(chat, 'composer-input', 'a');
      expect(field.offsetHeight).to.equal(oneLine);
    });
  });

  describe('messages', () => {
    const received = (position: number): MessageView => ({
      id: `late-${position}` as MessageId,
      contactId: ANA,
      position,
      kind: 'text',
      timer: null,
      vanishesAtMs: null,
      isMine: false,
      text: 'late',
      sentAtMs: Date.now(),
      state: 'received',
    });

    it('are a log that begins at its end and follows it', async () => {
      const { chat, services } = await show('conversation', 360);
      const log = find(chat, 'message-list');
      expect(log.getAttribute('role')).to.equal('log');
      const isAtEnd = (): boolean => log.scrollHeight - log.scrollTop - log.clientHeight < 2;
      expect(isAtEnd()).to.equal(true);
      services.conversations.conversation(ANA).append(received(100));
      await settle(chat);
      expect(isAtEnd()).to.equal(true);
    });

    it('do not pull the person down who reads above, and offer the way', async () => {
      const { chat, services } = await show('conversation', 360);
      const log = find(chat, 'message-list');
      log.scrollTop = 0;
      log.dispatchEvent(new Event('scroll'));
      services.conversations.conversation(ANA).append(received(100));
      await settle(chat);
      expect(log.scrollTop).to.equal(0);
      const button = find(chat, 'scroll-to-latest');
      expect(button.textContent).to.contain('1 new message');
      button.click();
      await settle(chat);
      expect(log.scrollHeight - log.scrollTop - log.clientHeight).to.be.lessThan(2);
      expect(findAll(chat, 'scroll-to-latest')).to.deep.equal([]);
    });

    it('mark where the unread ones begin', async () => {
      const { chat } = await show('conversation-unread');
      const marker = find(chat, 'unread-marker');
      expect(marker.nextElementSibling?.textContent).to.contain('Great, take your time');
    });

    it('say how far an own message got, in words', async () => {
      const { chat } = await show('conversation-waiting');
      expect(find(chat, 'message').textContent).to.contain('Waiting to be sent');
    });

    it('are announced when they come, not when a conversation opens', async () => {
      const { chat, services } = await show('conversation');
      const log = (): HTMLElement => find(chat, 'message-list');
      expect(log().getAttribute('aria-live')).to.equal('off');
      services.conversations.conversation(ANA).append(received(100));
      await settle(chat);
      expect(log().hasAttribute('aria-live')).to.equal(false);
      const before = log();
      chat.selectContact(contactIdOf('Jonas Lindqvist'));
      await settle(chat);
      expect(log()).not.to.equal(before);
    });

    it('ask for older pages near the top', async () => {
      const { chat, services } = await show('conversation', 360);
      const conversation = services.conversations.conversation(ANA);
      if (conversation.snapshot.kind === 'open')
        conversation.replace({ ...conversation.snapshot, hasOlder: true });
      await settle(chat);
      find(chat, 'message-list').dispatchEvent(new Event('scroll'));
      find(chat, 'message-list').scrollTop = 0;
      find(chat, 'message-list').dispatchEvent(new Event('scroll'));
      expect(services.log.named('loadOlder')).to.deep.equal([ANA]);
    });
  });

  describe('state in words', () => {
    for (const [state, connection, verification] of [
      ['conversation', 'Connected', 'Verified'],
      ['conversation-waiting', 'Waiting for Dr. Weber to come online', 'Not verified, came by your link'],
      ['conversation-connecting', 'Checking keys…', 'Verified'],
      ['conversation-lost', 'Connection lost, reconnecting…', 'Verified'],
      ['restored-device', 'Connected', 'Not verified'],
      ['stopped', 'Connection stopped', 'Verified'],
    ] as const) {
      it(`${state}: "${connection} · ${verification}"`, async () => {
        const { chat } = await show(state);
        expect(find(chat, 'connection-state').textContent).to.equal(connection);
        expect(find(chat, 'verification-state').textContent).to.equal(verification);
      });
    }

    it('says that nothing is sent to a stranger at a known address, and claims no verification', async () => {
      const { chat } = await show('someone-else-answers');
      expect(find(chat, 'connection-state').textContent).to.equal(
        'Someone else answers at this address. Nothing is sent.',
      );
      expect(findAll(chat, 'verification-state')).to.deep.equal([]);
    });

    it('P2P-SES-30: names who must update', async () => {
      const peer = await show('peer-outdated');
      expect(find(peer.chat, 'notice').textContent).to.match(/Ana must update/);
      const own = await show('self-outdated');
      expect(find(own.chat, 'notice').textContent).to.match(/Update this app/);
    });

    it('offers to dial again after it stopped', async () => {
      const { chat, services } = await show('stopped');
      find(chat, 'notice').querySelector('button')!.click();
      expect(services.log.named('reconnect')).to.deep.equal([ANA]);
    });
  });

  it('asks for a name on first run and shows why one was refused', async () => {
    const { chat, services } = await show('first-run');
    services.log.refusals.set('setDisplayName', 'name-invalid');
    await enter(chat, 'name-input', 'Mira');
    find(chat, 'name-save').click();
    await settle(chat);
    expect(services.log.named('setDisplayName')).to.deep.equal(['Mira']);
    expect(find(chat, 'name-input').getAttribute('aria-invalid')).to.equal('true');
  });

  it('says what is missing without a provider around it', async () => {
    stage = makeStage({ widthPx: 400 });
    const chat = document.createElement('enk-chat');
    stage.append(chat);
    await settle(chat);
    expect(find(chat, 'profile-state').textContent).to.contain('enk-provider');
  });

  it('has targets of at least 24 by 24 pixels', async () => {
    for (const name of ['conversation', 'list-consent', 'contact', 'invite-others']) {
      const { chat } = await show(name, 360);
      const small = [...deepElements(chat.shadowRoot!)].filter(element => {
        if (!element.matches('button, input, select, textarea') || !element.checkVisibility()) return false;
        // The name's target is drawn larger than its box.
        if (element.classList.contains('details')) return false;
        const { width, height } = element.getBoundingClientRect();
        return width < 24 || height < 24;
      });
      expect(small, name).to.deep.equal([]);
    }
  });
});
