import { ServiceController, vaultServiceContext, type StorageState } from '@enk/context';
import { baseStyles, buttonStyles, bytesText, fieldStyles, progressStyles, strings } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { vaultSettingsStyles } from './enk-vault-settings.styles.ts';

/** How much of this device's room is used, and whether the browser keeps it. */
export class EnkStorageUsed extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, progressStyles, vaultSettingsStyles];

  @state() private storage: StorageState | null = null;
  /** The answer may never come: nothing waits for it. */
  @state() private asked: 'no' | 'waiting' | 'refused' = 'no';
  readonly #vault = new ServiceController(this, vaultServiceContext);
  #isReading = false;

  protected override willUpdate(): void {
    if (this.storage === null && this.#vault.service) void this.#read();
  }

  protected override render(): TemplateResult {
    return html`<div class="stack">${this.#used()} ${this.#persisted()}</div>`;
  }

  #used(): TemplateResult {
    const texts = strings().vault.settings;
    const { usageBytes, quotaBytes } = this.storage ?? { usageBytes: null, quotaBytes: null };
    if (usageBytes === null || quotaBytes === null) return html`<p class="hint">${texts.usedUnknown}</p>`;
    const words = texts.used(bytesText(usageBytes), bytesText(quotaBytes));
    return html`<div class="stack">
      <span id="used">${words}</span>
      <progress max=${quotaBytes} value=${usageBytes} aria-labelledby="used"></progress>
    </div>`;
  }

  #persisted(): TemplateResult | typeof nothing {
    const texts = strings().vault.settings;
    if (!this.storage || this.storage.isPersisted === null) return nothing;
    if (this.storage.isPersisted)
      return html`<p class="hint" role="status" data-testid="persisted">${texts.persisted}</p>`;
    const words = { no: texts.notPersisted, waiting: texts.keepAsked, refused: texts.keepRefused }[
      this.asked
    ];
    return html`<p class="hint" role="status" data-testid="not-persisted">${words}</p>
      <div class="actions">
        <button class="button" type="button" data-testid="persist" @click=${this.#ask}>${texts.keep}</button>
      </div>`;
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    this.storage = (await this.#vault.service?.readStorage()) ?? null;
    this.#isReading = false;
  }

  async #ask(): Promise<void> {
    this.asked = 'waiting';
    const isKept = (await this.#vault.service?.askToPersist()) ?? false;
    this.asked = isKept ? 'no' : 'refused';
    await this.#read();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-storage-used': EnkStorageUsed;
  }
}
