import {
  contactsServiceContext,
  type ContactId,
  diagnosticsServiceContext,
  type DiagnosticsReading,
  type DiagnosticsService,
  type DiagnosticsSnapshot,
  ServiceController,
} from '@enk/context';
import { baseStyles, buttonStyles, icon, strings } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { contactSection, errorList, factList } from './contact-section.ts';
import { diagnosticsStyles } from './enk-diagnostics.styles.ts';
import { pageModules } from './page-modules.ts';
import { diagnosticsReport } from './report.ts';
import { VisibleWatch } from './visible-watch.ts';
import { deviceFacts } from './words.ts';

/**
 * How every connection runs: route, speed, layers, what went wrong; and a report of it without secrets, to hand to
 * somebody who helps. Stands inside `<enk-provider>`. Reads about once a second, and only while it can be seen.
 */
export class EnkDiagnostics extends LitElement {
  static override styles = [...baseStyles, buttonStyles, diagnosticsStyles];

  @state() private copyStatus: 'none' | 'copied' | 'refused' = 'none';
  @state() private isReportOpen = false;

  readonly #diagnostics = new VisibleWatch<DiagnosticsService>(this, diagnosticsServiceContext);
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  /** What the person opened or closed. */
  readonly #toggled = new Map<ContactId, boolean>();
  #isFirstReadingAsked = false;
  /** Shown open from the start; chosen once, so that nothing opens or closes by itself. */
  #firstOpen: ContactId | null | undefined;
  readonly #modules = pageModules();

  /** The first reading is there before anybody scrolls to it, so that the page does not grow under the person. */
  protected override updated(): void {
    const { service, snapshot } = this.#diagnostics;
    if (this.#isFirstReadingAsked || snapshot?.kind !== 'loading') return;
    this.#isFirstReadingAsked = true;
    void service?.refresh().then(() => this.requestUpdate());
  }

  protected override render(): TemplateResult {
    return this.#renderSnapshot(this.#diagnostics.snapshot);
  }

  #renderSnapshot(snapshot: DiagnosticsSnapshot | undefined): TemplateResult {
    const { diagnostics, common } = strings();
    if (snapshot === undefined) return html`<p class="muted">${diagnostics.unavailable}</p>`;
    switch (snapshot.kind) {
      case 'loading':
        return html`<p class="muted" role="status">${diagnostics.reading}</p>`;
      case 'failed':
        if (snapshot.code === 'not-open' || snapshot.code === 'vault-locked')
          return html`<p class="muted" role="status" data-testid="diagnostics-locked">
            ${diagnostics.locked}
          </p>`;
        return html`<div class="failed" role="alert" data-testid="diagnostics-failed">
          <p>${diagnostics.failed}</p>
          <button class="button" type="button" @click=${() => this.#diagnostics.service?.refresh()}>
            ${common.tryAgain}
          </button>
        </div>`;
      case 'ready':
        return this.#renderReading(snapshot.reading);
    }
  }

  #renderReading(reading: DiagnosticsReading): TemplateResult {
    return html`${this.#renderHead(reading)} ${this.#renderContacts(reading)}
    ${this.#renderStrangers(reading)} ${this.#renderDevice(reading)} ${this.#renderReport(reading)}`;
  }

  #renderHead({ core }: DiagnosticsReading): TemplateResult {
    const { diagnostics } = strings();
    const connected = core.contacts.filter(({ state }) => state === 'ready').length;
    return html`<div class="head">
      <p class="summary" data-testid="diagnostics-summary">
        ${diagnostics.summary(connected, core.contacts.length)}
      </p>
      <button class="button" type="button" data-testid="diagnostics-copy" @click=${this.#copy}>
        ${icon('copy', 16)} ${diagnostics.copyReport}
      </button>
    </div>`;
  }

  #renderContacts(reading: DiagnosticsReading): TemplateResult {
    const { contacts } = reading.core;
    if (contacts.length === 0) return html`<p class="small muted">${strings().diagnostics.noContacts}</p>`;
    const people = new Map(this.#contacts.snapshot?.contacts.map(person => [person.id, person]));
    if (this.#firstOpen === undefined) {
      this.#firstOpen = contacts.find(({ state }) => state === 'ready')?.contactId ?? null;
    }
    return html`<div class="contacts">
      ${repeat(
        contacts,
        ({ contactId }) => contactId,
        contact =>
          contactSection({
            contact,
            person: people.get(contact.contactId),
            reading,
            isOpen: this.#toggled.get(contact.contactId) ?? contact.contactId === this.#firstOpen,
            onToggle: isOpen => this.#toggled.set(contact.contactId, isOpen),
          }),
      )}
    </div>`;
  }

  #renderStrangers({ core, takenAtMs }: DiagnosticsReading): TemplateResult | typeof nothing {
    const { diagnostics } = strings();
    if (core.strangerErrors.length === 0) return nothing;
    return html`<section class="panel" data-testid="diagnostics-strangers">
      <h3>${diagnostics.strangers}</h3>
      <p class="small muted">${diagnostics.strangersHint}</p>
      ${errorList(core.strangerErrors, takenAtMs)}
    </section>`;
  }

  #renderDevice(reading: DiagnosticsReading): TemplateResult {
    const { diagnostics } = strings();
    return html`<section class="panel">
      <h3>${diagnostics.device}</h3>
      ${factList(deviceFacts(reading))}
      <details class="more">
        <summary>${diagnostics.modules(this.#modules.length)}</summary>
        ${
          this.#modules.length === 0
            ? html`<p class="small muted">${diagnostics.noModules}</p>`
            : html`<ul class="modules">
                ${this.#modules.map(({ name, version }) => html`<li><span>${name}</span> <code>${version}</code></li>`)}
              </ul>`
        }
      </details>
    </section>`;
  }

  #renderReport(reading: DiagnosticsReading): TemplateResult {
    const { diagnostics } = strings();
    const words = { none: '', copied: diagnostics.copied, refused: diagnostics.copyFailed }[this.copyStatus];
    return html`<p class="small muted" role="status" data-testid="diagnostics-copy-status">${words}</p>
      <details
        class="more"
        ?open=${this.isReportOpen}
        @toggle=${(event: Event) => (this.isReportOpen = (event.target as HTMLDetailsElement).open)}
      >
        <summary>${diagnostics.showReport}</summary>
        ${
          this.isReportOpen
            ? html`<pre tabindex="0" aria-label=${diagnostics.report} data-testid="diagnostics-report">
${this.#report(reading)}</pre>`
            : nothing
        }
      </details>`;
  }

  #report(reading: DiagnosticsReading): string {
    return diagnosticsReport(reading, this.#modules);
  }

  async #copy(): Promise<void> {
    const snapshot = this.#diagnostics.snapshot;
    if (snapshot?.kind !== 'ready') return;
    try {
      await navigator.clipboard.writeText(this.#report(snapshot.reading));
      this.copyStatus = 'copied';
    } catch {
      // No permission, or no secure context: the person copies what is selected.
      this.copyStatus = 'refused';
      await this.#selectReport();
    }
  }

  async #selectReport(): Promise<void> {
    this.isReportOpen = true;
    await this.updateComplete;
    const report = this.renderRoot.querySelector('pre');
    if (report === null) return;
    report.focus();
    getSelection()?.selectAllChildren(report);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-diagnostics': EnkDiagnostics;
  }
}
