import {
  releaseServiceContext,
  ServiceController,
  type ReleaseCheck,
  type ReleaseSnapshot,
  type ReleaseView,
} from '@enk/context';
import { baseStyles, buttonStyles, icon, strings } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { releaseStyles } from './enk-release.styles.ts';
import { factList, fingerprint } from './parts.ts';
import { countText, dateText, isExpired, momentText, sourcesText } from './words.ts';

type Pinned = Extract<ReleaseSnapshot, { kind: 'pinned' }>;

/**
 * What runs on this device: version, who signed it, its fingerprint in words, where its files came from; and the next
 * release, which waits until the person accepts it. Alone on a page that keeps no release it says so.
 */
export class EnkRelease extends LitElement {
  static override styles = [...baseStyles, buttonStyles, releaseStyles];

  /** `light` or `dark`; by the provider or the page when absent. */
  @property({ reflect: true }) theme: 'light' | 'dark' | undefined;

  /** Hash of the offer that the person put off. */
  @state() private postponed: string | null = null;
  @state() private busy: 'no' | 'checking' | 'accepting' = 'no';
  @state() private error = '';
  readonly #release = new ServiceController(this, releaseServiceContext);

  protected override render(): TemplateResult {
    const { snapshot } = this.#release;
    const texts = strings().release;
    if (!snapshot) return this.#note(texts.unavailable);
    switch (snapshot.kind) {
      case 'loading':
        return html`<p class="small muted" role="status">${texts.loading}</p>`;
      case 'development':
        return html`<div class="card" data-testid="release-development">
          <h3>${texts.development.title}</h3>
          <p class="notice">${texts.development.text}</p>
        </div>`;
      case 'refused':
        return html`<p class="notice bad" role="alert">${texts.alarm.refusals[snapshot.reason]}</p>`;
      case 'unpinned':
        return this.#unpinned(snapshot);
      case 'pinned':
        return this.#pinned(snapshot);
    }
  }

  #note(text: string): TemplateResult {
    return html`<div class="card"><p class="small muted">${text}</p></div>`;
  }

  #unpinned({ reason, running }: Extract<ReleaseSnapshot, { kind: 'unpinned' }>): TemplateResult {
    const words = strings().release.unpinned[reason];
    return html`<div class="card" data-testid="release-unpinned">
      ${running ? this.#head(running) : nothing}
      <p class=${reason === 'installing' ? 'small muted' : 'notice'} role="status">${words}</p>
      ${running ? fingerprint(running, 'release-fingerprint') : nothing}
    </div>`;
  }

  #pinned(pinned: Pinned): TemplateResult {
    const { running, offer, progress } = pinned;
    const texts = strings().release;
    return html`${offer ? this.#offer(offer) : nothing}
      <div class="card" data-testid="release-pinned">
        ${this.#head(running)}
        <p class="state good">${icon('check', 16)} <span>${texts.pinned}</span></p>
        ${pinned.isReloadNeeded ? this.#reload() : nothing} ${this.#refusal(pinned.check)}
        ${fingerprint(running, 'release-fingerprint')} ${factList(this.#facts(pinned))}
        <details>
          <summary>${texts.details}</summary>
          ${factList([
            { label: texts.facts.hash, value: html`<code>${running.hash}</code>` },
            { label: texts.facts.importMap, value: html`<code>${running.importMap}</code>` },
          ])}
        </details>
        ${progress ? this.#progress(progress) : nothing} ${this.#actions(pinned.check)}
      </div>`;
  }

  #head({ version, seq, signers, threshold, keyCount }: ReleaseView): TemplateResult {
    const texts = strings().release;
    return html`<div class="head">
      <h3 data-testid="release-version">${texts.title(version, seq)}</h3>
      <p class="small muted">${texts.signed(signers.length, threshold, keyCount)}</p>
    </div>`;
  }

  #facts({ running, sources, check }: Pinned): { label: string; value: string }[] {
    const { facts } = strings().release;
    const expires = dateText(running.expires);
    const list = [
      { label: facts.signers, value: running.signers.join(', ') },
      { label: facts.expires, value: isExpired(running, Date.now()) ? facts.expired(expires) : expires },
      { label: facts.files, value: facts.fileCount(countText(running.fileCount)) },
    ];
    if (sources.length > 0) list.push({ label: facts.sources, value: sourcesText(sources, location.origin) });
    return [...list, { label: facts.check, value: check ? momentText(check.atMs) : facts.never }];
  }

  #reload(): TemplateResult {
    const texts = strings().release;
    return html`<p class="notice" role="status">${texts.reload}</p>
      <div class="actions">
        <button class="button" type="button" @click=${() => location.reload()}>${texts.reloadNow}</button>
      </div>`;
  }

  /** What some source offered and was refused; the pinned release runs on. */
  #refusal(check: ReleaseCheck | null): TemplateResult | typeof nothing {
    const refused = check?.refusals.find(({ reason }) => reason !== 'unreachable');
    const reason = refused?.reason ?? (check?.outcome === 'incomplete' ? 'incomplete' : null);
    if (reason === null) return nothing;
    return html`<p class="notice bad" role="alert" data-testid="release-refusal">
      ${strings().release.outcomes[reason]}
    </p>`;
  }

  #progress({ done, total }: { readonly done: number; readonly total: number }): TemplateResult {
    const words = strings().release.downloading(countText(done), countText(total));
    return html`<div>
      <p class="small muted" id="progress">${words}</p>
      <progress max=${total} value=${done} aria-labelledby="progress"></progress>
    </div>`;
  }

  #actions(check: ReleaseCheck | null): TemplateResult {
    const texts = strings().release;
    const isChecking = this.busy === 'checking';
    const outcome =
      check && ['current', 'unreachable'].includes(check.outcome) ? texts.outcomes[check.outcome] : '';
    return html`<div class="actions">
      <button
        class="button"
        type="button"
        data-testid="release-check"
        ?disabled=${this.busy !== 'no'}
        @click=${this.#check}
      >
        ${isChecking ? texts.checking : texts.check}
      </button>
      <span class="small muted" role="status" data-testid="release-outcome"
        >${isChecking ? '' : outcome}</span
      >
    </div>`;
  }

  #offer(offer: ReleaseView): TemplateResult {
    const texts = strings().release.offer;
    if (this.postponed === offer.hash) return this.#postponed(offer);
    const { changes, signers, threshold, keyCount, expires } = offer;
    const { facts, signed } = strings().release;
    return html`<section class="card offer" aria-labelledby="offer" data-testid="release-offer">
      <div class="head">
        <h3 id="offer">${texts.title(offer.version)}</h3>
        <p class="small muted">${texts.text}</p>
      </div>
      <div class="fingerprint">
        <h4>${texts.changes}</h4>
        ${
          changes.length === 0
            ? html`<p class="small muted">${texts.noChanges}</p>`
            : html`<ul class="changes">
                ${changes.map(line => html`<li>${line}</li>`)}
              </ul>`
        }
      </div>
      ${fingerprint(offer, 'offer-fingerprint')}
      ${factList([
        {
          label: facts.signers,
          value: `${signers.join(', ')}. ${signed(signers.length, threshold, keyCount)}.`,
        },
        { label: facts.expires, value: dateText(expires) },
      ])}
      ${this.error ? html`<p class="notice bad" role="alert">${this.error}</p>` : nothing}
      <div class="actions">
        <button
          class="button primary"
          type="button"
          data-testid="release-accept"
          ?disabled=${this.busy !== 'no'}
          @click=${() => this.#accept(offer.hash)}
        >
          ${this.busy === 'accepting' ? texts.accepting : texts.accept}
        </button>
        <button
          class="button"
          type="button"
          data-testid="release-later"
          ?disabled=${this.busy !== 'no'}
          @click=${() => (this.postponed = offer.hash)}
        >
          ${texts.later}
        </button>
      </div>
    </section>`;
  }

  #postponed({ version }: ReleaseView): TemplateResult {
    const { offer } = strings().release;
    return html`<div class="card actions" data-testid="release-postponed">
      <span role="status">${offer.title(version)}. ${offer.postponed}</span>
      <button
        class="button"
        type="button"
        data-testid="release-reconsider"
        @click=${() => (this.postponed = null)}
      >
        ${offer.changes}
      </button>
    </div>`;
  }

  async #check(): Promise<void> {
    this.busy = 'checking';
    await this.#release.service?.check();
    this.busy = 'no';
  }

  async #accept(hash: string): Promise<void> {
    this.busy = 'accepting';
    this.error = '';
    try {
      await this.#release.service?.accept(hash);
    } catch (error) {
      this.error = refusalText(error);
    }
    this.busy = 'no';
  }
}

/** An acceptance rejects with the reason as its code. */
function refusalText(error: unknown): string {
  const { refusals } = strings().release.alarm;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return Object.hasOwn(refusals, code) ? refusals[code as keyof typeof refusals] : refusals.unreachable;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-release': EnkRelease;
  }
}
