import {
  releaseServiceContext,
  ServiceController,
  type ReleaseRefusal,
  type ReleaseView,
} from '@enk/context';
import { baseStyles, buttonStyles, icon, strings } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { alarmStyles } from './enk-release-alarm.styles.ts';
import { releaseStyles } from './enk-release.styles.ts';
import { fingerprint } from './parts.ts';

/**
 * Stands in place of everything else when a page must not go on: the script that guards its releases was changed, or
 * its first release is not acceptable. Shows nothing while all is well.
 */
export class EnkReleaseAlarm extends LitElement {
  static override styles = [...baseStyles, buttonStyles, releaseStyles, alarmStyles];

  /** `light` or `dark`; by the provider or the page when absent. */
  @property({ reflect: true }) theme: 'light' | 'dark' | undefined;

  @state() private isUnderstood = false;
  @state() private isLooking = false;
  @query('h1') private readonly heading!: HTMLElement | null;
  readonly #release = new ServiceController(this, releaseServiceContext);

  /** The words first, for those who listen. */
  override focus(): void {
    this.heading?.focus();
  }

  protected override firstUpdated(): void {
    this.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { snapshot } = this.#release;
    if (snapshot?.kind === 'refused') return this.#refused(snapshot.reason);
    if (snapshot?.kind === 'pinned' && snapshot.alarm) return this.#changed(snapshot.running);
    return nothing;
  }

  #refused(reason: ReleaseRefusal): TemplateResult {
    const { alarm, reloadNow } = strings().release;
    return html`<div class="panel" role="alert" data-testid="release-refused">
      <div class="sign">${icon('alert', 32)}</div>
      <h1 tabindex="-1">${alarm.refusedTitle}</h1>
      <p>${alarm.refused} ${alarm.refusals[reason]}</p>
      <div class="actions">
        <button class="button primary" type="button" @click=${() => location.reload()}>${reloadNow}</button>
      </div>
    </div>`;
  }

  #changed(running: ReleaseView): TemplateResult {
    const { alarm } = strings().release;
    return html`<div class="panel" data-testid="release-alarm">
      <div class="sign">${icon('alert', 32)}</div>
      <div class="panel" role="alert">
        <h1 tabindex="-1">${alarm.title}</h1>
        <p>${alarm.worker}</p>
        <ul class="advice">
          ${alarm.advice.map(line => html`<li>${line}</li>`)}
        </ul>
      </div>
      <div class="actions">
        <button
          class="button primary"
          type="button"
          data-testid="alarm-again"
          ?disabled=${this.isLooking}
          @click=${this.#lookAgain}
        >
          ${alarm.again}
        </button>
      </div>
      <details>
        <summary>${alarm.running}</summary>
        <div class="body">${fingerprint(running, 'alarm-fingerprint')}</div>
      </details>
      ${this.#goOn()}
    </div>`;
  }

  #goOn(): TemplateResult {
    const { alarm } = strings().release;
    return html`<details>
      <summary data-testid="alarm-go-on">${alarm.goOn}</summary>
      <div class="body">
        <p class="small">${alarm.goOnHint}</p>
        <label class="check">
          <input
            type="checkbox"
            data-testid="alarm-understood"
            .checked=${this.isUnderstood}
            @change=${(event: Event) => (this.isUnderstood = (event.target as HTMLInputElement).checked)}
          />
          <span>${alarm.understood}</span>
        </label>
        <button
          class="button danger"
          type="button"
          data-testid="alarm-open-anyway"
          ?disabled=${!this.isUnderstood}
          @click=${() => this.#release.service?.dismissAlarm()}
        >
          ${alarm.goOnNow}
        </button>
      </div>
    </details>`;
  }

  async #lookAgain(): Promise<void> {
    this.isLooking = true;
    await this.#release.service?.check();
    this.isLooking = false;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-release-alarm': EnkReleaseAlarm;
  }
}
