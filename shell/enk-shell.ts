import { releaseServiceContext } from '@enk/context';
import { ContextProvider } from '@lit/context';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { query, state } from 'lit/decorators.js';
import type { EnkChat, EnkContactSelectedEvent, EnkUnreadChangedEvent } from '@enk/chat';
import { baseStyles, buttonStyles, icon } from '@enk/internal';
import type { EnkLockChangedEvent, EnkUnlock } from '@enk/unlock';
import { takeInviteFromUrl } from './invite-from-url.ts';
import { shellStyles } from './enk-shell.styles.ts';
import { ReleaseGuard } from './release/release-guard.ts';
import { loadSiteConfig, SiteConfigError, type SiteConfig } from './site-config.ts';
import { startTexts } from './start-texts.ts';
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
  @state() private isFiles = currentView() === 'files';
  @state() private theme: Theme = loadTheme();
  /** The lock stands in front of everything else. */
  @state() private isLocked = false;
  @state() private invite = takeInviteFromUrl() ?? '';

  @query('enk-unlock') private readonly lock!: EnkUnlock | null;
  @query('enk-chat') private readonly chat!: EnkChat | null;

  /** What the operator of this site decides; null until it was read. */
  @state() private config: SiteConfig | null = null;
  @state() private startFailure: SiteConfigError['code'] | null = null;

  /** Decides whether this page may open anything. */
  readonly #guard = new ReleaseGuard({
    base: new URL('./', document.baseURI).href,
    container: (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker,
    reload: () => location.reload(),
  });
  readonly #history = new ViewHistory(view => this.#show(view));
  #listening: AbortController | undefined;

  constructor() {
    super();
    new ContextProvider(this, { context: releaseServiceContext, initialValue: this.#guard });
    this.#guard.subscribe(() => this.requestUpdate());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    applyTheme(this.theme);
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    if (this.config === null) void this.#start();
    window.addEventListener('hashchange', () => void this.#takeInvite(), { signal });
    this.#history.connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
    this.#history.disconnect();
  }

  /** The operator's choices, then the release: only what may run opens the vault. */
  async #start(): Promise<void> {
    this.startFailure = null;
    try {
      const config = await loadSiteConfig(document.baseURI);
      await this.#guard.start(config);
      this.config = config;
    } catch (error) {
      if (!(error instanceof SiteConfigError)) throw error;
      this.startFailure = error.code;
    }
  }

  protected override render(): unknown {
    if (this.startFailure !== null) return this.#renderStartFailure(this.startFailure);
    const isHeld = this.#guard.snapshot.kind !== 'loading' && !this.#guard.isClear;
    if (isHeld) return html`<enk-release-alarm></enk-release-alarm>`;
    return this.config === null ? nothing : this.#renderApp(this.config);
  }

  #renderStartFailure(code: SiteConfigError['code']): TemplateResult {
    return html`<div class="start-failure" role="alert" data-testid="start-failure">
      <p>${startTexts[code]}</p>
      <button class="button" type="button" @click=${this.#start}>${startTexts.retry}</button>
    </div>`;
  }

  #renderApp(config: SiteConfig): TemplateResult {
    const { isLocked } = this;
    const isSettings = this.isSettings && !isLocked;
    const isFiles = this.isFiles && !isLocked;
    return html`
      <enk-provider
        broker=${config.brokerUrl}
        ice-servers=${config.iceServers}
        profile="default"
        theme=${this.theme}
        @enk-lock-changed=${this.#onLockChanged}
      >
        <enk-unlock ?hidden=${!isLocked}></enk-unlock>
        <enk-chat
          .invite=${this.invite}
          ?hidden=${isSettings || isFiles || isLocked}
          @enk-contact-selected=${this.#onContactSelected}
          @enk-unread-changed=${this.#showUnread}
        >
          <button
            slot="toolbar"
            class="icon-button"
            type="button"
            data-testid="open-files"
            aria-label="Files"
            title="Files"
            @click=${() => this.#openFiles()}
          >
            ${icon('folder')}
          </button>
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
        ${isFiles ? this.#filesPage() : nothing}
      </enk-provider>
    `;
  }

  #filesPage(): unknown {
    return html`<main class="files">
      <header>
        <button
          class="icon-button back"
          type="button"
          data-testid="files-back"
          aria-label="Back to chats"
          @click=${() => this.#history.back()}
        >
          ${icon('back')}
        </button>
        <h1>Files</h1>
      </header>
      <enk-files></enk-files>
    </main>`;
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

  #openFiles(): void {
    this.#history.enterFiles();
    this.#show('files');
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('[data-testid="files-back"]')?.focus(),
    );
  }

  #show(view: ShellView): void {
    const wasSettings = this.isSettings;
    const wasFiles = this.isFiles;
    this.isSettings = view === 'settings';
    this.isFiles = view === 'files';
    if (view === 'chat') this.chat?.selectContact(null);
    if (wasSettings && !this.isSettings)
      void this.updateComplete.then(() => this.#button('open-settings')?.focus());
    if (wasFiles && !this.isFiles) void this.updateComplete.then(() => this.#button('open-files')?.focus());
  }

  #button(testId: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
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
    this.isSettings = this.isFiles = false;
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
