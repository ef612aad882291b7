import { baseStyles, buttonStyles, fieldStyles, strings } from '@enk/internal';
import { css, html, LitElement, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';

/** A name was given; null: the person wants none. */
export class EnkNameGivenEvent extends Event {
  static readonly type = 'enk-name-given';
  constructor(readonly value: string | null) {
    super(EnkNameGivenEvent.type);
  }
}

/**
 * One line for the name of a file or folder. Enter gives it, Escape leaves it.
 *
 * @event enk-name-given - The name, or null.
 */
export class EnkNameForm extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    fieldStyles,
    css`
      :host {
        display: block;
      }
      form {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      .input {
        flex: 1 1 12rem;
        inline-size: auto;
      }
      .button {
        min-block-size: 40px;
      }
    `,
  ];

  @property() label = '';
  @property() value = '';
  /** What the button says. */
  @property() action = '';
  /** Of the field and, with `-save`, of the button. */
  @property() name = 'name';

  protected override render(): TemplateResult {
    return html`<form @submit=${this.#submit} @keydown=${this.#onKeydown}>
      <input
        class="input"
        name="name"
        dir="auto"
        autocomplete="off"
        data-testid="${this.name}-input"
        aria-label=${this.label}
        placeholder=${this.label}
        .value=${this.value}
      />
      <button class="button primary" type="submit" data-testid="${this.name}-save">${this.action}</button>
      <button class="button" type="button" @click=${() => this.#give(null)}>
        ${strings().common.cancel}
      </button>
    </form>`;
  }

  protected override firstUpdated(): void {
    const input = this.renderRoot.querySelector('input');
    input?.focus();
    input?.select();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const name = String(new FormData(event.target as HTMLFormElement).get('name')).trim();
    this.#give(name === '' || name === this.value ? null : name);
  }

  #onKeydown(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#give(null);
  }

  #give(name: string | null): void {
    this.dispatchEvent(new EnkNameGivenEvent(name));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-name-form': EnkNameForm;
  }
  interface HTMLElementEventMap {
    'enk-name-given': EnkNameGivenEvent;
  }
}
