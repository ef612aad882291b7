import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { baseStyles } from './base.styles.ts';
import { buttonStyles, fieldStyles } from './controls.styles.ts';
import { strings } from './strings.ts';

/** The person has the key on paper. Not composed. */
export class EnkRecoveryWrittenEvent extends Event {
  static readonly type = 'enk-recovery-written';
  constructor() {
    super(EnkRecoveryWrittenEvent.type);
  }
}

/**
 * A recovery key, shown once, in words and as a QR code; then two words are asked for, so that it stands on paper
 * before it is relied on.
 *
 * @event enk-recovery-written - Both words were right.
 */
export class EnkRecoveryKey extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    fieldStyles,
    css`
      :host {
        display: block;
      }
      .stack {
        display: grid;
        gap: 16px;
        min-inline-size: 0;
      }
      .key {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(15ch, 1fr));
        gap: 4px 12px;
        padding: 16px;
        border-radius: var(--_radius);
        background: var(--_surface);
        list-style: none;
        user-select: all;
      }
      .key li {
        display: grid;
        grid-template-columns: 3ch 1fr;
        align-items: baseline;
        gap: 4px;
        font-family: var(--_mono);
        line-height: 1.7;
      }
      .key li::before {
        content: attr(value);
        color: var(--_text-muted);
        font-size: var(--_size-tiny);
        text-align: end;
      }
      .center {
        justify-self: center;
      }
      .pair {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 12px;
      }
      .mono {
        font-family: var(--_mono) !important;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
      }
    `,
  ];

  @property() key = '';
  @state() private isChecking = false;
  @state() private isWrong = false;
  /** Which two words are asked for; drawn once a key. */
  #asked: readonly [number, number] = draw();

  protected override render(): TemplateResult {
    return this.isChecking ? this.#check() : this.#show();
  }

  #show(): TemplateResult {
    const texts = strings().vault.method;
    return html`<div class="stack">
      <p>${texts.hints['recovery-key']}</p>
      <ol class="key" data-testid="recovery-key" translate="no">
        ${this.#words().map((word, index) => html`<li value=${index + 1}>${word}</li>`)}
      </ol>
      <enk-qr class="center" .content=${this.key} .label=${texts.recoveryQr}></enk-qr>
      <div class="actions">
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
      ${this.isWrong ? html`<p class="error" id="wrong" role="alert">${texts.wrongWord}</p>` : nothing}
      <div class="actions">
        <button class="button quiet" type="button" @click=${this.#back}>${texts.back}</button>
        <button class="button primary" type="submit" data-testid="recovery-check">${texts.continue}</button>
      </div>
    </form>`;
  }

  #field(index: number): TemplateResult {
    return html`<div class="field">
      <label for=${`word-${index}`}>${strings().vault.method.word(index)}</label>
      <input
        class="input mono"
        id=${`word-${index}`}
        required
        maxlength="16"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        data-testid="recovery-word"
        aria-describedby=${this.isWrong ? 'wrong' : nothing}
      />
    </div>`;
  }

  #words(): readonly string[] {
    return this.key.split(' ');
  }

  readonly #back = (): void => {
    this.isChecking = this.isWrong = false;
  };

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const words = this.#words();
    this.isWrong = this.#asked.some(index => {
      const field = this.renderRoot.querySelector<HTMLInputElement>(`#word-${index}`);
      return field?.value.trim().toLowerCase() !== words[index - 1];
    });
    if (!this.isWrong) this.dispatchEvent(new EnkRecoveryWrittenEvent());
  }
}

const WORDS = 12;

/** Two different words, in order. */
function draw(): readonly [number, number] {
  const random = crypto.getRandomValues(new Uint8Array(2));
  const first = ((random[0] ?? 0) % WORDS) + 1;
  const other = ((random[1] ?? 0) % (WORDS - 1)) + 1;
  const second = other < first ? other : other + 1;
  return first < second ? [first, second] : [second, first];
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-recovery-key': EnkRecoveryKey;
  }
}
