import type { MessageView } from '@enk/context';
import { baseStyles, icon, strings, type IconName } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { query, state } from 'lit/decorators.js';
import { EnkMessageDeleteRequestEvent } from './enk-chat.events.ts';

/** Room between the menu and what it belongs to, and the edges of the window. */
const GAP_PX = 4;

/**
 * What can be done with one message: a menu in the top layer, with arrow keys, that gives the focus back.
 *
 * @event enk-message-delete-request - Delete it.
 */
export class EnkMessageMenu extends LitElement {
  static override styles = [
    ...baseStyles,
    css`
      :host {
        display: contents;
      }
      .menu {
        position: fixed;
        inset: auto;
        margin: 0;
        min-inline-size: 12rem;
        padding: 6px;
        border: 1px solid var(--_border);
        border-radius: var(--_radius);
        background: var(--_raised);
        color: var(--_text);
        box-shadow: var(--_shadow);
      }
      button {
        display: flex;
        align-items: center;
        gap: 10px;
        inline-size: 100%;
        min-block-size: 40px;
        padding: 6px 12px 6px 10px;
        border: 0;
        border-radius: calc(var(--_radius) - 2px);
        background: none;
        color: inherit;
        font: inherit;
        text-align: start;
        cursor: pointer;
      }
      button:hover,
      button:focus-visible {
        background: var(--_hover);
      }
      button:focus-visible {
        outline-offset: -2px;
      }
      svg {
        color: var(--_text-muted);
      }
      .danger,
      .danger svg {
        color: var(--_danger);
      }
    `,
  ];

  @state() private message: MessageView | null = null;
  @query('.menu') private readonly menu!: HTMLElement | null;
  #returnFocusTo: HTMLElement | null = null;

  /** Opens for a message beside a control, or where the pointer is. */
  async open(message: MessageView, opener: HTMLElement, at: DOMRect | DOMPoint): Promise<void> {
    this.message = message;
    this.#returnFocusTo = opener;
    await this.updateComplete;
    if (!this.menu?.isConnected) return;
    if (!this.menu.matches(':popover-open')) this.menu.showPopover();
    this.#place(this.menu, at);
    this.#items[0]?.focus();
  }

  /** Closes, when it is open for a message that is not there any more. */
  closeUnless(isThere: (message: MessageView) => boolean): void {
    if (this.message !== null && !isThere(this.message)) this.#close();
  }

  protected override render(): TemplateResult {
    const texts = strings().retention.menu;
    const { message } = this;
    return html`<div
      class="menu"
      role="menu"
      popover="auto"
      aria-label=${texts.label}
      data-testid="message-menu-items"
      @keydown=${this.#onKeydown}
      @toggle=${this.#onToggle}
    >
      ${message?.kind === 'text' ? this.#item('copy', texts.copy, () => this.#copy(message)) : nothing}
      ${message ? this.#item('trash', texts.deleteHere, () => this.#delete(message, false), 'delete-here') : nothing}
      ${
        message?.kind === 'text' && message.isMine
          ? this.#item('trash', texts.deleteForEveryone, () => this.#delete(message, true), 'delete-everyone')
          : nothing
      }
    </div>`;
  }

  #item(symbol: IconName, label: string, act: () => void, testId: string = symbol): TemplateResult {
    const isDanger = testId === 'delete-everyone';
    return html`<button
      class=${isDanger ? 'danger' : ''}
      type="button"
      role="menuitem"
      tabindex="-1"
      data-testid=${testId}
      @click=${() => {
        this.#close();
        act();
      }}
    >
      ${icon(symbol)}<span>${label}</span>
    </button>`;
  }

  get #items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('[role=menuitem]')];
  }

  #delete(message: MessageView, forEveryone: boolean): void {
    this.dispatchEvent(new EnkMessageDeleteRequestEvent(message, forEveryone));
  }

  #copy({ text }: MessageView): void {
    navigator.clipboard.writeText(text).catch(() => undefined); // the browser asked, and the person said no
  }

  /** Below the opener, or above it where there is no room; inside the window in any case. */
  #place(menu: HTMLElement, at: DOMRect | DOMPoint): void {
    const rect = at instanceof DOMRect ? at : new DOMRect(at.x, at.y, 0, 0);
    const { width, height } = menu.getBoundingClientRect();
    const fits = rect.bottom + GAP_PX + height <= innerHeight - GAP_PX;
    const top = fits ? rect.bottom + GAP_PX : rect.top - GAP_PX - height;
    const left = rect.left + width > innerWidth - GAP_PX ? rect.right - width : rect.left;
    menu.style.top = `${Math.max(GAP_PX, top)}px`;
    menu.style.left = `${Math.min(Math.max(GAP_PX, left), innerWidth - width - GAP_PX)}px`;
  }

  #onKeydown(event: KeyboardEvent): void {
    const items = this.#items;
    const index = items.indexOf(event.target as HTMLElement);
    const targets: Record<string, number> = {
      ArrowDown: (index + 1) % items.length,
      ArrowUp: (index - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    const target = targets[event.key];
    if (target !== undefined) items[target]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation(); // what stands behind has Escape and arrows of its own
  }

  #close(): void {
    if (this.menu?.matches(':popover-open')) this.menu.hidePopover();
    this.#closed();
  }

  /** A click beside it closes it, too. */
  #onToggle(event: ToggleEvent): void {
    if (event.newState === 'closed') this.#closed();
  }

  #closed(): void {
    const opener = this.#returnFocusTo;
    this.#returnFocusTo = null;
    this.message = null;
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-message-menu': EnkMessageMenu;
  }
}
