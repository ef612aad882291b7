import { expect } from '@esm-bundle/chai';
import { currentView, ViewHistory, type ShellView } from './view-history.ts';

function nextPopstate(): Promise<void> {
  return new Promise(resolve => window.addEventListener('popstate', () => resolve(), { once: true }));
}

describe('view history', () => {
  let views: ShellView[];
  let shell: ViewHistory;

  beforeEach(() => {
    history.pushState(null, '');
    views = [];
    shell = new ViewHistory(view => views.push(view));
    shell.connect();
  });
  afterEach(() => shell.disconnect());

  it('leads back from a conversation to the list', async () => {
    shell.noteConversation(true);
    expect(currentView()).to.equal('conversation');
    const arrived = nextPopstate();
    history.back();
    await arrived;
    expect(views).to.deep.equal(['chat']);
  });

  it('keeps one entry for any number of conversations, and gives it back when none is shown', async () => {
    const { length } = history;
    shell.noteConversation(true);
    shell.noteConversation(true);
    expect(history.length).to.equal(length + 1);
    const arrived = nextPopstate();
    shell.noteConversation(false);
    await arrived;
    expect(currentView()).to.equal('chat');
  });

  it('does not close a conversation that was opened while the list was on its way', async () => {
    shell.noteConversation(true);
    const arrived = nextPopstate();
    shell.noteConversation(false);
    shell.noteConversation(true);
    await arrived;
    expect(views).to.deep.equal(['conversation']);
    expect(currentView()).to.equal('conversation');
  });

  it('leads back from the settings to the conversation', async () => {
    shell.noteConversation(true);
    shell.enterSettings();
    expect(currentView()).to.equal('settings');
    const arrived = nextPopstate();
    shell.back();
    await arrived;
    expect(views).to.deep.equal(['conversation']);
  });

  it('writes nothing into an entry but the kind of view', () => {
    shell.noteConversation(true);
    expect(history.state).to.deep.equal({ enkView: 'conversation' });
  });
});
