import {
  ConversationController,
  filesServiceContext,
  ServiceController,
  type ContactId,
  type ContactView,
  type ConversationSnapshot,
  type MessageView,
  type TransferView,
} from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  dayLabel,
  icon,
  type EnkPreviewRequestEvent,
  MinuteClock,
  PreviewController,
  strings,
} from '@enk/internal';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import { repeat } from 'lit/directives/repeat.js';
import { EnkMessageDeleteRequestEvent } from './enk-chat.events.ts';
import type { EnkMessageMenu } from './enk-message-menu.ts';
import { messageListStyles } from './enk-message-list.styles.ts';
import { messageBubble } from './message-bubble.ts';
import { firstUnreadPosition, messageRows, type MessageRow } from './message-rows.ts';
import { previewItems, type TransferRow, withTransfers } from './transfer-rows.ts';
import { lineWords } from './retention-words.ts';

/** Within this distance of the end the list follows new messages. */
const NEAR_END_PX = 80;
/** Older messages are asked for this far before the top is reached. */
const NEAR_TOP_PX = 400;
const NONE: readonly MessageView[] = [];

/**
 * The messages of one conversation, oldest first. Follows new messages while the end is in view; reads older pages
 * as the person scrolls up; marks as read what was in view.
 *
 * @event enk-message-delete-request - Delete this message.
 * @csspart bubble - One message's bubble.
 */
export class EnkMessageList extends LitElement {
  static override styles = [...baseStyles, buttonStyles, messageListStyles];

  @property({ attribute: false }) contact: ContactView | undefined;

  @query('.log') private readonly log!: HTMLElement | null;
  @query('enk-message-menu') private readonly menu!: EnkMessageMenu | null;
  @state() private isAtEnd = true;
  /** Newest position that was in view; what is newer counts as new below. */
  @state() private seenPosition = -1;
  /** The message that a search led to; marked until another conversation is shown. */
  @state() private foundPosition: number | null = null;
  /** The message whose menu the arrow keys led to. */
  @state() private menuPosition: number | null = null;

  readonly #conversation = new ConversationController(this);
  readonly #files = new ServiceController(this, filesServiceContext);
  readonly #preview = new PreviewController(this, () => import('@enk/preview'));
  #unreadFrom: number | null = null;
  #isUnreadFromKnown = false;
  #clientHeight = 0;
  #heightBefore = 0;
  #topBefore = 0;
  #firstBefore: number | undefined;
  #wasOpen = false;
  #messagesBefore: readonly MessageView[] = NONE;
  #isPastAdded = true;
  #resize: ResizeObserver | undefined;

  constructor() {
    super();
    new MinuteClock(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#markRead);
    window.addEventListener('focus', this.#markRead);
    // The composer grows, the keyboard opens: the newest message stays in view.
    this.#resize = new ResizeObserver(() => {
      if (this.isAtEnd) this.scrollToEnd();
    });
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#markRead);
    window.removeEventListener('focus', this.#markRead);
    this.#resize?.disconnect();
  }

  override focus(options?: FocusOptions): void {
    this.log?.focus(options);
  }

  /** Shows a message in the middle of the list, marks it and puts the focus on it. */
  async showMessage(position: number): Promise<void> {
    await this.updateComplete;
    this.isAtEnd = false;
    this.foundPosition = position;
    try {
      await this.#conversation.conversation?.showAround(position);
    } catch {
      return; // The conversation stays as it was; choosing the result again asks again.
    }
    this.requestUpdate();
    await this.updateComplete;
    const found = this.renderRoot.querySelector<HTMLElement>(`[data-position="${position}"]`);
    found?.scrollIntoView({ block: 'center' });
    found?.focus({ preventScroll: true });
  }

  scrollToEnd(): void {
    if (!this.log) return;
    this.log.scrollTop = this.log.scrollHeight;
    this.#clientHeight = this.log.clientHeight;
    this.isAtEnd = true;
    this.#markRead();
  }

  /** A burst of messages is drawn once a frame: each drawing lays the whole list out. */
  protected override async scheduleUpdate(): Promise<void> {
    if (document.visibilityState === 'visible') await new Promise(requestAnimationFrame);
    await super.scheduleUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('contact');
    if (changed.has('contact') && before?.id !== this.contact?.id) this.#reset();
    this.#conversation.select(this.contact?.id);
    this.#findUnread();
    this.#noteChange();
    this.#heightBefore = this.log?.scrollHeight ?? 0;
    this.#topBefore = this.log?.scrollTop ?? 0;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { contact } = this;
    if (!contact) return nothing;
    const texts = strings().conversation;
    // Screen readers announce what is added to a log: another contact's messages come in a new one, and a page of
    // older messages comes silently.
    return html`${keyed(
        contact.id,
        html`<div
          class="log"
          role="log"
          tabindex="0"
          aria-label=${texts.messages(contact.name)}
          aria-live=${this.#isPastAdded ? 'off' : nothing}
          data-testid="message-list"
          @scroll=${this.#onScroll}
          @keydown=${this.#onKeydown}
          @enk-preview-request=${(event: EnkPreviewRequestEvent) =>
            void this.#preview.answer(event, previewItems(this.#transfers(contact.id)))}
        >
          ${this.#content(contact)}
        </div>`,
      )}
      ${this.isAtEnd && !this.#hasNewer ? nothing : this.#latestButton()}
      <enk-message-menu
        @enk-message-delete-request=${({ message, forEveryone }: EnkMessageDeleteRequestEvent) =>
          this.dispatchEvent(new EnkMessageDeleteRequestEvent(message, forEveryone))}
      ></enk-message-menu>
      ${this.#preview.render()}`;
  }

  protected override updated(): void {
    const grewAtTop = this.#growsAtTop();
    this.#firstBefore = this.#messages[0]?.position;
    this.#wasOpen = this.#conversation.snapshot?.kind === 'open';
    const there = new Set(this.#messages.map(({ id }) => id));
    this.menu?.closeUnless(({ id }) => there.has(id));
    if (!this.log) return;
    if (grewAtTop) this.#keepPlace(this.log);
    else if (this.isAtEnd) this.scrollToEnd();
  }

  get #messages(): readonly MessageView[] {
    const snapshot = this.#conversation.snapshot;
    return snapshot?.kind === 'open' ? snapshot.messages : NONE;
  }

  /** An older part is shown: its end is not the newest message. */
  get #hasNewer(): boolean {
    const snapshot = this.#conversation.snapshot;
    return snapshot?.kind === 'open' && snapshot.hasNewer;
  }

  async #showLatest(): Promise<void> {
    this.foundPosition = null;
    if (this.#hasNewer) {
      await this.#conversation.conversation?.reload();
      this.isAtEnd = true;
      await this.updateComplete;
    }
    this.scrollToEnd();
  }

  /** A page of older messages is being put above those that were shown. */
  #growsAtTop(): boolean {
    const first = this.#messages[0]?.position;
    return this.#firstBefore !== undefined && first !== undefined && first < this.#firstBefore;
  }

  /** The first messages of a conversation, and older pages, are the past; it stays said until others come. */
  #noteChange(): void {
    const messages = this.#messages;
    if (messages === this.#messagesBefore) return;
    this.#isPastAdded = !this.#wasOpen || this.#growsAtTop();
    this.#messagesBefore = messages;
  }

  #reset(): void {
    this.isAtEnd = true;
    this.seenPosition = -1;
    this.foundPosition = null;
    this.menuPosition = null;
    this.#unreadFrom = null;
    this.#isUnreadFromKnown = false;
    this.#firstBefore = undefined;
    this.#wasOpen = false;
    this.#messagesBefore = NONE;
    this.#isPastAdded = true;
  }

  /** Fixed when the conversation opens, so that the marker does not move while one reads. */
  #findUnread(): void {
    if (this.#isUnreadFromKnown || !this.contact || this.#conversation.snapshot?.kind !== 'open') return;
    this.#isUnreadFromKnown = true;
    this.#unreadFrom = firstUnreadPosition(this.#messages, this.contact.unreadCount);
  }

  #content(contact: ContactView): TemplateResult {
    const texts = strings().conversation;
    const snapshot: ConversationSnapshot = this.#conversation.snapshot ?? { kind: 'loading' };
    if (snapshot.kind === 'loading') return html`<p class="notice">${texts.loading}</p>`;
    if (snapshot.kind === 'failed')
      return html`<div class="notice" role="alert">
        <p>${texts.failed}</p>
        <p>
          <button class="button" type="button" @click=${() => this.#conversation.conversation?.reload()}>
            ${strings().common.tryAgain}
          </button>
        </p>
      </div>`;
    const transfers = this.#transfers(contact.id);
    const rows = withTransfers(messageRows(snapshot.messages, this.#unreadFrom), transfers, snapshot);
    return html`${snapshot.isLoadingOlder ? html`<p class="older">${texts.loadingOlder}</p>` : nothing}
      ${snapshot.hasOlder ? nothing : this.#beginning(contact, rows.length === 0)}
      <ol>
        ${repeat(
          rows,
          row => row.key,
          row => this.#row(row, contact),
        )}
      </ol>`;
  }

  #transfers(contactId: ContactId): readonly TransferView[] {
    return (this.#files.snapshot?.transfers ?? []).filter(transfer => transfer.contactId === contactId);
  }

  #beginning(contact: ContactView, isEmpty: boolean): TemplateResult {
    const texts = strings().conversation;
    return html`<div class="notice ${isEmpty ? '' : 'beginning'}">
      <p>${texts.empty(contact.name)}</p>
      ${isEmpty ? html`<p>${texts.emptyHint}</p>` : nothing}
    </div>`;
  }

  #row(row: MessageRow | TransferRow, contact: ContactView): TemplateResult {
    switch (row.kind) {
      case 'transfer':
        return html`<li class="message first last ${row.transfer.isMine ? 'mine' : 'theirs'}">
          <div class="bubble transfer" part="bubble">
            <enk-transfer .transfer=${row.transfer}></enk-transfer>
          </div>
        </li>`;
      case 'day':
        return html`<li class="day">${dayLabel(row.atMs, Date.now())}</li>`;
      case 'unread':
        return html`<li class="unread" data-testid="unread-marker">${strings().conversation.unread}</li>`;
      case 'message':
        return messageBubble(row, {
          authorName: contact.name,
          isFound: row.message.position === this.foundPosition,
          isInTabOrder: row.message.position === this.#menuPosition(),
          openMenu: (message, opener, at) => void this.menu?.open(message, opener, at),
        });
      case 'line':
        return html`<li
          class="line"
          data-testid="timer-line"
          data-position=${row.message.position}
          tabindex=${row.message.position === this.foundPosition ? '-1' : nothing}
        >
          ${icon('timer', 14)}<bdi>${lineWords(row.message, contact.name)}</bdi>
        </li>`;
    }
  }

  /** Of the message whose menu the Tab key leads to: the one that had it last, else the newest. */
  #menuPosition(): number | undefined {
    const { menuPosition } = this;
    const isThere = this.#messages.some(({ position }) => position === menuPosition);
    return isThere
      ? (menuPosition ?? undefined)
      : this.#messages.findLast(({ kind }) => !isLine(kind))?.position;
  }

  /** From one message's menu to the next. */
  #onKeydown(event: KeyboardEvent): void {
    const current = event.target as HTMLElement;
    if (!current.matches('.more') || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    const all = [...this.renderRoot.querySelectorAll<HTMLElement>('.more')];
    const next = all[all.indexOf(current) + (event.key === 'ArrowUp' ? -1 : 1)];
    event.preventDefault();
    if (!next) return;
    this.menuPosition = Number(next.closest<HTMLElement>('.message')?.dataset['position']);
    next.focus({ preventScroll: true });
    next.closest('.message')?.scrollIntoView({ block: 'nearest' });
  }

  #latestButton(): TemplateResult {
    const texts = strings().conversation;
    const count = this.#messages.filter(
      message => !message.isMine && message.kind === 'text' && message.position > this.seenPosition,
    ).length;
    return html`<button
      class="latest"
      type="button"
      data-testid="scroll-to-latest"
      aria-label=${count > 0 ? `${texts.newBelow(count)}. ${texts.latest}` : texts.latest}
      @click=${this.#showLatest}
    >
      ${count > 0 ? texts.newBelow(count) : nothing} ${icon('down', 16)}
    </button>`;
  }

  /** What was in view stays where it was, though a page was put above it. */
  #keepPlace(log: HTMLElement): void {
    if (log.scrollTop !== this.#topBefore) return; // The browser's own scroll anchoring did it.
    log.scrollTop = this.#topBefore + (log.scrollHeight - this.#heightBefore);
  }

  #onScroll(): void {
    const { log } = this;
    if (!log) return;
    if (log.clientHeight !== this.#clientHeight) {
      // Not the person: the pane changed its height, and the browser moved the content.
      this.#clientHeight = log.clientHeight;
      if (this.isAtEnd) return this.scrollToEnd();
    }
    const belowPx = log.scrollHeight - log.scrollTop - log.clientHeight;
    this.isAtEnd = belowPx < NEAR_END_PX && !this.#hasNewer;
    if (this.isAtEnd) this.#markRead();
    if (log.scrollTop < NEAR_TOP_PX) void this.#load('loadOlder');
    if (belowPx < NEAR_TOP_PX && this.#hasNewer) void this.#load('loadNewer');
  }

  async #load(which: 'loadOlder' | 'loadNewer'): Promise<void> {
    try {
      await this.#conversation.conversation?.[which]();
    } catch {
      // The page stays as it was; scrolling again asks again.
    }
  }

  readonly #markRead = (): void => {
    const newest = this.#messages.at(-1);
    const { contact } = this;
    if (!newest || !contact || !this.isAtEnd || this.#hasNewer || !this.#isSeen()) return;
    this.seenPosition = newest.position;
    if (contact.unreadCount > 0)
      void this.#conversation.conversation?.markRead(newest.position).catch(ignore);
  };

  #isSeen(): boolean {
    return document.visibilityState === 'visible' && document.hasFocus() && this.checkVisibility();
  }
}

function isLine(kind: MessageView['kind']): boolean {
  return kind === 'timer' || kind === 'message-timer';
}

/** The badge stays until the next attempt; nothing else depends on it. */
function ignore(): void {
  return undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-message-list': EnkMessageList;
  }
}
