import { expect } from '@esm-bundle/chai';
import { html, render } from 'lit';
import './index.ts';
import { addDismissible } from './dismissible-stack.ts';
import { deepActiveElement, type EnkDialog } from './enk-dialog.ts';

function pressEscape(init: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', {
    key: 'Escape',
    bubbles: true,
    composed: true,
    cancelable: true,
    ...init,
  });
  (document.activeElement ?? document.body).dispatchEvent(event);
  return event;
}

describe('enk-dialog', () => {
  let stage: HTMLElement;
  let dialog: EnkDialog;
  let requests: number;

  beforeEach(async () => {
    stage = document.createElement('div');
    document.body.append(stage);
    requests = 0;
    render(
      html`<button id="opener">open</button>
        <enk-dialog heading="Title" @enk-dialog-close-request=${() => requests++}>
          <input autofocus />
        </enk-dialog>`,
      stage,
    );
    dialog = stage.querySelector<EnkDialog>('enk-dialog')!;
    await dialog.updateComplete;
    stage.querySelector<HTMLElement>('#opener')!.focus();
    dialog.open = true;
    await dialog.updateComplete;
  });

  afterEach(() => stage.remove());

  it('moves the focus to the marked field and back to the opener', async () => {
    expect(document.activeElement).to.equal(stage.querySelector('input'));
    dialog.open = false;
    await dialog.updateComplete;
    expect(document.activeElement?.id).to.equal('opener');
  });

  it('gives the focus back when it is removed while open', () => {
    dialog.remove();
    expect(deepActiveElement()?.id).to.equal('opener');
  });

  it('asks its owner on Escape and does not close by itself', async () => {
    expect(pressEscape().defaultPrevented).to.equal(true);
    await dialog.updateComplete;
    expect(requests).to.equal(1);
    expect(dialog.renderRoot.querySelector('dialog')!.open).to.equal(true);
  });

  it('leaves Escape to what was opened later, and to the input method', () => {
    let dismissed = 0;
    const leave = addDismissible({ dismiss: () => dismissed++ });
    pressEscape();
    leave();
    pressEscape({ isComposing: true });
    expect(dismissed).to.equal(1);
    expect(requests).to.equal(0);
  });

  it('has the title as its accessible name', () => {
    const native = dialog.renderRoot.querySelector('dialog')!;
    const id = native.getAttribute('aria-labelledby')!;
    expect(dialog.renderRoot.querySelector(`#${id}`)!.textContent).to.equal('Title');
  });
});
