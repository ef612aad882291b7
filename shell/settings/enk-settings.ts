import {
  connectionServiceContext,
  privacyServiceContext,
  profileServiceContext,
  ServiceController,
  type PrivacySettings,
} from '@enk/context';
import { baseStyles, buttonStyles, errorText, fieldStyles, icon } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { Theme } from '../theme-setting.ts';
import { SettingsCloseEvent, SettingsThemeEvent } from './enk-settings.events.ts';
import { settingsStyles } from './enk-settings.styles.ts';
import type { NetworkSaveEvent } from './network-form.ts';
import './address-renewal.define.ts';
import './network-form.define.ts';
import { texts } from './texts.ts';

export { SettingsCloseEvent, SettingsThemeEvent } from './enk-settings.events.ts';

const THEMES = ['auto', 'light', 'dark'] as const satisfies readonly Theme[];

/**
 * Settings of the person's profile in this browser.
 *
 * @event enk-settings-close-request - The person wants back to the conversations.
 * @event enk-settings-theme-request - The person chose a theme; `theme` says which.
 */
export class EnkSettings extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, settingsStyles];

  @property({ attribute: false }) theme: Theme = 'auto';

  @state() private nameStatus = '';
  @state() private nameError = '';
  @state() private privacyError = '';
  @state() private networkStatus = '';
  @state() private networkError = '';

  readonly #profile = new ServiceController(this, profileServiceContext);
  readonly #privacy = new ServiceController(this, privacyServiceContext);
  readonly #connection = new ServiceController(this, connectionServiceContext);

  #listening: AbortController | undefined;

  constructor() {
    super();
    this.addEventListener('keydown', this.#closeOnEscape);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listening = new AbortController();
    document.addEventListener('securitypolicyviolation', this.#onViolation, {
      signal: this.#listening.signal,
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('.back')?.focus();
  }

  protected override render(): TemplateResult {
    return html`
      <header>
        <button
          class="icon-button back"
          type="button"
          aria-label=${texts.back}
          title=${texts.back}
          @click=${this.#close}
        >
          ${icon('back')}
        </button>
        <h1>${texts.title}</h1>
      </header>
      <main>
        ${this.#renderYou()} ${this.#renderAppearance()} ${this.#renderPrivacy()} ${this.#renderVault()}
        ${this.#renderNetwork()} ${this.#renderDiagnostics()} ${this.#renderRelease()} ${this.#renderAbout()}
      </main>
    `;
  }

  #renderYou(): TemplateResult | typeof nothing {
    const profile = this.#profile.snapshot;
    if (profile?.kind !== 'open') return nothing;
    return html`<section aria-labelledby="you">
      <h2 id="you">${texts.you.title}</h2>
      <form class="card" @submit=${this.#saveName}>
        <div class="person">
          <enk-avatar .identityKey=${profile.identityKey} .name=${profile.displayName}></enk-avatar>
          <div class="field grow">
            <label for="name">${texts.you.name}</label>
            <input
              id="name"
              class="input"
              data-testid="settings-name"
              autocomplete="off"
              maxlength="64"
              required
              aria-describedby="name-hint"
              .value=${profile.displayName}
            />
          </div>
        </div>
        <p class="hint" id="name-hint">${texts.you.nameHint}</p>
        <div class="actions">
          <button class="button" type="submit" data-testid="settings-name-save">${texts.you.save}</button>
          ${this.#renderStatus(this.nameStatus, this.nameError)}
        </div>
        <div class="field">
          <span class="label" id="address">${texts.you.address}</span>
          <div class="copy-row">
            <code class="address" aria-labelledby="address">${profile.peerId}</code>
            <enk-copy-button .text=${profile.peerId}></enk-copy-button>
          </div>
          <p class="hint">${texts.you.addressHint}</p>
          <enk-address-renewal></enk-address-renewal>
        </div>
      </form>
    </section>`;
  }

  #renderPrivacy(): TemplateResult | typeof nothing {
    const privacy = this.#privacy.snapshot;
    if (!privacy) return nothing;
    return html`<section aria-labelledby="privacy">
      <h2 id="privacy">${texts.privacy.title}</h2>
      <div class="card">
        ${this.#renderSwitch('sendTyping', texts.privacy.typing, privacy)}
        ${this.#renderSwitch('sendReadReceipts', texts.privacy.receipts, privacy)}
        ${this.#renderStatus(texts.privacy.hint, this.privacyError)}
      </div>
    </section>`;
  }

  #renderSwitch(name: keyof PrivacySettings, label: string, privacy: PrivacySettings): TemplateResult {
    return html`<label class="switch">
      <span>${label}</span>
      <input
        type="checkbox"
        role="switch"
        data-testid=${`privacy-${name}`}
        .checked=${live(privacy[name])}
        @change=${(event: Event) => this.#setPrivacy({ ...privacy, [name]: isChecked(event) })}
      />
    </label>`;
  }

  #renderAppearance(): TemplateResult {
    return html`<section aria-labelledby="appearance">
      <h2 id="appearance">${texts.appearance.title}</h2>
      <fieldset class="card choices">
        <legend class="words">${texts.appearance.legend}</legend>
        ${THEMES.map(
          theme =>
            html`<label class="choice">
              <input
                type="radio"
                name="theme"
                value=${theme}
                .checked=${this.theme === theme}
                @change=${() => this.dispatchEvent(new SettingsThemeEvent(theme))}
              />
              <span>${texts.appearance[theme]}</span>
            </label>`,
        )}
      </fieldset>
    </section>`;
  }

  #renderNetwork(): TemplateResult | typeof nothing {
    const connection = this.#connection.service;
    if (!connection) return nothing;
    return html`<section aria-labelledby="network">
      <h2 id="network">${texts.network.title}</h2>
      <div class="card">
        <enk-network-form
          .network=${connection.network}
          .isRemembered=${connection.isNetworkRemembered}
          @enk-network-save-request=${this.#saveNetwork}
        ></enk-network-form>
        ${this.#renderStatus(this.networkStatus, this.networkError)}
      </div>
    </section>`;
  }

  #renderAbout(): TemplateResult {
    const { about } = texts;
    return html`<section aria-labelledby="about">
      <h2 id="about">${about.title}</h2>
      <div class="card">
        <p class="hint">${about.storage}</p>
        <p class="hint strong">${about.audit}</p>
      </div>
    </section>`;
  }

  #renderVault(): TemplateResult {
    return html`<section aria-labelledby="vault">
      <h2 id="vault">${texts.vault.title}</h2>
      <enk-vault-settings data-testid="vault-settings"></enk-vault-settings>
    </section>`;
  }

  #renderDiagnostics(): TemplateResult {
    return html`<section aria-labelledby="connections">
      <h2 id="connections">${texts.connections.title}</h2>
      <enk-diagnostics data-testid="diagnostics"></enk-diagnostics>
    </section>`;
  }

  #renderRelease(): TemplateResult {
    return html`<section aria-labelledby="release">
      <h2 id="release">${texts.release.title}</h2>
      <enk-release data-testid="release"></enk-release>
    </section>`;
  }

  #renderStatus(status: string, error: string): TemplateResult {
    return html`<span role="status" class=${error === '' ? 'hint' : 'error'}>${error || status}</span>`;
  }

  #close(): void {
    this.dispatchEvent(new SettingsCloseEvent());
  }

  #closeOnEscape(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing) this.#close();
  }

  /** The page's own policy decides which brokers can be reached at all; without a word it looks like a dead one. */
  readonly #onViolation = ({ effectiveDirective }: SecurityPolicyViolationEvent): void => {
    if (effectiveDirective !== 'connect-src') return;
    this.networkStatus = '';
    this.networkError = texts.network.refusedByPage;
  };

  async #saveName(event: Event): Promise<void> {
    event.preventDefault();
    const input = this.renderRoot.querySelector<HTMLInputElement>('#name');
    this.nameStatus = this.nameError = '';
    try {
      await this.#profile.service?.setDisplayName(input?.value.trim() ?? '');
      this.nameStatus = texts.you.saved;
    } catch (error) {
      this.nameError = errorText(error);
    }
  }

  async #setPrivacy(privacy: PrivacySettings): Promise<void> {
    this.privacyError = '';
    try {
      await this.#privacy.service?.setPrivacy(privacy);
    } catch (error) {
      this.privacyError = errorText(error);
    }
  }

  async #saveNetwork(event: NetworkSaveEvent): Promise<void> {
    this.networkStatus = this.networkError = '';
    try {
      await this.#connection.service?.rememberNetwork(event.network);
      this.networkStatus = texts.network.saved;
    } catch (error) {
      this.networkError = errorText(error);
    }
  }
}

function isChecked(event: Event): boolean {
  return event.target instanceof HTMLInputElement && event.target.checked;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-settings': EnkSettings;
  }
}
