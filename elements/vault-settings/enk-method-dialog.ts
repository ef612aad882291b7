import {
  ServiceController,
  vaultServiceContext,
  type NewVaultMethod,
  type UnlockMethodKind,
  type UnlockMethodView,
  type VaultAttempt,
  type VaultService,
} from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  EnkDialogCloseRequestEvent,
  errorText,
  fieldStyles,
  strings,
  type EnkSecretGivenEvent,
} from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { vaultSettingsStyles } from './enk-vault-settings.styles.ts';

/** What the dialog is for. */
export type MethodTask =
  | { readonly act: 'add'; readonly kind: UnlockMethodKind }
  | { readonly act: 'change' | 'remove'; readonly method: UnlockMethodView };

/**
 * Adds, changes or removes one way to open the vault. Where the vault is locked for others, it is opened once more
 * first: an open screen alone changes nothing.
 *
 * @event enk-dialog-close-request - Done, or no longer wanted.
 */
export class EnkMethodDialog extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, vaultSettingsStyles];

  @property({ attribute: false }) task: MethodTask = { act: 'add', kind: 'passcode' };

  @state() private current: VaultAttempt | null = null;
  @state() private recoveryKey = '';
  @state() private isBusy = false;
  @state() private error = '';
  readonly #vault = new ServiceController(this, vaultServiceContext);

  protected override render(): TemplateResult {
    return html`<enk-dialog open .heading=${this.#title()} @enk-dialog-close-request=${this.#close}>
      ${this.#needsConfirmation() ? this.#confirm() : this.#step()}
    </enk-dialog>`;
  }

  #kind(): UnlockMethodKind {
    return this.task.act === 'add' ? this.task.kind : this.task.method.kind;
  }

  #title(): string {
    const { titles } = strings().vault.method;
    const kind = this.#kind();
    if (this.task.act === 'remove') return titles.remove(strings().vault.kinds[kind]);
    return titles[this.task.act][kind];
  }

  #needsConfirmation(): boolean {
    return this.#vault.snapshot?.canLock === true && this.current === null;
  }

  #confirm(): TemplateResult {
    const texts = strings().vault.method;
    const kinds = this.#vault.snapshot?.methods.map(({ kind }) => kind) ?? [];
    return html`<div class="stack">
      <p>${texts.confirm}</p>
      <enk-secret-form
        .kinds=${kinds}
        .error=${this.error}
        .submitLabel=${texts.continue}
        @enk-secret-given=${this.#confirmed}
      ></enk-secret-form>
    </div>`;
  }

  #step(): TemplateResult {
    const kind = this.#kind();
    if (this.task.act === 'remove')
      return this.#question(strings().vault.method.removeHint, this.#removeLabel());
    if (kind === 'passcode' || kind === 'password') return this.#newSecret(kind);
    if (kind === 'recovery-key' && this.recoveryKey !== '')
      return html`<enk-recovery-key
          .key=${this.recoveryKey}
          @enk-recovery-written=${() => this.#save({ kind, text: this.recoveryKey })}
        ></enk-recovery-key>
        ${this.#errorLine()}`;
    const { hints, make, turnOn } = strings().vault.method;
    return this.#question(hints[kind], kind === 'device' ? turnOn : make);
  }

  #removeLabel(): string {
    return strings().vault.method.removeDo;
  }

  #question(hint: string, label: string): TemplateResult {
    const isRemoval = this.task.act === 'remove';
    return html`<div class="stack">
      <p>${hint}</p>
      ${this.#errorLine()}
      <div class="actions end">
        <button class="button quiet" type="button" @click=${this.#close}>${strings().common.cancel}</button>
        <button
          class="button ${isRemoval ? 'danger' : 'primary'}"
          type="button"
          data-testid="method-submit"
          aria-disabled=${this.isBusy ? 'true' : nothing}
          @click=${() => this.#answer()}
        >
          ${this.isBusy ? strings().vault.method.saving : label}
        </button>
      </div>
    </div>`;
  }

  #newSecret(kind: 'passcode' | 'password'): TemplateResult {
    const texts = strings().vault.method;
    return html`<form class="stack" @submit=${this.#submitSecret}>
      <p>${texts.hints[kind]}</p>
      ${this.#secretField('new', texts.newSecret[kind], kind)}
      ${this.#secretField('again', texts.again, kind)} ${this.#errorLine()}
      <div class="actions end">
        <button class="button quiet" type="button" @click=${this.#close}>${strings().common.cancel}</button>
        <button
          class="button primary"
          type="submit"
          data-testid="method-submit"
          aria-disabled=${this.isBusy ? 'true' : nothing}
        >
          ${this.isBusy ? texts.saving : texts.save}
        </button>
      </div>
    </form>`;
  }

  #secretField(id: 'new' | 'again', label: string, kind: 'passcode' | 'password'): TemplateResult {
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <input
        class="input"
        id=${id}
        type="password"
        inputmode=${kind === 'passcode' ? 'numeric' : 'text'}
        required
        maxlength="1024"
        autocomplete="new-password"
        data-testid=${`method-${id}`}
        aria-describedby=${this.error === '' ? nothing : 'error'}
      />
    </div>`;
  }

  #errorLine(): TemplateResult | typeof nothing {
    if (this.error === '') return nothing;
    return html`<p class="error" id="error" role="alert" data-testid="method-error">${this.error}</p>`;
  }

  #confirmed({ attempt }: EnkSecretGivenEvent): void {
    this.error = '';
    this.current = attempt;
  }

  #submitSecret(event: SubmitEvent): void {
    event.preventDefault();
    const kind = this.#kind();
    if (kind !== 'passcode' && kind !== 'password') return;
    const [text, again] = [this.#value('#new'), this.#value('#again')];
    if (text !== again) this.error = strings().vault.method.different;
    else void this.#save({ kind, text });
  }

  #value(selector: string): string {
    return this.renderRoot.querySelector<HTMLInputElement>(selector)?.value ?? '';
  }

  #answer(): void {
    const kind = this.#kind();
    const { task } = this;
    if (task.act === 'remove') void this.#run(vault => vault.removeMethod(task.method.id, this.current));
    else if (kind === 'recovery-key') void this.#propose();
    else if (kind === 'passkey' || kind === 'device') void this.#save({ kind });
  }

  async #propose(): Promise<void> {
    try {
      this.recoveryKey = (await this.#vault.service?.proposeRecoveryKey()) ?? '';
    } catch (error) {
      this.error = errorText(error);
    }
  }

  #save(method: NewVaultMethod): Promise<void> {
    const { task, current } = this;
    return this.#run(vault =>
      task.act === 'add'
        ? vault.addMethod({ current, method })
        : vault.replaceMethod(task.method.id, { current, method }),
    );
  }

  /** One change at a time; a failure is shown. What was given to open the vault is asked for anew when it was wrong. */
  async #run(change: (vault: VaultService) => Promise<void>): Promise<void> {
    const vault = this.#vault.service;
    if (this.isBusy || !vault) return;
    this.isBusy = true;
    this.error = '';
    try {
      await change(vault);
      this.isBusy = false;
      this.#close();
    } catch (error) {
      this.error = errorText(error);
      if (isAboutCurrent(error)) this.current = null;
    } finally {
      this.isBusy = false;
    }
  }

  readonly #close = (event?: Event): void => {
    event?.stopPropagation();
    if (!this.isBusy) this.dispatchEvent(new EnkDialogCloseRequestEvent());
  };
}

function isAboutCurrent(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return code === 'unlock-failed' || code === 'unlock-throttled' || code === 'recovery-key-malformed';
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-method-dialog': EnkMethodDialog;
  }
}
