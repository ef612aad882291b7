import {
  contactsServiceContext,
  releaseServiceContext,
  ServiceController,
  type ContactId,
  type ReleaseAnswer,
  type ReleaseStanding,
} from '@enk/context';
import { baseStyles, buttonStyles, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';

type Verdict =
  | { readonly kind: 'unsigned' | 'unsupported' }
  | {
      readonly kind: 'compared';
      readonly version: string;
      readonly seq: number;
      readonly standing: ReleaseStanding;
    };

/**
 * Which release a contact says that it runs, beside the one here: asked through the session of the two when the person
 * wants to know, and told in words.
 */
export class EnkContactRelease extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: grid;
        gap: 8px;
        justify-items: start;
      }
      .verdict {
        display: flex;
        gap: 8px;
      }
      .verdict svg {
        flex: none;
        margin-block-start: 1px;
      }
      .good {
        color: var(--_success);
      }
      .bad {
        padding: 10px 12px;
        border-radius: var(--_radius);
        background: var(--_warning-surface);
        color: var(--_warning);
        font-size: var(--_size-small);
      }
      .words {
        font: var(--_size-small) / 1.6 var(--_mono);
        overflow-wrap: anywhere;
        user-select: all;
      }
    `,
  ];

  @property({ attribute: false }) contactId: ContactId | undefined;
  /** As shown to the person. */
  @property() name = '';
  @state() private isAsking = false;
  @state() private verdict: Verdict | null = null;
  @state() private failure = '';
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  readonly #release = new ServiceController(this, releaseServiceContext);

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('contactId')) return;
    this.verdict = null;
    this.failure = '';
  }

  protected override render(): TemplateResult {
    const texts = strings().contact.release;
    return html`<div role="status" data-testid="contact-release-verdict">${this.#outcome()}</div>
      <button
        class="button"
        type="button"
        data-testid="contact-release-ask"
        ?disabled=${this.isAsking}
        @click=${this.#ask}
      >
        ${this.isAsking ? texts.asking : texts.ask}
      </button>`;
  }

  #outcome(): TemplateResult | typeof nothing {
    const { verdict, failure, name } = this;
    const texts = strings().contact.release;
    if (failure !== '') return html`<p class="bad">${failure}</p>`;
    if (verdict === null) return html`<p class="small muted">${texts.hint}</p>`;
    if (verdict.kind !== 'compared') return html`<p class="small">${texts[verdict.kind](name)}</p>`;
    const { version, seq, standing } = verdict;
    const text = texts.standing[standing.kind](name, version, seq);
    if (standing.kind === 'same')
      return html`<p class="verdict good">${icon('check', 16)}<span>${text}</span></p>`;
    const isForeign = standing.kind === 'unknown';
    return html`<p class=${isForeign ? 'bad' : 'small'}>${text}</p>
      ${standing.words.length > 0 ? this.#words(standing.words) : nothing}`;
  }

  #words(words: readonly string[]): TemplateResult {
    return html`<p class="words" translate="no" data-testid="contact-release-words">${words.join(' ')}</p>`;
  }

  async #ask(): Promise<void> {
    const id = this.contactId;
    const { service } = this.#contacts;
    if (id === undefined || !service) return;
    this.isAsking = true;
    this.failure = '';
    try {
      const verdict = await this.#judge(await service.askRelease(id));
      if (id === this.contactId) this.verdict = verdict;
    } catch (error) {
      if (id === this.contactId) this.failure = failureText(error, this.name);
    } finally {
      this.isAsking = false;
    }
  }

  async #judge(answer: ReleaseAnswer): Promise<Verdict> {
    if (answer.kind !== 'release') return { kind: answer.kind };
    const { version, seq } = answer.release;
    const nothingHere: ReleaseStanding = { kind: 'nothing-here', words: [] };
    const standing = (await this.#release.service?.recognize(answer.release)) ?? nothingHere;
    return { kind: 'compared', version, seq, standing };
  }
}

function failureText(error: unknown, name: string): string {
  const { failures } = strings().contact.release;
  const { code } = error as { readonly code?: string };
  return (code === 'no-answer' ? failures['no-answer'] : failures['not-connected'])(name);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-contact-release': EnkContactRelease;
  }
}
