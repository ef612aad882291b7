import {
  contactsServiceContext,
  conversationServiceContext,
  ServiceController,
  type ContactId,
  type ContactView,
  type ConversationService,
  type SearchHitView,
} from '@enk/context';
import { baseStyles, buttonStyles, errorText, relativeTime, strings } from '@enk/internal';
import { ContextConsumer } from '@lit/context';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { contactRow } from './contact-row.ts';
import { EnkContactSelectRequestEvent, EnkMessageShowRequestEvent } from './enk-chat.events.ts';
import { searchResultsStyles } from './enk-search-results.styles.ts';
import { snippet } from './snippet.ts';

/** People type several letters at once: the first of them need not be looked for. */
const PAUSE_MS = 120;

/**
 * What is found: people by name, then messages, newest first. Arrow keys move between them, Enter opens.
 *
 * @event enk-contact-select-request - A person was chosen.
 * @event enk-message-show-request - A message was chosen.
 */
export class EnkSearchResults extends LitElement {
  static override styles = [...baseStyles, buttonStyles, searchResultsStyles];

  @property() query = '';
  @state() private hits: readonly SearchHitView[] = [];
  @state() private next: string | null = null;
  @state() private error = '';
  /** The query that the hits belong to. */
  @state() private answered = '';
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  #conversations: ConversationService | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    new ContextConsumer(this, {
      context: conversationServiceContext,
      callback: service => {
        this.#conversations = service;
      },
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  /** Puts the focus on the first result. */
  override focus(): void {
    this.#rows()[0]?.focus();
  }

  /** Opens the first result of what stands in the field now, as Enter there does. */
  async openFirst(): Promise<void> {
    if (this.answered !== this.query) {
      clearTimeout(this.#timer);
      await this.#search();
      await this.updateComplete;
    }
    this.#rows()[0]?.click();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('query')) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#search(), PAUSE_MS);
  }

  protected override render(): TemplateResult {
    const texts = strings().search;
    const people = this.#people();
    const isAnswered = this.answered === this.query;
    const isNothing = isAnswered && people.length === 0 && this.hits.length === 0 && this.error === '';
    return html`<div role="region" aria-label=${texts.results} @keydown=${this.#onKeydown}>
      <p class="words" role="status">
        ${isAnswered ? texts.found(people.length + this.hits.length, this.next !== null) : texts.working}
      </p>
      ${
        people.length === 0
          ? nothing
          : this.#group(
              texts.people,
              people.map(person => this.#person(person)),
            )
      }
      ${
        this.hits.length === 0
          ? nothing
          : this.#group(
              texts.messages,
              this.hits.map(hit => this.#hit(hit)),
            )
      }
      ${this.error === '' ? nothing : this.#failed()} ${isNothing ? this.#nothing() : nothing}
      ${this.next === null ? nothing : this.#more()}
    </div>`;
  }

  #group(title: string, rows: readonly TemplateResult[]): TemplateResult {
    return html`<h3>${title}</h3>
      <ul role="list">
        ${rows.map(row => html`<li>${row}</li>`)}
      </ul>`;
  }

  #person(contact: ContactView): TemplateResult {
    return html`<div @click=${() => this.dispatchEvent(new EnkContactSelectRequestEvent(contact.id))}>
      ${contactRow(contact, { isCurrent: false, isInTabOrder: true, nowMs: Date.now() })}
    </div>`;
  }

  #hit({ message, ranges }: SearchHitView): TemplateResult {
    const contact = this.#find(message.contactId);
    const show = new EnkMessageShowRequestEvent(message.contactId, message.position);
    return html`<button
      class="row hit"
      type="button"
      data-testid="search-hit"
      data-contact-id=${message.contactId}
      data-position=${message.position}
      @click=${() => this.dispatchEvent(show)}
    >
      <span class="line">
        <span class="name truncate"><bdi>${contact?.name ?? ''}</bdi></span>
        <span class="time">${relativeTime(message.sentAtMs, Date.now())}</span>
      </span>
      <span class="snippet" dir="auto"
        >${message.isMine ? html`<span class="you">${strings().list.you} </span>` : nothing}${snippet(
          message.text,
          ranges,
        ).map(part => (part.isMatch ? html`<mark>${part.text}</mark>` : part.text))}</span
      >
    </button>`;
  }

  #nothing(): TemplateResult {
    const texts = strings().search;
    return html`<div class="nothing" data-testid="search-nothing">
      <p>${texts.nothing(this.query.trim())}</p>
      <p class="muted">${texts.hint}</p>
    </div>`;
  }

  #failed(): TemplateResult {
    return html`<div class="nothing" role="alert">
      <p class="error">${this.error}</p>
      <button class="button" type="button" @click=${() => this.#search()}>
        ${strings().common.tryAgain}
      </button>
    </div>`;
  }

  #more(): TemplateResult {
    return html`<button
      class="button quiet more"
      type="button"
      data-testid="search-more"
      @click=${this.#loadMore}
    >
      ${strings().search.more}
    </button>`;
  }

  #people(): readonly ContactView[] {
    const wanted = foldName(this.query.trim());
    if (wanted === '') return [];
    const contacts = this.#contacts.snapshot?.contacts ?? [];
    return contacts.filter(contact => foldName(contact.name).includes(wanted)).slice(0, 5);
  }

  #find(id: ContactId): ContactView | undefined {
    return this.#contacts.snapshot?.contacts.find(contact => contact.id === id);
  }

  async #search(): Promise<void> {
    const { query } = this;
    try {
      const page = await this.#conversations?.search({ query });
      if (query !== this.query || page === undefined) return; // another query is on its way
      this.error = '';
      this.hits = page.hits;
      this.next = page.next;
    } catch (error) {
      if (query !== this.query) return;
      this.error = errorText(error);
      this.hits = [];
      this.next = null;
    }
    this.answered = query;
  }

  async #loadMore(): Promise<void> {
    const { query, next: before } = this;
    if (before === null) return;
    try {
      const page = await this.#conversations?.search({ query, before });
      if (query !== this.query || before !== this.next || page === undefined) return;
      this.hits = [...this.hits, ...page.hits];
      this.next = page.next;
    } catch (error) {
      this.error = errorText(error);
    }
  }

  #rows(): readonly HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('.row')];
  }

  #onKeydown(event: KeyboardEvent): void {
    const rows = this.#rows();
    const index = rows.indexOf(event.target as HTMLElement);
    const target = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (index < 0 || target === undefined || target < 0) return; // above the first: the field takes it
    event.preventDefault();
    event.stopPropagation();
    rows[target]?.focus();
  }
}

/** Names are few: case and accents away, anywhere in the name. */
function foldName(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-search-results': EnkSearchResults;
  }
}
