import type { LockSettings } from '@enk/context';
import { baseStyles, buttonStyles, fieldStyles, strings } from '@enk/internal';
import { html, LitElement, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { vaultSettingsStyles } from './enk-vault-settings.styles.ts';

/** The person wants other times. Not composed. */
export class EnkLockChangeRequestEvent extends Event {
  static readonly type = 'enk-lock-change-request';
  constructor(readonly lock: LockSettings) {
    super(EnkLockChangeRequestEvent.type);
  }
}

const MINUTE_MS = 60_000;
const IDLE_MINUTES = [1, 5, 15, 60, 240] as const;
const HIDDEN_MINUTES = [0, 1, 5, 15] as const;

/** When the vault locks by itself. @event enk-lock-change-request - `lock` carries the settings that are wanted. */
export class EnkAutoLock extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, vaultSettingsStyles];

  @property({ attribute: false }) lock: LockSettings | undefined;
  /** False while this device opens the vault by itself. */
  @property({ type: Boolean }) available = false;

  protected override render(): TemplateResult {
    const texts = strings().vault.settings;
    return html`<div class="stack">
      ${this.#choice('idleMs', texts.idle, IDLE_MINUTES)}
      ${this.#choice('hiddenMs', texts.hidden, HIDDEN_MINUTES)}
      <label class="row">
        <span>${texts.sleep}</span>
        <input
          type="checkbox"
          data-testid="lock-onSleep"
          ?disabled=${!this.available}
          .checked=${this.lock?.onSleep ?? false}
          @change=${(event: Event) => this.#ask({ onSleep: (event.target as HTMLInputElement).checked })}
        />
      </label>
    </div>`;
  }

  #choice(name: 'idleMs' | 'hiddenMs', label: string, minutes: readonly number[]): TemplateResult {
    const { never, atOnce } = strings().vault.settings;
    const current = this.lock?.[name] ?? null;
    const values = [
      ...new Set([...minutes.map(value => value * MINUTE_MS), ...(current === null ? [] : [current])]),
    ];
    return html`<label class="row">
      <span>${label}</span>
      <select
        class="input"
        data-testid=${`lock-${name}`}
        ?disabled=${!this.available}
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          this.#ask({ [name]: value === '' ? null : Number(value) });
        }}
      >
        ${values
          .sort((a, b) => a - b)
          .map(
            ms =>
              html`<option value=${ms} ?selected=${ms === current}>
                ${ms === 0 ? atOnce : minutesText(ms)}
              </option>`,
          )}
        <option value="" ?selected=${current === null}>${never}</option>
      </select>
    </label>`;
  }

  #ask(change: Partial<LockSettings>): void {
    if (this.lock) this.dispatchEvent(new EnkLockChangeRequestEvent({ ...this.lock, ...change }));
  }
}

function minutesText(ms: number): string {
  const minutes = ms / MINUTE_MS;
  const [value, unit] = minutes < 60 ? [minutes, 'minute'] : [minutes / 60, 'hour'];
  const style = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(strings().language, style).format(value);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-auto-lock': EnkAutoLock;
  }
}
