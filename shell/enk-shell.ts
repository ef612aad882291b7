import { html, LitElement, nothing } from 'lit';
import { state } from 'lit/decorators.js';
import { baseStyles, buttonStyles, icon } from '@enk/internal';
import { takeInviteFromUrl } from './invite-from-url.ts';
import { readPageConfig } from './page-config.ts';
import { shellStyles } from './enk-shell.styles.ts';
import { applyTheme, loadTheme, saveTheme, type Theme } from './theme-setting.ts';
import type { SettingsThemeEvent } from './settings/enk-settings.events.ts';

/**
 * The reference app: one profile, the conversations, and the settings. It holds what a host page would decide
 * (which broker, which theme, what the address bar carries) and nothing that another host would need.
 */
export class EnkShell extends LitElement {
  static override styles = [...baseStyles, buttonStyles, shellStyles];

  @state() private view: 'chat' | 'settings' = 'chat';
  @state() private theme: Theme = loadTheme();
  @state() private invite = takeInviteFromUrl() ?? '';

  readonly #config = readPageConfig();
  #listening: AbortController | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    applyTheme(this.theme);
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    window.addEventListener('popstate', () => this.#followHistory(), { signal });
    window.addEventListener('hashchange', () => this.#takeInvite(), { signal });
    this.#followHistory();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
  }

  protected override render(): unknown {
    const isSettings = this.view === 'settings';
    return html`
      <enk-provider
        broker=${this.#config.brokerUrl}
        ice-servers=${this.#config.iceServers}
        profile="default"
        theme=${this.theme}
      >
        <enk-chat .invite=${this.invite} ?hidden=${isSettings}>
          <button
            slot="toolbar"
            class="icon-button"
            data-testid="open-settings"
            aria-label="Settings"
            title="Settings"
            @click=${this.#openSettings}
          >
            ${icon('settings')}
          </button>
        </enk-chat>
        ${
          isSettings
            ? html`<enk-settings
                .theme=${this.theme}
                @enk-settings-close-request=${this.#closeSettings}
                @enk-settings-theme-request=${this.#setTheme}
              ></enk-settings>`
            : nothing
        }
      </enk-provider>
    `;
  }

  #openSettings(): void {
    history.pushState({ enkView: 'settings' }, '');
    this.#followHistory();
  }

  #closeSettings(): void {
    history.back();
  }

  #settingsButton(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('[data-testid="open-settings"]');
  }

  #setTheme(event: SettingsThemeEvent): void {
    this.theme = event.theme;
    saveTheme(event.theme);
    applyTheme(event.theme);
  }

  #followHistory(): void {
    const current: unknown = history.state;
    const isSettings =
      typeof current === 'object' &&
      current !== null &&
      'enkView' in current &&
      current.enkView === 'settings';
    const wasSettings = this.view === 'settings';
    this.view = isSettings ? 'settings' : 'chat';
    if (wasSettings && !isSettings) void this.updateComplete.then(() => this.#settingsButton()?.focus());
  }

  #takeInvite(): void {
    const token = takeInviteFromUrl();
    if (token === null) return;
    this.invite = token;
    this.view = 'chat';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-shell': EnkShell;
  }
}
