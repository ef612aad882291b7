import { icon, strings, type IconName } from '@enk/internal';
import { html, type TemplateResult } from 'lit';
import { ChatDialogElement } from './chat-dialog.ts';
import type { ChatDialog } from './enk-chat.events.ts';

/** Three ways to a new chat. */
export class EnkAddDialog extends ChatDialogElement {
  protected heading(): string {
    return strings().add.title;
  }

  protected content(): TemplateResult {
    const { add, list } = strings();
    return html`<div class="stack tight">
      ${this.#choice('user-plus', list.invite, add.inviteHint, { kind: 'invite' })}
      ${this.#choice('link', list.accept, add.acceptHint, { kind: 'accept', token: '' })}
      ${this.#choice('at', list.addByAddress, add.addressHint, { kind: 'address' })}
    </div>`;
  }

  #choice(symbol: IconName, label: string, hint: string, dialog: ChatDialog): TemplateResult {
    return html`<button
      class="choice"
      type="button"
      data-testid="add-${dialog.kind}"
      ?autofocus=${dialog.kind === 'invite'}
      @click=${() => this.goTo(dialog)}
    >
      ${icon(symbol, 20)}
      <span class="strong">${label}</span>
      <span class="hint">${hint}</span>
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-add-dialog': EnkAddDialog;
  }
}
