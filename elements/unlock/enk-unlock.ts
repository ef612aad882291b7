import {
  profileServiceContext,
  ServiceController,
  vaultServiceContext,
  type ProfileSnapshot,
} from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  errorText,
  fieldStyles,
  icon,
  strings,
  type EnkSecretForm,
  type EnkSecretGivenEvent,
  type IconName,
} from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { EnkLockChangedEvent } from './enk-unlock.events.ts';
import { unlockStyles } from './enk-unlock.styles.ts';

type Locked = Extract<ProfileSnapshot, { kind: 'locked' }>;

/**
 * The lock of this device's vault, from outside: opens it by passkey, passcode, password or recovery key, or erases it.
 * Needs an `<enk-provider>` around it and nothing else of the page. Says in words when there is nothing to open.
 *
 * @event enk-lock-changed - There is something to ask now, or no more; `isLocked` and `isErased` say which. Composed.
 *
 * @cssstate locked - There is a vault to open, or it was just erased.
 */
export class EnkUnlock extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, unlockStyles];

  /** `light` or `dark`; by the provider or the page when absent. */
  @property({ reflect: true }) theme: 'light' | 'dark' | undefined;

  @state() private isBusy = false;
  @state() private error = '';
  @state() private isErasing = false;
  @query('enk-secret-form') private readonly form!: EnkSecretForm | null;

  readonly #profile = new ServiceController(this, profileServiceContext);
  readonly #vault = new ServiceController(this, vaultServiceContext);
  readonly #internals = this.attachInternals();
  #wasLocked = false;
  #wasErased = false;

  /** Puts the caret where the secret goes. */
  override focus(): void {
    this.form?.focus();
  }

  protected override render(): TemplateResult {
    const profile = this.#profile.snapshot;
    const texts = strings();
    switch (profile?.kind) {
      case undefined:
        return this.#panel('info', texts.vault.notHere, '');
      case 'locked':
        return this.#locked(profile);
      case 'erased':
        return this.#erased();
      case 'open':
      case 'needs-name':
        return this.#panel('check', texts.vault.unlock.unlocked, '');
      case 'waiting-for-other-tab':
        return this.#panel('info', texts.profile.otherTab, texts.profile.otherTabHint);
      case 'failed':
        return this.#panel(
          'alert',
          texts.profile.failedTitle[profile.code],
          texts.profile.failedHint[profile.code],
        );
      default:
        return this.#panel('lock', texts.profile.opening, '');
    }
  }

  protected override updated(): void {
    const kind = this.#profile.snapshot?.kind;
    const isLocked = kind === 'locked' || kind === 'erased';
    const isErased = kind === 'erased';
    if (isLocked === this.#wasLocked && isErased === this.#wasErased) return;
    this.#wasLocked = isLocked;
    this.#wasErased = isErased;
    if (isLocked) this.#internals.states.add('locked');
    else this.#internals.states.delete('locked');
    if (!isLocked) this.error = '';
    this.dispatchEvent(new EnkLockChangedEvent(isLocked, isErased));
  }

  #locked({ methods, retryAtMs, lastExportAtMs }: Locked): TemplateResult {
    const texts = strings().vault;
    const canUsePasskeys = this.#vault.service?.canUsePasskeys ?? false;
    const kinds = methods.map(({ kind }) => kind).filter(kind => kind !== 'passkey' || canUsePasskeys);
    return html`<div class="panel" data-testid="unlock">
      ${this.#header('lock', texts.unlock.title, texts.unlock.hint)}
      <enk-secret-form
        .kinds=${kinds}
        .retryAtMs=${retryAtMs}
        .error=${this.error}
        .submitLabel=${texts.unlock.submit}
        ?busy=${this.isBusy}
        @enk-secret-given=${this.#unlock}
      ></enk-secret-form>
      <details>
        <summary>${texts.unlock.forgot}</summary>
        <div class="forgot">
          <p>${texts.unlock.forgotHint}</p>
          <button class="button danger" type="button" data-testid="unlock-erase" @click=${this.#askToErase}>
            ${texts.erase.button}
          </button>
        </div>
      </details>
      <p class="hint" data-testid="last-export">
        ${texts.clearing} ${texts.lastExport(dateText(lastExportAtMs))}
      </p>
      ${this.isErasing ? this.#eraseDialog() : nothing}
    </div>`;
  }

  #erased(): TemplateResult {
    const texts = strings().vault.unlock;
    return html`<div class="panel" data-testid="erased">
      ${this.#header('check', texts.erased, texts.erasedHint)}
      <button class="button primary" type="button" data-testid="start-over" @click=${() => location.reload()}>
        ${texts.startOver}
      </button>
    </div>`;
  }

  #panel(symbol: IconName, title: string, hint: string): TemplateResult {
    return html`<div class="panel" data-testid="unlock-state">${this.#header(symbol, title, hint)}</div>`;
  }

  #header(symbol: IconName, title: string, hint: string): TemplateResult {
    return html`<div class="header" role="status">
      ${icon(symbol, 32)}
      <h2 tabindex="-1">${title}</h2>
      ${hint === '' ? nothing : html`<p class="muted">${hint}</p>`}
    </div>`;
  }

  #eraseDialog(): TemplateResult {
    return html`<enk-erase-dialog
      .erase=${() => this.#vault.service?.erase()}
      @enk-dialog-close-request=${() => (this.isErasing = false)}
    ></enk-erase-dialog>`;
  }

  readonly #askToErase = (): void => {
    this.isErasing = true;
  };

  async #unlock({ attempt }: EnkSecretGivenEvent): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.error = '';
    try {
      await this.#vault.service?.unlock(attempt);
    } catch (error) {
      this.error = errorText(error);
    } finally {
      this.isBusy = false;
    }
  }
}

function dateText(ms: number | null): string | null {
  if (ms === null) return null;
  return new Intl.DateTimeFormat(strings().language, { dateStyle: 'medium' }).format(ms);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-unlock': EnkUnlock;
  }
}
