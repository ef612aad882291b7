import {
  failureCode,
  ServiceController,
  vaultServiceContext,
  type ExportSecret,
  type ImportReport,
  type MovingView,
} from '@enk/context';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { baseStyles } from './base.styles.ts';
import { bytesText } from './bytes-text.ts';
import { buttonStyles, fieldStyles } from './controls.styles.ts';
import { EnkDialogCloseRequestEvent } from './enk-dialog.ts';
import { readExportKind } from './export-kind.ts';
import { movingStyles } from './moving.styles.ts';
import { progressStyles } from './progress.styles.ts';
import { errorText, strings } from './strings.ts';

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'running'; readonly moving: MovingView | null }
  | { readonly kind: 'done'; readonly report: ImportReport };

/**
 * Imports an export: a file that is picked or dropped, opened with its passphrase or key. Shows how far it is, stops on
 * demand, and says what came of it.
 *
 * @event enk-dialog-close-request - Done, or no longer wanted.
 */
export class EnkImportDialog extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, progressStyles, movingStyles];

  /** What was dropped elsewhere, to begin with. */
  @property({ attribute: false }) file: File | null = null;
  @state() private step: Step = { kind: 'asking' };
  /** How the file is sealed; null while there is none, or it is no export. */
  @state() private secretKind: ExportSecret['kind'] | null = null;
  @state() private isOver = false;
  @state() private error = '';
  readonly #vault = new ServiceController(this, vaultServiceContext);

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.step.kind === 'running') void this.#vault.service?.cancelMoving();
  }

  protected override firstUpdated(): void {
    if (this.file) void this.#take(this.file);
  }

  protected override render(): TemplateResult {
    return html`<enk-dialog
      open
      .heading=${strings().vault.import.title}
      @enk-dialog-close-request=${this.#close}
    >
      ${this.#step()}
    </enk-dialog>`;
  }

  #step(): TemplateResult {
    switch (this.step.kind) {
      case 'asking':
        return this.#ask();
      case 'running':
        return this.#progress(this.step.moving);
      case 'done':
        return this.#report(this.step.report);
    }
  }

  #ask(): TemplateResult {
    const texts = strings().vault.import;
    return html`<form class="stack" @submit=${this.#submit}>
      <p class="hint">${texts.hint}</p>
      ${this.#dropZone()} ${this.secretKind === null ? nothing : this.#secret(this.secretKind)}
      ${this.error === '' ? nothing : html`<p class="error" role="alert" data-testid="import-error">${this.error}</p>`}
      <div class="actions">
        <button class="button quiet" type="button" @click=${this.#close}>${strings().common.cancel}</button>
        <button
          class="button primary"
          type="submit"
          data-testid="import-submit"
          aria-disabled=${this.secretKind === null ? 'true' : nothing}
        >
          ${texts.submit}
        </button>
      </div>
    </form>`;
  }

  #dropZone(): TemplateResult {
    const texts = strings().vault.import;
    return html`<div
      class="drop ${this.isOver ? 'over' : ''}"
      data-testid="import-drop"
      @dragover=${this.#dragOver}
      @dragleave=${() => (this.isOver = false)}
      @drop=${this.#drop}
    >
      <p>${this.file ? `${this.file.name} (${bytesText(this.file.size)})` : texts.drop}</p>
      <button class="button" type="button" data-testid="import-pick" @click=${this.#pick}>
        ${this.file ? texts.another : texts.pick}
      </button>
      <input
        type="file"
        hidden
        aria-label=${texts.pick}
        data-testid="import-file"
        @change=${(event: Event) => {
          const [file] = (event.target as HTMLInputElement).files ?? [];
          if (file) void this.#take(file);
        }}
      />
    </div>`;
  }

  #secret(kind: ExportSecret['kind']): TemplateResult {
    const texts = strings().vault.import;
    return html`<div class="field">
      <label for="secret">${texts.secret[kind]}</label>
      <input
        class="input ${kind === 'identity' ? 'mono' : ''}"
        id="secret"
        type="password"
        required
        maxlength=${kind === 'identity' ? 16_384 : 1_024}
        placeholder=${kind === 'identity' ? 'AGE-SECRET-KEY-1…' : nothing}
        autocomplete="off"
        data-testid="import-secret"
        aria-invalid=${this.error === '' ? nothing : 'true'}
      />
    </div>`;
  }

  #progress(moving: MovingView | null): TemplateResult {
    const texts = strings().vault.import;
    const total = moving?.totalBytes ?? this.file?.size ?? 0;
    const done = moving?.doneBytes ?? 0;
    return html`<div class="stack">
      <p id="progress" role="status" data-testid="import-progress">
        ${texts.working(bytesText(done), bytesText(total))}
      </p>
      <progress max=${total} value=${done} aria-labelledby="progress"></progress>
      <p class="hint">${texts.meanwhile}</p>
      <div class="actions">
        <button class="button" type="button" data-testid="import-cancel" @click=${this.#cancel}>
          ${strings().common.cancel}
        </button>
      </div>
    </div>`;
  }

  #report(report: ImportReport): TemplateResult {
    const texts = strings().vault.import;
    const number = new Intl.NumberFormat(strings().language);
    const lines = [
      [texts.contactsAdded, report.contactsAdded],
      [texts.messagesAdded, report.messagesAdded],
      [texts.messagesKnown, report.messagesKnown],
      [texts.filesAdded, report.filesAdded],
      [texts.filesKnown, report.filesKnown],
    ] as const;
    return html`<div class="stack" data-testid="import-report">
      <p role="status">${texts.identity[report.identity]}</p>
      <dl>
        ${lines.map(
          ([label, count]) =>
            html`<dt>${label}</dt>
              <dd>${number.format(count)}</dd>`,
        )}
      </dl>
      <div class="actions">
        <button class="button primary" type="button" data-testid="import-close" @click=${this.#close}>
          ${strings().common.close}
        </button>
      </div>
    </div>`;
  }

  readonly #pick = (): void => {
    this.renderRoot.querySelector<HTMLInputElement>('[type="file"]')?.click();
  };

  readonly #dragOver = (event: DragEvent): void => {
    event.preventDefault();
    this.isOver = true;
  };

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    this.isOver = false;
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void this.#take(file);
  };

  async #take(file: File): Promise<void> {
    this.file = file;
    this.error = '';
    this.secretKind = await readExportKind(file);
    if (this.secretKind === null) this.error = strings().vault.import.noExport;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('#secret')?.focus();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const { file, secretKind: kind } = this;
    const text = this.renderRoot.querySelector<HTMLInputElement>('#secret')?.value ?? '';
    if (file === null || kind === null) return;
    void this.#import(
      file,
      kind === 'passphrase' ? { kind, passphrase: text } : { kind, identity: text.trim() },
    );
  }

  async #import(file: File, secret: ExportSecret): Promise<void> {
    const vault = this.#vault.service;
    if (!vault) return;
    this.error = '';
    this.step = { kind: 'running', moving: null };
    try {
      const report = await vault.importVault(
        { file, secret },
        moving => (this.step = { kind: 'running', moving }),
      );
      this.step = { kind: 'done', report };
    } catch (error) {
      this.step = { kind: 'asking' };
      this.error = failureCode(error) === 'aborted' ? strings().vault.import.stopped : errorText(error);
    }
  }

  readonly #cancel = (): void => {
    void this.#vault.service?.cancelMoving();
  };

  readonly #close = (event?: Event): void => {
    event?.stopPropagation();
    // While it runs, only the button that says so stops it.
    if (this.step.kind !== 'running') this.dispatchEvent(new EnkDialogCloseRequestEvent());
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-import-dialog': EnkImportDialog;
  }
}
