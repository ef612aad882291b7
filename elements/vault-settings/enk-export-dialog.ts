import {
  contactsServiceContext,
  failureCode,
  ServiceController,
  vaultServiceContext,
  type ContactId,
  type ExportKey,
  type MovingView,
} from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  bytesText,
  EnkDialogCloseRequestEvent,
  errorText,
  fieldStyles,
  movingStyles,
  progressStyles,
  passphraseStrength,
  strings,
} from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { pickExportFile } from './pick-export-file.ts';

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'running'; readonly moving: MovingView | null }
  /** `url`: where the file lies until this dialog ends; null: where the person chose. */
  | { readonly kind: 'done'; readonly url: string | null; readonly name: string };

/**
 * Exports everything or one conversation, sealed with a passphrase or for an age key: into a file that the person
 * picks, or as a download. Shows how far it is, and stops on demand.
 *
 * @event enk-dialog-close-request - Done, or no longer wanted.
 */
export class EnkExportDialog extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, progressStyles, movingStyles];

  @state() private step: Step = { kind: 'asking' };
  @state() private keyKind: ExportKey['kind'] = 'passphrase';
  @state() private passphrase = '';
  @state() private error = '';
  readonly #vault = new ServiceController(this, vaultServiceContext);
  readonly #contacts = new ServiceController(this, contactsServiceContext);

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.step.kind === 'running') void this.#vault.service?.cancelMoving();
    if (this.step.kind === 'done' && this.step.url !== null) URL.revokeObjectURL(this.step.url);
  }

  protected override render(): TemplateResult {
    return html`<enk-dialog
      open
      .heading=${strings().vault.export.title}
      @enk-dialog-close-request=${this.#close}
    >
      ${this.#step()}
    </enk-dialog>`;
  }

  #step(): TemplateResult {
    switch (this.step.kind) {
      case 'asking':
        return this.#ask();
      case 'running':
        return this.#progress(this.step.moving);
      case 'done':
        return this.#done(this.step);
    }
  }

  #ask(): TemplateResult {
    const texts = strings().vault.export;
    return html`<form class="stack" @submit=${this.#submit}>
      <p class="hint">${texts.hint}</p>
      <div class="field">
        <label for="what">${texts.what}</label>
        <select class="input" id="what" data-testid="export-what">
          <option value="">${texts.everything}</option>
          ${(this.#contacts.snapshot?.contacts ?? []).map(
            ({ id, name }) => html`<option value=${id}>${texts.conversation(name)}</option>`,
          )}
        </select>
      </div>
      <fieldset>
        <legend>${texts.how}</legend>
        ${this.#choice('passphrase', texts.withPassphrase)} ${this.#choice('recipient', texts.withRecipient)}
      </fieldset>
      ${this.keyKind === 'passphrase' ? this.#passphrase() : this.#recipient()} ${this.#errorLine()}
      <div class="actions">
        <button class="button quiet" type="button" @click=${this.#close}>${strings().common.cancel}</button>
        <button class="button primary" type="submit" data-testid="export-submit">${texts.submit}</button>
      </div>
    </form>`;
  }

  #choice(kind: ExportKey['kind'], label: string): TemplateResult {
    return html`<label class="choice">
      <input
        type="radio"
        name="key"
        value=${kind}
        data-testid=${`export-with-${kind}`}
        .checked=${this.keyKind === kind}
        @change=${() => {
          this.keyKind = kind;
          this.error = '';
        }}
      />
      ${label}
    </label>`;
  }

  #passphrase(): TemplateResult {
    const texts = strings().vault.export;
    const strength = passphraseStrength(this.passphrase);
    const level = { short: 0, weak: 1, fair: 2, strong: 3 }[strength];
    return html`<div class="field">
        <label for="passphrase">${texts.passphrase}</label>
        <input
          class="input"
          id="passphrase"
          type="password"
          required
          maxlength="1024"
          autocomplete="new-password"
          data-testid="export-passphrase"
          aria-describedby="strength"
          @input=${(event: Event) => (this.passphrase = (event.target as HTMLInputElement).value)}
        />
        <div class="strength">
          <progress max="3" value=${level} aria-hidden="true"></progress>
          <p class="hint" id="strength" role="status" data-testid="export-strength">
            ${this.passphrase === '' ? texts.passphraseHint : texts.strength[strength]}
          </p>
        </div>
      </div>
      <div class="field">
        <label for="again">${texts.again}</label>
        <input
          class="input"
          id="again"
          type="password"
          required
          maxlength="1024"
          autocomplete="new-password"
          data-testid="export-again"
        />
      </div>`;
  }

  #recipient(): TemplateResult {
    const texts = strings().vault.export;
    return html`<div class="field">
      <label for="recipient">${texts.recipient}</label>
      <input
        class="input mono"
        id="recipient"
        required
        maxlength="16384"
        placeholder="age1…"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        data-testid="export-recipient"
        aria-describedby="recipient-hint"
      />
      <p class="hint" id="recipient-hint">${texts.recipientHint}</p>
    </div>`;
  }

  #progress(moving: MovingView | null): TemplateResult {
    const texts = strings().vault.export;
    return html`<div class="stack">
      <p id="progress" role="status" data-testid="export-progress">
        ${texts.working(bytesText(moving?.doneBytes ?? 0))}
      </p>
      <progress aria-labelledby="progress"></progress>
      <div class="actions">
        <button class="button" type="button" data-testid="export-cancel" @click=${this.#cancel}>
          ${strings().common.cancel}
        </button>
      </div>
    </div>`;
  }

  #done({ url, name }: Step & { kind: 'done' }): TemplateResult {
    const texts = strings().vault.export;
    return html`<div class="stack">
      <p role="status" data-testid="export-done">${url === null ? texts.saved(name) : texts.ready}</p>
      <p class="hint">${texts.keep}</p>
      <div class="actions">
        ${
          url === null
            ? nothing
            : html`<a class="button primary" href=${url} download=${name} data-testid="export-download"
                >${texts.download}</a
              >`
        }
        <button class="button" type="button" data-testid="export-close" @click=${this.#close}>
          ${strings().common.close}
        </button>
      </div>
    </div>`;
  }

  #errorLine(): TemplateResult | typeof nothing {
    if (this.error === '') return nothing;
    return html`<p class="error" role="alert" data-testid="export-error">${this.error}</p>`;
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    this.error = '';
    const key = this.#key();
    if (key !== null) void this.#export(key, this.#value('#what'));
  }

  /** Null where something has to be mended first; then it is said. */
  #key(): ExportKey | null {
    const texts = strings().vault.export;
    if (this.keyKind === 'recipient')
      return { kind: 'recipient', recipient: this.#value('#recipient').trim() };
    const passphrase = this.#value('#passphrase');
    if (passphraseStrength(passphrase) === 'short') this.error = texts.strength.short;
    else if (passphrase !== this.#value('#again')) this.error = strings().vault.method.different;
    else return { kind: 'passphrase', passphrase };
    return null;
  }

  #value(selector: string): string {
    return this.renderRoot.querySelector<HTMLInputElement | HTMLSelectElement>(selector)?.value ?? '';
  }

  async #export(key: ExportKey, contactId: string): Promise<void> {
    const vault = this.#vault.service;
    if (!vault) return;
    try {
      const to = await pickExportFile();
      if (to === 'cancelled') return;
      this.step = { kind: 'running', moving: null };
      const file = await vault.exportVault(
        { key, to, contactId: contactId === '' ? null : (contactId as ContactId) },
        moving => (this.step = { kind: 'running', moving }),
      );
      const url = file === null ? null : URL.createObjectURL(file);
      this.step = { kind: 'done', url, name: file?.name ?? to?.name ?? '' };
      if (url !== null && !this.isConnected) URL.revokeObjectURL(url);
    } catch (error) {
      this.step = { kind: 'asking' };
      this.error = failureCode(error) === 'aborted' ? '' : errorText(error);
    }
  }

  readonly #cancel = (): void => {
    void this.#vault.service?.cancelMoving();
  };

  readonly #close = (event?: Event): void => {
    event?.stopPropagation();
    // While it runs, only the button that says so stops it.
    if (this.step.kind !== 'running') this.dispatchEvent(new EnkDialogCloseRequestEvent());
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-export-dialog': EnkExportDialog;
  }
}
