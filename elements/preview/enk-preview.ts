import {
  failureCode,
  filesServiceContext,
  ServiceController,
  type FilesService,
  type PreviewItem,
} from '@enk/context';
import {
  addDismissible,
  baseStyles,
  buttonStyles,
  deepActiveElement,
  errorText,
  icon,
  strings,
} from '@enk/internal';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import type { EnkFrameKeyEvent } from './enk-preview-frame.ts';
import { previewStyles } from './enk-preview.styles.ts';
import { type PreviewKind, previewKind } from './preview-kind.ts';
import { type ByteSource, type InspectedItem, vaultSource } from './preview-item.ts';

/** A finger that moves so far means the next one. */
const SWIPE_PX = 60;

/** The person wants the preview gone; its owner takes it off the page. Not composed. */
export class EnkPreviewCloseRequestEvent extends Event {
  static readonly type = 'enk-preview-close-request';
  constructor() {
    super(EnkPreviewCloseRequestEvent.type, { bubbles: true });
  }
}

/** What is on the stage. */
type Stage =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly words: string }
  | {
      readonly kind: 'shown';
      readonly inspected: InspectedItem;
      readonly as: PreviewKind;
      readonly source: ByteSource;
      /** Of a raster image: an object URL, released with the stage. */
      readonly url: string | null;
    };

const LOADING: Stage = { kind: 'loading' };

/**
 * Files in front of everything else, one at a time: arrow keys lead to the next, Escape closes. It is open from when it
 * is on the page. Nothing is saved or opened by itself; what can hold script is drawn in a frame that reaches nothing.
 *
 * @event enk-preview-close-request - The person wants it gone.
 * @csspart dialog - The native dialog.
 */
export class EnkPreview extends LitElement {
  static override styles = [...baseStyles, buttonStyles, previewStyles];

  @property({ attribute: false }) items: readonly PreviewItem[] = [];
  /** Which of `items` is shown first. */
  @property({ type: Number }) start = 0;
  @state() private index = 0;
  @state() private stage: Stage = LOADING;
  @state() private hasProperties = false;
  /** HTML: its text until somebody asks for the page. */
  @state() private isPage = false;
  @state() private error = '';
  @query('dialog') private readonly dialog!: HTMLDialogElement;

  readonly #files = new ServiceController(this, filesServiceContext);
  #leaveStack: (() => void) | undefined;
  #returnFocusTo: Element | null = null;
  #shown: PreviewItem | undefined;
  #swipe: { readonly clientX: number; readonly clientY: number } | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#returnFocusTo = deepActiveElement();
    this.#leaveStack = addDismissible({ dismiss: () => this.#close() });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveStack?.();
    this.#release();
    this.#shown = undefined;
    if (this.dialog?.open) this.dialog.close();
    const target = this.#returnFocusTo;
    if (target instanceof HTMLElement && target.isConnected) target.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('start') || (changed.has('items') && !this.hasUpdated)) this.index = this.start;
    this.index = Math.min(Math.max(0, this.index), Math.max(0, this.items.length - 1));
  }

  protected override updated(): void {
    if (!this.dialog.open) {
      this.dialog.showModal();
      this.renderRoot.querySelector<HTMLElement>('h2')?.focus();
    }
    const { service } = this.#files;
    const item = this.#item;
    if (!service || !item || item === this.#shown) return;
    this.#shown = item;
    void this.#show(service, item);
  }

  get #item(): PreviewItem | undefined {
    return this.items[this.index];
  }

  protected override render(): TemplateResult {
    const texts = strings().preview;
    const item = this.#item;
    const name = item === undefined ? '' : nameOf(item);
    const count = this.items.length;
    return html`<dialog
      part="dialog"
      aria-label=${texts.label(name)}
      data-testid="preview"
      @cancel=${this.#onCancel}
      @keydown=${this.#onKeydown}
      @enk-frame-key=${({ key }: EnkFrameKeyEvent) => this.#onKey(key)}
    >
      <header>
        <h2 tabindex="-1"><bdi data-testid="preview-name">${name}</bdi></h2>
        ${count > 1 ? html`<span class="position" role="status">${texts.position(this.index + 1, count)}</span>` : nothing}
        ${this.#tool('info', 'properties', texts.properties, () => this.#toggleProperties())}
        ${this.#tool('download', 'save', texts.save, () => void this.#save())}
        ${this.#tool('close', 'close', strings().common.close, () => this.#close())}
      </header>
      <div
        class="stage ${count > 1 ? 'several' : ''}"
        data-testid="preview-stage"
        @pointerdown=${this.#onPointerDown}
        @pointerup=${this.#onPointerUp}
        @pointercancel=${() => (this.#swipe = null)}
      >
        ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
        ${item === undefined ? nothing : keyed(item, this.#content())}
        ${count > 1 ? html`${this.#turn('previous', -1)}${this.#turn('next', 1)}` : nothing}
      </div>
      ${item?.caption ? html`<p class="caption" dir="auto">${item.caption}</p>` : nothing}
      ${this.hasProperties ? this.#properties() : nothing}
    </dialog>`;
  }

  #tool(name: Parameters<typeof icon>[0], testId: string, label: string, act: () => void): TemplateResult {
    return html`<button
      class="icon-button"
      type="button"
      data-testid="preview-${testId}"
      aria-label=${label}
      aria-expanded=${testId === 'properties' ? this.hasProperties : nothing}
      title=${label}
      @click=${act}
    >
      ${icon(name)}
    </button>`;
  }

  #turn(to: 'previous' | 'next', step: 1 | -1): TemplateResult | typeof nothing {
    if (this.items[this.index + step] === undefined) return nothing;
    return html`<button
      class="icon-button turn ${to}"
      type="button"
      data-testid="preview-${to}"
      aria-label=${strings().preview[to]}
      @click=${() => this.#go(step)}
    >
      ${icon('back')}
    </button>`;
  }

  #content(): TemplateResult {
    const texts = strings().preview;
    const { stage } = this;
    switch (stage.kind) {
      case 'loading':
        return html`<p class="notice" role="status">${texts.loading}</p>`;
      case 'failed':
        return this.#notice(texts.failed, stage.words);
      case 'shown':
        return this.#view(stage);
    }
  }

  #view({
    inspected: { item, judgement },
    as,
    source,
    url,
  }: Extract<Stage, { kind: 'shown' }>): TemplateResult {
    const texts = strings().preview;
    const name = nameOf(item);
    switch (as) {
      case 'image':
        return html`<img src=${url ?? ''} alt=${texts.image(name)} data-testid="preview-image" />`;
      case 'film':
        return html`<enk-preview-film
          class="shown"
          .source=${source}
          type=${judgement.detectedType ?? ''}
          label=${texts.film(name)}
        ></enk-preview-film>`;
      case 'text':
        return html`<enk-preview-text
          class="shown"
          .source=${source}
          label=${texts.text(name)}
        ></enk-preview-text>`;
      case 'page':
        return html`${this.#views()}
        ${
          this.isPage
            ? this.#frame('page', source, name)
            : html`<enk-preview-text
                class="shown"
                .source=${source}
                label=${texts.text(name)}
              ></enk-preview-text>`
        }`;
      case 'drawing':
      case 'pdf':
        return this.#frame(as, source, name);
      case 'none':
        return this.#notice(texts.none, texts.noneHint);
      case 'too-large':
        return this.#notice(texts.tooLarge, texts.noneHint);
    }
  }

  #frame(kind: 'drawing' | 'page' | 'pdf', source: ByteSource, name: string): TemplateResult {
    return html`<enk-preview-frame
      class="shown"
      kind=${kind}
      .source=${source}
      label=${strings().preview.document(name)}
    ></enk-preview-frame>`;
  }

  #views(): TemplateResult {
    const texts = strings().preview;
    const view = (label: string, isPage: boolean): TemplateResult =>
      html`<button
        class="button"
        type="button"
        aria-pressed=${this.isPage === isPage}
        data-testid="preview-as-${isPage ? 'page' : 'text'}"
        ?hidden=${this.isPage === isPage}
        @click=${() => (this.isPage = isPage)}
      >
        ${label}
      </button>`;
    return html`<div class="views">${view(texts.asText, false)}${view(texts.asPage, true)}</div>`;
  }

  #notice(title: string, hint: string): TemplateResult {
    return html`<div class="notice" data-testid="preview-notice">
      ${icon('file', 32)}
      <p>${title}</p>
      <p>${hint}</p>
      <button class="button" type="button" @click=${() => void this.#save()}>
        ${icon('download', 16)} ${strings().preview.save}
      </button>
    </div>`;
  }

  #properties(): TemplateResult {
    const inspected = this.stage.kind === 'shown' ? this.stage.inspected : null;
    return html`<aside tabindex="0" aria-label=${strings().preview.properties}>
      <h3>${strings().preview.properties}</h3>
      <enk-file-properties .inspected=${inspected}></enk-file-properties>
    </aside>`;
  }

  // ---------------------------------------------------------------- contents

  async #show(files: FilesService, item: PreviewItem): Promise<void> {
    this.#release();
    this.stage = LOADING;
    this.error = '';
    this.isPage = false;
    try {
      const judgement = await files.inspect(item.id, item.entry?.path);
      const source = vaultSource(files, item);
      const as = previewKind(judgement, source.sizeBytes);
      const blob = as === 'image' ? await files.read(item, judgement.detectedType ?? '', item.entry) : null;
      if (this.#shown !== item) return;
      const url = blob && URL.createObjectURL(blob);
      this.stage = { kind: 'shown', inspected: { item, judgement }, as, source, url };
    } catch (error) {
      if (this.#shown === item) this.stage = { kind: 'failed', words: wordsOf(error) };
    }
  }

  #release(): void {
    if (this.stage.kind === 'shown' && this.stage.url !== null) URL.revokeObjectURL(this.stage.url);
    this.stage = LOADING;
  }

  // ---------------------------------------------------------------- what the person does

  #go(step: 1 | -1): void {
    if (this.items[this.index + step] === undefined) return;
    this.index += step;
  }

  #toggleProperties(): void {
    this.hasProperties = !this.hasProperties;
  }

  async #save(): Promise<void> {
    const item = this.#item;
    this.error = '';
    try {
      if (item) await this.#files.service?.save(item, item.entry);
    } catch (error) {
      this.error = errorText(error);
    }
  }

  #onKeydown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // A player seeks, a text scrolls by its own arrows.
    const [target] = event.composedPath();
    if (target instanceof HTMLMediaElement || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight'))
      return;
    event.preventDefault();
    this.#onKey(event.key);
  }

  /** A finger on a picture; players and frames have gestures of their own. */
  #onPointerDown({ pointerType, isPrimary, clientX, clientY, target }: PointerEvent): void {
    const isPicture =
      target instanceof HTMLImageElement || target === this.renderRoot.querySelector('.stage');
    if (!isPrimary)
      this.#swipe = null; // two fingers make it larger
    else if (pointerType === 'touch' && isPicture) this.#swipe = { clientX, clientY };
  }

  #onPointerUp({ clientX, clientY }: PointerEvent): void {
    const from = this.#swipe;
    this.#swipe = null;
    if (from === null) return;
    const [along, across] = [clientX - from.clientX, Math.abs(clientY - from.clientY)];
    if (Math.abs(along) < SWIPE_PX || across > Math.abs(along) / 2) return;
    this.#onKey(along < 0 ? 'ArrowRight' : 'ArrowLeft');
  }

  #onKey(key: EnkFrameKeyEvent['key']): void {
    if (key === 'Escape') return this.#close();
    const isForward = (key === 'ArrowRight') !== this.matches(':dir(rtl)');
    this.#go(isForward ? 1 : -1);
  }

  #onCancel(event: Event): void {
    event.preventDefault();
    this.#close();
  }

  #close(): void {
    this.dispatchEvent(new EnkPreviewCloseRequestEvent());
  }
}

function nameOf({ name, entry }: PreviewItem): string {
  return entry === undefined ? name : entry.path.slice(entry.path.lastIndexOf('/') + 1);
}

function wordsOf(error: unknown): string {
  return failureCode(error) === 'internal' ? strings().preview.broken : errorText(error);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-preview': EnkPreview;
  }
}
