import { contactsServiceContext, ServiceController, type ContactId, type ContactView } from '@enk/context';
import { baseStyles, buttonStyles, fieldStyles, icon, MinuteClock, strings } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { contactRow } from './contact-row.ts';
import {
  EnkContactSelectRequestEvent,
  EnkDialogOpenRequestEvent,
  EnkMessageShowRequestEvent,
  type ChatDialog,
} from './enk-chat.events.ts';
import { contactListStyles } from './enk-contact-list.styles.ts';
import type { EnkSearchResults } from './enk-search-results.ts';

/**
 * The people of this profile, newest activity first, with whoever waits for an answer above them. Arrow keys, Home
 * and End move between rows; Tab enters and leaves the list as one stop.
 *
 * @slot toolbar - Beside the title; for controls of the host page.
 * @event enk-contact-select-request - A row was chosen.
 * @event enk-message-show-request - A message that was found was chosen.
 * @event enk-dialog-open-request - A new chat is wanted.
 */
export class EnkContactList extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, contactListStyles];

  @property({ attribute: false }) selectedId: ContactId | null = null;
  @state() private focusedId: ContactId | null = null;
  /** What is looked for; the list is shown while it is empty. */
  @state() private query = '';
  @query('enk-search-results') private readonly results!: EnkSearchResults | null;
  readonly #contacts = new ServiceController(this, contactsServiceContext);

  constructor() {
    super();
    new MinuteClock(this);
  }

  /** Puts the focus on a contact's row; without that on the first one; without any on "new chat". */
  async focusRow(contactId: ContactId | null): Promise<void> {
    await this.updateComplete;
    const rows = this.#rows();
    const row = rows.find(candidate => candidate.dataset['contactId'] === contactId);
    const newChat = this.renderRoot.querySelector<HTMLElement>('.header > .icon-button');
    (row ?? rows[0] ?? newChat)?.focus();
  }

  protected override render(): TemplateResult {
    const texts = strings().list;
    return html`<div class="header">
        <h2>${texts.title}</h2>
        <slot name="toolbar"></slot>
        <button
          class="icon-button"
          type="button"
          data-testid="new-chat"
          aria-label=${texts.add}
          title=${texts.add}
          @click=${() => this.#open({ kind: 'add' })}
        >
          ${icon('plus')}
        </button>
      </div>
      ${this.#contacts.snapshot?.contacts.length ? this.#search() : nothing}
      <enk-status-line></enk-status-line>
      <enk-consent-banner></enk-consent-banner>
      <div class="scroll">
        ${
          this.query.trim() === ''
            ? this.#content()
            : html`<enk-search-results
                .query=${this.query}
                @enk-contact-select-request=${(event: EnkContactSelectRequestEvent) =>
                  this.dispatchEvent(new EnkContactSelectRequestEvent(event.contactId))}
                @enk-message-show-request=${(event: EnkMessageShowRequestEvent) =>
                  this.dispatchEvent(new EnkMessageShowRequestEvent(event.contactId, event.position))}
              ></enk-search-results>`
        }
      </div>`;
  }

  #search(): TemplateResult {
    const texts = strings().search;
    return html`<search class="search" @keydown=${this.#onSearchKeydown}>
      ${icon('search', 16)}
      <input
        class="input"
        type="search"
        data-testid="search-input"
        autocomplete="off"
        spellcheck="false"
        maxlength="256"
        aria-label=${texts.label}
        placeholder=${texts.placeholder}
        .value=${this.query}
        @input=${(event: InputEvent) => (this.query = (event.target as HTMLInputElement).value)}
      />
      ${
        this.query === ''
          ? nothing
          : html`<button
              class="icon-button"
              type="button"
              data-testid="search-clear"
              aria-label=${texts.clear}
              @click=${this.#clearSearch}
            >
              ${icon('close', 16)}
            </button>`
      }
    </search>`;
  }

  #clearSearch(): void {
    this.query = '';
    this.renderRoot.querySelector<HTMLElement>('.search .input')?.focus();
  }

  /** Escape clears, Enter opens the first result, the arrow goes down into them. */
  #onSearchKeydown(event: KeyboardEvent): void {
    if (event.isComposing || this.query === '') return;
    if (event.key === 'Escape') this.#clearSearch();
    else if (event.key === 'Enter') void this.results?.openFirst();
    else if (event.key === 'ArrowDown') this.results?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #content(): TemplateResult {
    const texts = strings().list;
    const snapshot = this.#contacts.snapshot;
    if (!snapshot?.isLoaded) return html`<p class="loading" role="status">${texts.loading}</p>`;
    if (snapshot.contacts.length === 0) return this.#empty();
    const tabStop = this.#tabStop(snapshot.contacts);
    const nowMs = Date.now();
    return html`<nav aria-label=${texts.label}>
      <ul
        class="rows"
        role="list"
        @keydown=${this.#onKeydown}
        @focusin=${this.#onFocusin}
        @click=${this.#onClick}
      >
        ${repeat(
          snapshot.contacts,
          contact => contact.id,
          contact =>
            html`<li>
              ${contactRow(contact, {
                isCurrent: contact.id === this.selectedId,
                isInTabOrder: contact.id === tabStop,
                nowMs,
              })}
            </li>`,
        )}
      </ul>
    </nav>`;
  }

  #empty(): TemplateResult {
    const texts = strings().list;
    return html`<div class="empty" data-testid="empty">
      ${icon('chat', 32)}
      <h3>${texts.emptyTitle}</h3>
      <p class="muted">${texts.emptyHint}</p>
      <div class="actions">
        <button
          class="button primary"
          type="button"
          data-testid="invite-someone"
          @click=${() => this.#open({ kind: 'invite' })}
        >
          ${texts.invite}
        </button>
        <button
          class="button"
          type="button"
          data-testid="open-invite"
          @click=${() => this.#open({ kind: 'accept', token: '' })}
        >
          ${texts.accept}
        </button>
      </div>
    </div>`;
  }

  #tabStop(contacts: readonly ContactView[]): ContactId | undefined {
    const has = (id: ContactId | null): boolean => contacts.some(contact => contact.id === id);
    if (this.focusedId && has(this.focusedId)) return this.focusedId;
    if (this.selectedId && has(this.selectedId)) return this.selectedId;
    return contacts[0]?.id;
  }

  #rows(): readonly HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('.row')];
  }

  #onKeydown(event: KeyboardEvent): void {
    const rows = this.#rows();
    const index = rows.indexOf(event.target as HTMLElement);
    const target = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (index < 0 || target === undefined) return;
    event.preventDefault();
    rows[target]?.focus();
  }

  #onFocusin(event: FocusEvent): void {
    this.focusedId = contactIdOf(event);
  }

  #onClick(event: MouseEvent): void {
    const id = contactIdOf(event);
    if (id) this.dispatchEvent(new EnkContactSelectRequestEvent(id));
  }

  #open(dialog: ChatDialog): void {
    this.dispatchEvent(new EnkDialogOpenRequestEvent(dialog));
  }
}

function contactIdOf(event: Event): ContactId | null {
  const row = (event.target as HTMLElement).closest<HTMLElement>('.row');
  return (row?.dataset['contactId'] as ContactId | undefined) ?? null;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-contact-list': EnkContactList;
  }
}
