/** Deleting messages and timers, as the elements show them. */
import { deepActiveElement } from '@enk/internal';
import { expect } from '@esm-bundle/chai';
import { focusedTestId, press } from './test/keyboard.ts';
import { find, findAll, settle, showState, type ShownState } from './test/show-state.ts';
import { makeStage } from './test/stage.ts';
import { stateNamed } from './test/states.ts';

describe('retention in enk-chat', () => {
  let stage: HTMLElement;

  async function show(name: string, widthPx = 1000): Promise<ShownState> {
    stage?.remove();
    stage = makeStage({ widthPx });
    return showState(stateNamed(name), stage);
  }

  afterEach(() => stage.remove());

  describe('a message', () => {
    const keyIn = (chat: Element, testId: string, key: string): void => void press(find(chat, testId), key);

    it('has a menu that the keyboard opens, walks and leaves', async () => {
      const { chat } = await show('conversation');
      const buttons = findAll(chat, 'message-menu');
      expect(buttons.filter(({ tabIndex }) => tabIndex === 0)).to.deep.equal([buttons.at(-1)]);
      buttons.at(-1)?.focus();
      press(buttons.at(-1) as HTMLElement, 'ArrowUp');
      expect(deepActiveElement()).to.equal(buttons.at(-2));
      buttons.at(-2)?.click();
      await settle(chat);
      expect(focusedTestId()).to.equal('copy');
      keyIn(chat, 'copy', 'ArrowDown');
      expect(focusedTestId()).to.equal('delete-here');
      keyIn(chat, 'delete-here', 'Escape');
      await settle(chat);
      expect(deepActiveElement()).to.equal(findAll(chat, 'message-menu').at(-2));
      expect(chat.matches(':state(conversation)'), 'Escape closed the menu alone').to.equal(true);
    });

    it('opens its menu where the pointer asks for one', async () => {
      const { chat } = await show('conversation');
      const message = findAll(chat, 'message').at(-1) as HTMLElement;
      const event = new MouseEvent('contextmenu', {
        bubbles: true,
        cancelable: true,
        clientX: 200,
        clientY: 300,
      });
      message.dispatchEvent(event);
      await settle(chat);
      expect(event.defaultPrevented).to.equal(true);
      expect(find(chat, 'message-menu-items').matches(':popover-open')).to.equal(true);
      expect(focusedTestId()).to.equal('copy');
    });

    it('of the other is deleted here alone, and can be brought back', async () => {
      const { chat, services } = await show('conversation');
      find(chat, 'message-menu').click(); // the first one: hers
      await settle(chat);
      expect(findAll(chat, 'delete-everyone')).to.deep.equal([]);
      find(chat, 'delete-here').click();
      await settle(chat);
      expect(services.log.named('deleteHere')).to.deep.equal([[0]]);
      expect(focusedTestId()).to.equal('undo-delete');
      find(chat, 'undo-delete').click();
      await settle(chat);
      expect(services.log.named('undoDelete')).to.deep.equal([[0]]);
      expect(focusedTestId()).to.equal('message-list');
      expect(findAll(chat, 'undo-delete')).to.deep.equal([]);
    });

    it('of one’s own is deleted for everyone after a question that promises nothing', async () => {
      const { chat, services } = await show('delete-for-everyone');
      expect(services.log.named('deleteForEveryone')).to.deep.equal([]);
      expect(find(chat, 'delete-everyone-confirm').closest('.stack')?.textContent).to.match(
        /is asked.*Nobody can check/s,
      );
      find(chat, 'delete-everyone-confirm').click();
      await settle(chat);
      expect(services.log.named('deleteForEveryone')).to.deep.equal([[0]]);
      expect(findAll(chat, 'delete-everyone-confirm')).to.deep.equal([]);
    });

    it('that cannot be deleted says why', async () => {
      const { chat, services } = await show('delete-for-everyone');
      services.log.refusals.set('deleteForEveryone', 'outbox-full');
      find(chat, 'delete-everyone-confirm').click();
      await settle(chat);
      expect(find(chat, 'delete-everyone-confirm').closest('.stack')?.textContent).to.contain(
        'Too many messages',
      );
    });

    it('says how long it stays, and what was deleted or set in its place', async () => {
      const { chat } = await show('conversation-timed');
      expect(findAll(chat, 'timer-line').map(({ textContent }) => textContent?.trim())).to.deep.equal([
        'You set disappearing messages: 1 hour after reading',
        'Ana set disappearing messages: 1 week after sending',
      ]);
      const left = findAll(chat, 'message-left').map(({ title }) => title);
      expect(left).to.deep.equal([
        'Disappears in 20 minutes',
        'Disappears in <\u00a01 minute',
        'Disappears in 7 days',
        'Disappears 1 hour after reading',
      ]);
      const texts = findAll(chat, 'message-text').map(({ textContent }) => textContent?.trim());
      expect(texts).to.include.members(['You deleted this message', 'Ana deleted this message']);
    });
  });

  describe('the timer of a conversation', () => {
    it('is chosen in a dialog, with when it starts', async () => {
      const { chat, services } = await show('timer-set');
      find(chat, 'timer-sending').click();
      await settle(chat);
      find(chat, 'timer-save').click();
      await settle(chat);
      expect(services.log.named('setTimer')).to.deep.equal([{ startsAt: 'sending', lifetimeMs: 3_600_000 }]);
      expect(findAll(chat, 'timer-save')).to.deep.equal([]);
    });

    it('is turned off by the same way', async () => {
      const { chat, services } = await show('conversation-timed');
      find(chat, 'timer').click();
      await settle(chat);
      expect(find<HTMLInputElement>(chat, 'timer-3600').checked).to.equal(true);
      find(chat, 'timer-0').click();
      await settle(chat);
      find(chat, 'timer-save').click();
      await settle(chat);
      expect(services.log.named('setTimer')).to.deep.equal([null]);
    });

    it('is told in the header, and whether the other’s device knows it', async () => {
      const { chat } = await show('conversation-timer-unconfirmed');
      expect(find(chat, 'timer-state').textContent).to.match(/1 week, not confirmed/);
      expect((await show('conversation-timed')).chat).to.satisfy((shown: Element) =>
        /1 hour$/.test(find(shown, 'timer-state').textContent?.trim() ?? ''),
      );
    });
  });
});
