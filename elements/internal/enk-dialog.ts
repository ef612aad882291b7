import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { property, query } from 'lit/decorators.js';
import { baseStyles } from './base.styles.ts';
import { buttonStyles } from './controls.styles.ts';
import { addDismissible } from './dismissible-stack.ts';
import { icon } from './icons.ts';
import { strings } from './strings.ts';

/** The person wants the dialog gone; its owner closes it. Not composed. */
export class EnkDialogCloseRequestEvent extends Event {
  static readonly type = 'enk-dialog-close-request';
  constructor() {
    super(EnkDialogCloseRequestEvent.type, { bubbles: true, cancelable: true });
  }
}

/**
 * A modal dialog on the native element: focus stays inside and returns to where it was. Escape, the close button
 * and a click beside it ask the owner, who sets `open` to false.
 *
 * @slot - The content.
 * @slot footer - Buttons, at the end.
 * @event enk-dialog-close-request - See above.
 * @csspart dialog - The native dialog.
 */
export class EnkDialog extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: contents;
      }
      dialog {
        inline-size: min(400px, 100vw - 32px);
        max-block-size: min(640px, 100dvh - 32px);
        padding: 0;
        border: 1px solid var(--_border);
        border-radius: var(--_radius-large);
        background: var(--_raised);
        color: var(--_text);
        box-shadow: var(--_shadow);
        overflow: hidden auto;
        overscroll-behavior: contain;
      }
      dialog[open] {
        animation: enter var(--_motion) ease-out;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 40%);
      }
      @keyframes enter {
        from {
          opacity: 0;
          translate: 0 8px;
        }
      }
      .header {
        display: flex;
        align-items: center;
        gap: 8px;
        position: sticky;
        inset-block-start: 0;
        z-index: 1;
        padding-block: 12px 4px;
        padding-inline: 20px 12px;
        background: var(--_raised);
      }
      h2 {
        flex: 1;
        min-inline-size: 0;
        font-size: var(--_size-title);
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      /* takes the focus when nothing else should; it is no control */
      h2:focus {
        outline: none;
      }
      .content {
        display: block;
        padding: 4px 20px 20px;
      }
    `,
  ];

  @property({ type: Boolean, reflect: true }) open = false;
  /** The title, in words. */
  @property() heading = '';

  @query('dialog') private readonly dialog!: HTMLDialogElement;
  #leaveStack: (() => void) | undefined;
  #returnFocusTo: Element | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#hide();
  }

  protected override render(): TemplateResult {
    return html`<dialog
      part="dialog"
      aria-labelledby="heading"
      @cancel=${this.#onCancel}
      @close=${this.#onNativeClose}
      @pointerdown=${this.#onPointerDown}
    >
      <div class="header">
        <h2 id="heading" tabindex="-1"><bdi>${this.heading}</bdi></h2>
        <button
          class="icon-button"
          type="button"
          aria-label=${strings().common.close}
          @click=${this.#request}
        >
          ${icon('close')}
        </button>
      </div>
      <div class="content"><slot></slot><slot name="footer"></slot></div>
    </dialog>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('open')) return;
    if (this.open) this.#show();
    else this.#hide();
  }

  #show(): void {
    if (this.dialog.open) return;
    this.#returnFocusTo = deepActiveElement();
    this.dialog.showModal();
    this.#leaveStack = addDismissible({ dismiss: () => this.#request() });
    this.#focusFirst();
  }

  #hide(): void {
    this.#leaveStack?.();
    this.#leaveStack = undefined;
    if (this.dialog?.open) this.dialog.close();
    const target = this.#returnFocusTo;
    this.#returnFocusTo = null;
    if (target instanceof HTMLElement && target.isConnected) target.focus();
  }

  /** What is marked with `autofocus`, else the title: never a button that changes something. */
  #focusFirst(): void {
    const marked = this.querySelector<HTMLElement>('[autofocus]');
    (marked ?? this.renderRoot.querySelector<HTMLElement>('h2'))?.focus();
  }

  readonly #request = (): void => {
    this.dispatchEvent(new EnkDialogCloseRequestEvent());
  };

  /** Escape and the system's back gesture; the owner decides. */
  #onCancel(event: Event): void {
    event.preventDefault();
    this.#request();
  }

  /** Browsers close a dialog on a second Escape even when the first was refused. */
  #onNativeClose(): void {
    if (this.open) this.#request();
  }

  #onPointerDown(event: PointerEvent): void {
    if (event.target !== this.dialog) return;
    const { left, right, top, bottom } = this.dialog.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (x < left || x > right || y < top || y > bottom) this.#request();
  }
}

/** The focused element, through every shadow root. */
export function deepActiveElement(): Element | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-dialog': EnkDialog;
  }
  interface HTMLElementEventMap {
    'enk-dialog-close-request': EnkDialogCloseRequestEvent;
  }
}
