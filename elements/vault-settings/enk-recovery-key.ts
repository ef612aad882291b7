import { baseStyles, buttonStyles, fieldStyles, strings } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { vaultSettingsStyles } from './enk-vault-settings.styles.ts';

/** The person has the key on paper. Not composed. */
export class EnkRecoveryWrittenEvent extends Event {
  static readonly type = 'enk-recovery-written';
  constructor() {
    super(EnkRecoveryWrittenEvent.type);
  }
}

/**
 * A recovery key, shown once, in groups and as a QR code; then two groups are asked for, so that it stands on paper
 * before it is relied on.
 *
 * @event enk-recovery-written - Both groups were right.
 */
export class EnkRecoveryKey extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, vaultSettingsStyles];

  @property() key = '';
  @state() private isChecking = false;
  @state() private isWrong = false;
  /** Which two groups are asked for; drawn once a key. */
  #asked: readonly [number, number] = draw();

  protected override render(): TemplateResult {
    return this.isChecking ? this.#check() : this.#show();
  }

  #show(): TemplateResult {
    const texts = strings().vault.method;
    return html`<div class="stack">
      <p>${texts.hints['recovery-key']}</p>
      <ol class="key" data-testid="recovery-key">
        ${this.#groups().map((group, index) => html`<li value=${index + 1}>${group}</li>`)}
      </ol>
      <enk-qr class="center" .content=${this.key} .label=${texts.recoveryQr}></enk-qr>
      <div class="actions end">
        <button
          class="button primary"
          type="button"
          data-testid="recovery-written"
          @click=${() => (this.isChecking = true)}
        >
          ${texts.written}
        </button>
      </div>
    </div>`;
  }

  #check(): TemplateResult {
    const texts = strings().vault.method;
    const [first, second] = this.#asked;
    return html`<form class="stack" @submit=${this.#submit}>
      <p>${texts.check(first, second)}</p>
      <div class="pair">${this.#field(first)} ${this.#field(second)}</div>
      ${this.isWrong ? html`<p class="error" id="wrong" role="alert">${texts.wrongGroup}</p>` : nothing}
      <div class="actions end">
        <button class="button quiet" type="button" @click=${this.#back}>${texts.back}</button>
        <button class="button primary" type="submit" data-testid="recovery-check">${texts.continue}</button>
      </div>
    </form>`;
  }

  #field(group: number): TemplateResult {
    return html`<div class="field">
      <label for=${`group-${group}`}>${strings().vault.method.group(group)}</label>
      <input
        class="input mono"
        id=${`group-${group}`}
        required
        maxlength="4"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck="false"
        data-testid="recovery-group"
        aria-describedby=${this.isWrong ? 'wrong' : nothing}
      />
    </div>`;
  }

  #groups(): readonly string[] {
    return this.key.split('-');
  }

  readonly #back = (): void => {
    this.isChecking = this.isWrong = false;
  };

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const groups = this.#groups();
    this.isWrong = this.#asked.some(group => {
      const field = this.renderRoot.querySelector<HTMLInputElement>(`#group-${group}`);
      return field?.value.trim().toUpperCase() !== groups[group - 1];
    });
    if (!this.isWrong) this.dispatchEvent(new EnkRecoveryWrittenEvent());
  }
}

const GROUPS = 8;

/** Two different groups, in order. */
function draw(): readonly [number, number] {
  const random = crypto.getRandomValues(new Uint8Array(2));
  const first = ((random[0] ?? 0) % GROUPS) + 1;
  const other = ((random[1] ?? 0) % (GROUPS - 1)) + 1;
  const second = other >= first ? other + 1 : other;
  return first < second ? [first, second] : [second, first];
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-recovery-key': EnkRecoveryKey;
  }
}
