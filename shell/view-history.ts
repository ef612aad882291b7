/**
 * What the browser's own back button means: settings, files and an open conversation are entries of the history, so "back"
 * (on a phone: the gesture) leads to the list instead of out of the app. Entries say which view it was, never whose:
 * browsers write them to disk.
 */
export type ShellView = 'chat' | 'conversation' | 'settings' | 'files';

/** The view that the current history entry stands for. */
export function currentView(): ShellView {
  const state: unknown = history.state;
  const view = typeof state === 'object' && state !== null && 'enkView' in state ? state.enkView : undefined;
  return view === 'settings' || view === 'files' || view === 'conversation' ? view : 'chat';
}

function enter(view: ShellView): void {
  history.pushState({ enkView: view }, '');
}

export class ViewHistory {
  readonly #onChange: (view: ShellView) => void;
  #isConversationOpen = false;
  /** Steps back that were asked for here and have not arrived yet. */
  #ownSteps = 0;
  #listening: AbortController | undefined;

  /** `onChange` hears of the views that the browser's buttons lead to. */
  constructor(onChange: (view: ShellView) => void) {
    this.#onChange = onChange;
  }

  connect(): void {
    this.#listening = new AbortController();
    window.addEventListener('popstate', this.#onPopstate, { signal: this.#listening.signal });
  }

  disconnect(): void {
    this.#listening?.abort();
  }

  enterSettings(): void {
    enter('settings');
  }

  enterFiles(): void {
    enter('files');
  }

  /** The current entry stands for the conversations from here on. */
  forget(): void {
    history.replaceState({ enkView: 'chat' }, '');
  }

  back(): void {
    history.back();
  }

  /** The chat shows a conversation, or none. */
  noteConversation(isOpen: boolean): void {
    this.#isConversationOpen = isOpen;
    if (this.#ownSteps > 0) return; // decided when the step arrives
    if (isOpen && currentView() === 'chat') enter('conversation');
    if (isOpen || currentView() !== 'conversation') return;
    this.#ownSteps++;
    history.back();
  }

  readonly #onPopstate = (): void => {
    if (this.#ownSteps > 0) {
      this.#ownSteps--;
      // Another conversation was opened while the step back was under way.
      if (this.#isConversationOpen && currentView() === 'chat') enter('conversation');
    }
    this.#onChange(currentView());
  };
}
