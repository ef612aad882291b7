import { html, LitElement, nothing } from 'lit';
import { query, state } from 'lit/decorators.js';
import type { EnkChat, EnkContactSelectedEvent, EnkUnreadChangedEvent } from '@enk/chat';
import { baseStyles, buttonStyles, icon } from '@enk/internal';
import type { EnkLockChangedEvent, EnkUnlock } from '@enk/unlock';
import { takeInviteFromUrl } from './invite-from-url.ts';
import { readPageConfig } from './page-config.ts';
import { shellStyles } from './enk-shell.styles.ts';
import { applyTheme, loadTheme, saveTheme, type Theme } from './theme-setting.ts';
import type { SettingsThemeEvent } from './settings/enk-settings.events.ts';
import { currentView, ViewHistory, type ShellView } from './view-history.ts';

const TITLE = 'Enkrypted';

/**
 * The reference app: one profile, the conversations, and the settings. It holds what a host page would decide
 * (which broker, which theme, what the address bar carries) and nothing that another host would need.
 */
export class EnkShell extends LitElement {
  static override styles = [...baseStyles, buttonStyles, shellStyles];

  @state() private isSettings = currentView() === 'settings';
  @state() private theme: Theme = loadTheme();
  /** The lock stands in front of everything else. */
  @state() private isLocked = false;
  @state() private invite = takeInviteFromUrl() ?? '';

  @query('enk-unlock') private readonly lock!: EnkUnlock | null;
  @query('enk-chat') private readonly chat!: EnkChat | null;

  readonly #config = readPageConfig();
  readonly #history = new ViewHistory(view => this.#show(view));
  #listening: AbortController | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    applyTheme(this.theme);
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    window.addEventListener('hashchange', () => void this.#takeInvite(), { signal });
    this.#history.connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
    this.#history.disconnect();
  }

  protected override render(): unknown {
    const { isLocked } = this;
    const isSettings = this.isSettings && !isLocked;
    return html`
      <enk-provider
        broker=${this.#config.brokerUrl}
        ice-servers=${this.#config.iceServers}
        profile="default"
        theme=${this.theme}
        @enk-lock-changed=${this.#onLockChanged}
      >
        <enk-unlock ?hidden=${!isLocked}></enk-unlock>
        <enk-chat
          .invite=${this.invite}
          ?hidden=${isSettings || isLocked}
          @enk-contact-selected=${this.#onContactSelected}
          @enk-unread-changed=${this.#showUnread}
        >
          <button
            slot="toolbar"
            class="icon-button"
            type="button"
            data-testid="open-settings"
            aria-label="Settings"
            title="Settings"
            @click=${() => this.#openSettings()}
          >
            ${icon('settings')}
          </button>
        </enk-chat>
        <enk-call ?hidden=${isLocked}></enk-call>
        ${
          isSettings
            ? html`<enk-settings
                .theme=${this.theme}
                @enk-settings-close-request=${() => this.#history.back()}
                @enk-settings-theme-request=${this.#setTheme}
              ></enk-settings>`
            : nothing
        }
      </enk-provider>
    `;
  }

  #onLockChanged({ isLocked, isErased }: EnkLockChangedEvent): void {
    this.isLocked = isLocked;
    if (isErased) this.#history.forget(); // what comes after is a first start, not the settings of nobody
    if (isLocked) void this.updateComplete.then(() => this.lock?.focus());
  }

  #openSettings(): void {
    this.#history.enterSettings();
    this.#show('settings');
  }

  #show(view: ShellView): void {
    const wasSettings = this.isSettings;
    this.isSettings = view === 'settings';
    if (view === 'chat') this.chat?.selectContact(null);
    if (wasSettings && !this.isSettings) void this.updateComplete.then(() => this.#settingsButton()?.focus());
  }

  #settingsButton(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('[data-testid="open-settings"]');
  }

  #onContactSelected(event: EnkContactSelectedEvent): void {
    this.#history.noteConversation(event.contactId !== null);
  }

  /** The number alone: titles are seen by whoever looks at the window's list. */
  #showUnread({ count }: EnkUnreadChangedEvent): void {
    document.title = count === 0 ? TITLE : `(${count}) ${TITLE}`;
  }

  #setTheme(event: SettingsThemeEvent): void {
    this.theme = event.theme;
    saveTheme(event.theme);
    applyTheme(event.theme);
  }

  async #takeInvite(): Promise<void> {
    const token = takeInviteFromUrl();
    if (token === null) return;
    this.isSettings = false;
    // The same link once more is asked about once more.
    this.invite = '';
    await this.updateComplete;
    this.invite = token;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-shell': EnkShell;
  }
}
