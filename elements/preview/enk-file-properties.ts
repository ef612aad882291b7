import { filesServiceContext, ServiceController } from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  byteText,
  errorText,
  fullTime,
  icon,
  strings,
  visibleText,
} from '@enk/internal';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { previewStyles } from './enk-preview.styles.ts';
import type { InspectedItem } from './preview-item.ts';

/** What a file claims to be, what it is, and its hash, which is read only when asked for. */
export class EnkFileProperties extends LitElement {
  static override styles = [...baseStyles, buttonStyles, previewStyles];

  @property({ attribute: false }) inspected: InspectedItem | null = null;
  @state() private hash: string | null = null;
  @state() private isReading = false;
  @state() private error = '';
  readonly #files = new ServiceController(this, filesServiceContext);

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('inspected')) return;
    this.hash = null;
    this.isReading = false;
    this.error = '';
  }

  protected override render(): TemplateResult {
    const { inspected } = this;
    if (inspected === null) return html`<p role="status">${strings().preview.loading}</p>`;
    const { facts } = strings().preview;
    const { item, judgement } = inspected;
    const { claimedName, createdAtMs, entry } = item;
    const fact = (label: string, value: string, testId: string): TemplateResult =>
      html`<div>
        <dt>${label}</dt>
        <dd data-testid="property-${testId}"><bdi>${value}</bdi></dd>
      </div>`;
    return html`${judgement.warnings.map(
        warning =>
          html`<p class="warning" data-testid="property-warning">
            ${icon('alert', 16)}<span>${strings().files.warning[warning]}</span>
          </p>`,
      )}
      <dl>
        ${fact(facts.name, judgement.name, 'name')}
        ${claimedName !== undefined && claimedName !== item.name ? fact(facts.claimedName, visibleText(claimedName), 'claimed-name') : nothing}
        ${fact(facts.claimedType, judgement.claimedType ?? facts.unknown, 'claimed-type')}
        ${fact(facts.detectedType, judgement.detectedType ?? facts.unknown, 'detected-type')}
        ${fact(facts.size, byteText(entry?.sizeBytes ?? item.sizeBytes), 'size')}
        ${createdAtMs === undefined ? nothing : fact(facts.added, fullTime(createdAtMs), 'added')}
        <div>
          <dt>${facts.hash}</dt>
          <dd class="mono" data-testid="property-hash">${this.#hash()}</dd>
        </div>
      </dl>`;
  }

  #hash(): TemplateResult | string {
    const { facts } = strings().preview;
    if (this.error) return html`<span role="alert">${this.error}</span>`;
    if (this.hash !== null) return this.hash;
    if (this.isReading) return html`<span role="status">${facts.computing}</span>`;
    return html`<button
      class="button"
      type="button"
      data-testid="property-compute"
      @click=${() => void this.#compute()}
    >
      ${facts.compute}
    </button>`;
  }

  async #compute(): Promise<void> {
    const { inspected } = this;
    const { service } = this.#files;
    if (inspected === null || !service) return;
    this.isReading = true;
    try {
      const hash = await service.hash(inspected.item.id, inspected.item.entry?.path);
      if (this.inspected === inspected) this.hash = hash;
    } catch (error) {
      if (this.inspected === inspected) this.error = errorText(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-file-properties': EnkFileProperties;
  }
}
