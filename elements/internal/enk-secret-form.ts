import type { UnlockMethodKind, VaultAttempt } from '@enk/context';
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { baseStyles } from './base.styles.ts';
import { buttonStyles, fieldStyles } from './controls.styles.ts';
import { icon } from './icons.ts';
import { strings } from './strings.ts';

type AskedKind = VaultAttempt['kind'];

/** The person gave what should open the vault. Not composed: it carries a secret, and stays with who asked. */
export class EnkSecretGivenEvent extends Event {
  static readonly type = 'enk-secret-given';
  constructor(readonly attempt: VaultAttempt) {
    super(EnkSecretGivenEvent.type);
  }
}

/** Most convenient first: what is offered without a click. */
const ORDER: readonly AskedKind[] = ['passkey', 'passcode', 'password', 'recovery-key'];
const SECOND_MS = 1_000;

/**
 * Asks for one of the ways to open a vault. Knows nothing of vaults: its owner says which ways there are, and judges.
 *
 * @event enk-secret-given - `attempt` carries what was given. Not composed.
 */
export class EnkSecretForm extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    fieldStyles,
    css`
      :host {
        display: block;
      }
      form,
      .others {
        display: grid;
        gap: 16px;
      }
      .button {
        inline-size: 100%;
        min-block-size: 40px;
      }
      .show {
        display: flex;
        align-items: center;
        gap: 8px;
        min-block-size: 24px;
        font-size: var(--_size-small);
        cursor: pointer;
      }
      .show input {
        inline-size: 18px;
        block-size: 18px;
        margin: 3px;
        accent-color: var(--_accent);
      }
      .others {
        gap: 4px;
        margin-block-start: 12px;
      }
      textarea {
        font-family: var(--_mono) !important;
      }
    `,
  ];

  @property({ attribute: false }) kinds: readonly UnlockMethodKind[] = [];
  /** When the next try is allowed, by this device's clock; null: now. Passkeys do not wait. */
  @property({ attribute: false }) retryAtMs: number | null = null;
  /** A try is under way. */
  @property({ type: Boolean }) busy = false;
  /** What went wrong with the last try, in words. */
  @property() error = '';
  @property() submitLabel = '';

  @state() private chosen: AskedKind | null = null;
  @state() private isShown = false;
  @state() private nowMs = Date.now();
  @query('#secret') private readonly field!: HTMLInputElement | HTMLTextAreaElement | null;
  #ticking: ReturnType<typeof setInterval> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  /** Puts the caret into the field, or the focus on the passkey's button. */
  override focus(): void {
    (this.field ?? this.renderRoot.querySelector<HTMLElement>('.primary'))?.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('kinds') && this.chosen !== null && !this.kinds.includes(this.chosen)) this.chosen = null;
    this.#tick();
  }

  protected override updated(changed: PropertyValues<this>): void {
    // A wrong secret is typed anew.
    if (!changed.has('error') || this.error === '') return;
    if (this.field) this.field.value = '';
    this.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const kind = this.#kind();
    if (kind === undefined) return nothing;
    return html`<form @submit=${this.#submit}>
        ${kind === 'passkey' ? nothing : this.#field(kind)} ${this.#message(kind)}
        <button
          class="button primary"
          type="submit"
          data-testid="secret-submit"
          aria-disabled=${this.busy || this.#waitMs(kind) > 0 ? 'true' : nothing}
        >
          ${kind === 'passkey' ? icon('key', 16) : nothing} ${this.#submitText(kind)}
        </button>
      </form>
      ${this.#others(kind)}`;
  }

  #kind(): AskedKind | undefined {
    return this.chosen ?? this.#offered()[0];
  }

  #offered(): readonly AskedKind[] {
    return ORDER.filter(kind => this.kinds.includes(kind));
  }

  #submitText(kind: AskedKind): string {
    const texts = strings().vault.form;
    if (this.busy) return texts.working;
    return kind === 'passkey' ? texts.passkey : this.submitLabel;
  }

  #field(kind: Exclude<AskedKind, 'passkey'>): TemplateResult {
    const texts = strings().vault.form;
    const described = this.error === '' ? nothing : 'message';
    if (kind === 'recovery-key')
      return html`<div class="field">
        <label for="secret">${texts.labels[kind]}</label>
        <textarea
          class="input"
          id="secret"
          rows="3"
          required
          maxlength="256"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          data-testid="secret-input"
          aria-invalid=${this.error === '' ? nothing : 'true'}
          aria-describedby="hint"
        ></textarea>
        <p class="hint" id="hint">${texts.recoveryHint}</p>
      </div>`;
    return html`<div class="field">
      <label for="secret">${texts.labels[kind]}</label>
      <input
        class="input"
        id="secret"
        type=${this.isShown ? 'text' : 'password'}
        inputmode=${kind === 'passcode' ? 'numeric' : 'text'}
        required
        maxlength="1024"
        autocomplete="current-password"
        autocapitalize="none"
        spellcheck="false"
        data-testid="secret-input"
        aria-invalid=${this.error === '' ? nothing : 'true'}
        aria-describedby=${described}
      />
      <label class="show">
        <input
          type="checkbox"
          .checked=${this.isShown}
          @change=${(event: Event) => (this.isShown = (event.target as HTMLInputElement).checked)}
        />
        ${texts.show}
      </label>
    </div>`;
  }

  #message(kind: AskedKind): TemplateResult | typeof nothing {
    const waitMs = this.#waitMs(kind);
    if (waitMs > 0) {
      const text = strings().vault.form.wait(waitText(waitMs));
      return html`<p class="error" id="message" role="status" data-testid="secret-wait">${text}</p>`;
    }
    if (this.error === '') return nothing;
    return html`<p class="error" id="message" role="alert" data-testid="secret-error">${this.error}</p>`;
  }

  #others(shown: AskedKind): TemplateResult | typeof nothing {
    const others = this.#offered().filter(kind => kind !== shown);
    if (others.length === 0) return nothing;
    const texts = strings().vault.form;
    return html`<div class="others">
      ${others.map(
        kind =>
          html`<button
            class="button quiet"
            type="button"
            data-testid=${`secret-use-${kind}`}
            @click=${() => this.#choose(kind)}
          >
            ${texts.use[kind]}
          </button>`,
      )}
    </div>`;
  }

  #choose(kind: AskedKind): void {
    if (this.busy) return;
    this.chosen = kind;
    this.error = '';
    if (kind === 'passkey') this.#give({ kind });
    else void this.updateComplete.then(() => this.focus());
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const kind = this.#kind();
    if (kind === undefined || this.busy || this.#waitMs(kind) > 0) return;
    this.#give(kind === 'passkey' ? { kind } : { kind, text: this.field?.value ?? '' });
  }

  #give(attempt: VaultAttempt): void {
    this.dispatchEvent(new EnkSecretGivenEvent(attempt));
  }

  #waitMs(kind: AskedKind): number {
    if (kind === 'passkey' || this.retryAtMs === null) return 0;
    return Math.max(0, this.retryAtMs - this.nowMs);
  }

  /** Counts down while there is something to wait for, and never otherwise. */
  #tick(): void {
    this.nowMs = Date.now();
    const isWaiting = this.retryAtMs !== null && this.retryAtMs > this.nowMs;
    if (isWaiting && this.#ticking === undefined) {
      this.#ticking = setInterval(() => this.requestUpdate(), SECOND_MS);
    } else if (!isWaiting) {
      clearInterval(this.#ticking);
      this.#ticking = undefined;
    }
  }
}

/** "12 seconds", "3 minutes", in the language of the texts. */
function waitText(ms: number): string {
  const seconds = Math.ceil(ms / SECOND_MS);
  const [value, unit] = seconds < 90 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  const style = { style: 'unit', unit, unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(strings().language, style).format(value);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-secret-form': EnkSecretForm;
  }
}
