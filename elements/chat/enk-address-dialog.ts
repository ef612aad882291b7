import { contactsServiceContext, profileServiceContext, ServiceController } from '@enk/context';
import { strings } from '@enk/internal';
import { html, nothing, type TemplateResult } from 'lit';
import { ChatDialogElement } from './chat-dialog.ts';

/** Adds someone by a bare address. An address proves nothing, and the dialog says so. */
export class EnkAddressDialog extends ChatDialogElement {
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  readonly #profile = new ServiceController(this, profileServiceContext);

  protected heading(): string {
    return strings().address.title;
  }

  protected content(): TemplateResult {
    const { accept, address, common } = strings();
    const profile = this.#profile.snapshot;
    return html`<form class="stack" @submit=${this.#submit}>
        <p class="muted">${address.intro}</p>
        <div class="field">
          <label for="address">${address.label}</label>
          <input
            class="input mono"
            id="address"
            dir="ltr"
            required
            autofocus
            spellcheck="false"
            autocomplete="off"
            data-testid="address-input"
            @input=${() => (this.error = '')}
          />
        </div>
        ${this.nameField({ label: common.name, hint: accept.nameHint, testId: 'address-name' })}
        ${this.errorLine()}
        <button class="button primary" type="submit" data-testid="address-add" ?disabled=${this.isBusy}>
          ${address.submit}
        </button>
      </form>
      ${
        profile?.kind === 'open'
          ? html`<div class="stack own">
              <hr />
              <div class="stack tight">
                <h3 class="label">${address.own}</h3>
                <p class="mono" dir="ltr" data-testid="own-address">${profile.peerId}</p>
                <div><enk-copy-button .text=${profile.peerId}></enk-copy-button></div>
              </div>
            </div>`
          : nothing
      }`;
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const contact = { peerId: this.value('#address').trim(), name: this.value('#name') };
    const contactId = await this.intend(() => this.#contacts.service?.addByPeerId(contact));
    if (contactId) this.finishWithNewContact(contactId);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-address-dialog': EnkAddressDialog;
  }
}
