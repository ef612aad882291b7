import type { ProfileSnapshot } from '@enk/context';
import { baseStyles, buttonStyles, icon, strings, type IconName } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';

/** What is shown while there is no open profile: opening, in use elsewhere, locked, erased, failed, or no provider at all. */
export class EnkProfileState extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: grid;
        place-items: center;
        block-size: 100%;
        padding: 24px;
        overflow: auto;
      }
      .panel {
        display: grid;
        justify-items: center;
        gap: 8px;
        max-inline-size: 40ch;
        text-align: center;
        text-wrap: balance;
      }
      svg {
        margin-block-end: 8px;
        color: var(--_text-muted);
      }
      h2 {
        font-size: var(--_size-title);
        font-weight: 600;
      }
      .button {
        margin-block-start: 12px;
      }
    `,
  ];

  @property({ attribute: false }) profile: ProfileSnapshot | undefined;

  protected override render(): TemplateResult {
    const texts = strings().profile;
    const { profile } = this;
    switch (profile?.kind) {
      case undefined:
        return this.#panel('info', texts.noProvider, texts.noProviderHint);
      case 'waiting-for-other-tab':
        return this.#panel('chat', texts.otherTab, texts.otherTabHint);
      case 'locked':
        return this.#panel('lock', texts.locked, texts.lockedHint);
      case 'erased':
        return this.#panel('check', texts.erased, texts.erasedHint);
      case 'failed':
        return this.#failed(profile.code);
      default:
        return html`<p class="muted" role="status" data-testid="profile-state">${texts.opening}</p>`;
    }
  }

  #panel(symbol: IconName, title: string, hint: string): TemplateResult {
    return html`<div class="panel" role="status" data-testid="profile-state">
      ${icon(symbol, 32)}
      <h2>${title}</h2>
      <p class="muted">${hint}</p>
    </div>`;
  }

  #failed(code: Extract<ProfileSnapshot, { kind: 'failed' }>['code']): TemplateResult {
    const texts = strings().profile;
    return html`<div class="panel" role="alert" data-testid="profile-state">
      ${icon('alert', 32)}
      <h2>${texts.failedTitle[code]}</h2>
      <p class="muted">${texts.failedHint[code]}</p>
      ${
        code === 'network-refused'
          ? nothing
          : html`<button class="button" type="button" @click=${() => location.reload()}>
              ${texts.reload}
            </button>`
      }
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-profile-state': EnkProfileState;
  }
}
