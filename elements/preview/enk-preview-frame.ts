import { filesServiceContext, ServiceController } from '@enk/context';
import { baseStyles, errorText, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { decodeText, MAX_TEXT_BYTES } from './enk-preview-text.ts';
import { drawingDocument, pageDocument, scriptDocument, type FrameDocument } from './frame/frame-document.ts';
import { type FrameKey, type FrameStart, parseFrameEvent } from './frame/frame-messages.ts';
import type { ByteSource } from './preview-item.ts';

/** A script that a policy admits runs before the frame has loaded; one that is silent for so long does not run. */
const SILENT_MS = 10_000;

/** A key pressed inside the frame, for the preview around it. Not composed. */
export class EnkFrameKeyEvent extends Event {
  static readonly type = 'enk-frame-key';
  constructor(readonly key: FrameKey) {
    super(EnkFrameKeyEvent.type, { bubbles: true });
  }
}

/**
 * An SVG, HTML page or PDF in a frame without an origin: it can neither reach this page, nor the network, nor storage,
 * nor go anywhere (frame/frame-document.ts says by what).
 *
 * @event enk-frame-key - Escape or an arrow key was pressed inside.
 */
export class EnkPreviewFrame extends LitElement {
  static override styles = [
    ...baseStyles,
    css`
      :host {
        display: grid;
        grid-template-rows: 1fr auto;
        min-block-size: 0;
        min-inline-size: 0;
      }
      iframe {
        inline-size: 100%;
        block-size: 100%;
        border: 0;
        border-radius: var(--_radius);
        background: #fff;
        color-scheme: light;
      }
      iframe.pdf {
        background: #6b6e76;
      }
      .notice {
        display: grid;
        place-self: center;
        justify-items: center;
        gap: 12px;
        max-inline-size: 26rem;
        padding: 24px;
        text-align: center;
      }
      .hint {
        padding-block-start: 6px;
        color: var(--_text-muted);
        font-size: var(--_size-small);
        text-align: center;
      }
    `,
  ];

  @property() kind: 'drawing' | 'page' | 'pdf' = 'drawing';
  @property({ attribute: false }) source: ByteSource | undefined;
  @property() label = '';
  @state() private error = '';
  @state() private document: FrameDocument | null = null;
  readonly #files = new ServiceController(this, filesServiceContext);
  #url = '';
  #port: MessagePort | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('securitypolicyviolation', this.#onViolation);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('securitypolicyviolation', this.#onViolation);
    this.#close();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if ((changed.has('source') || changed.has('kind')) && this.source) void this.#load(this.source);
  }

  protected override render(): TemplateResult {
    const texts = strings().preview;
    if (this.error)
      return html`<div class="notice" role="alert" data-testid="preview-problem">
        ${icon('alert', 32)}
        <p>${this.error}</p>
      </div>`;
    const { document: shown, kind } = this;
    if (shown === null) return html`<p class="notice" role="status">${texts.loading}</p>`;
    return html`${this.#frame(shown)}
    ${kind === 'page' ? html`<p class="hint">${texts.sandboxed}</p>` : nothing}`;
  }

  /** `sandbox` stands before `src`: the document never has this page's origin, not for a moment. */
  #frame({ sandbox }: FrameDocument): TemplateResult {
    const isScript = sandbox === 'allow-scripts';
    return isScript
      ? html`<iframe
          sandbox="allow-scripts"
          class="pdf"
          referrerpolicy="no-referrer"
          allow=""
          title=${this.label}
          data-testid="preview-frame"
          src=${this.#url}
          @load=${this.#onLoad}
        ></iframe>`
      : html`<iframe
          sandbox=""
          referrerpolicy="no-referrer"
          allow=""
          title=${this.label}
          data-testid="preview-frame"
          src=${this.#url}
        ></iframe>`;
  }

  async #load(source: ByteSource): Promise<void> {
    this.#close();
    this.error = '';
    this.document = null;
    try {
      const made = await this.#make(source);
      if (this.source !== source || !this.isConnected) return;
      this.#url = URL.createObjectURL(new Blob([made.html], { type: 'text/html;charset=utf-8' }));
      this.document = made;
    } catch (error) {
      if (this.source === source) this.error = errorText(error);
    }
  }

  async #make(source: ByteSource): Promise<FrameDocument> {
    switch (this.kind) {
      case 'drawing':
        return drawingDocument(await source.read(0, source.sizeBytes), this.label);
      case 'page':
        return pageDocument(decodeText(await source.read(0, Math.min(MAX_TEXT_BYTES, source.sizeBytes))));
      case 'pdf': {
        const files = this.#files.service;
        if (!files) throw new Error('no files service');
        return scriptDocument(await files.documentScript(), this.label);
      }
    }
  }

  /** A page around this that admits no frames. */
  readonly #onViolation = ({ effectiveDirective }: SecurityPolicyViolationEvent): void => {
    if (effectiveDirective === 'frame-src') this.error = strings().preview.framesBlocked;
  };

  /** The only words with the frame go through a port that it is given now. */
  #onLoad(event: Event): void {
    const { source } = this;
    const frame = (event.currentTarget as HTMLIFrameElement).contentWindow;
    if (!source || !frame || this.#port !== null) return;
    const channel = new MessageChannel();
    this.#port = channel.port1;
    this.#port.onmessage = ({ data }: MessageEvent<unknown>) => this.#onFrame(data, source);
    this.#silence = setTimeout(() => (this.error = strings().preview.framesBlocked), SILENT_MS);
    const words = { page: strings().preview.page, of: strings().preview.of };
    const start: FrameStart = { kind: 'enk-document', sizeBytes: source.sizeBytes, words };
    frame.postMessage(start, '*', [channel.port2]); // an opaque origin has no name; the frame is ours
  }

  #onFrame(data: unknown, source: ByteSource): void {
    const event = parseFrameEvent(data, source.sizeBytes);
    switch (event?.kind) {
      case 'ready':
        return clearTimeout(this.#silence);
      case 'range':
        return void this.#answer(event.id, () => source.read(event.offset, event.length));
      case 'failed':
        this.error = strings().preview[event.reason];
        return this.#close();
      case 'key':
        this.dispatchEvent(new EnkFrameKeyEvent(event.key));
        return;
      case 'drawn':
      case undefined:
        return;
    }
  }

  async #answer(id: number, read: () => Promise<Uint8Array<ArrayBuffer>>): Promise<void> {
    const port = this.#port;
    try {
      const bytes = await read();
      port?.postMessage({ kind: 'bytes', id, bytes }, [bytes.buffer]);
    } catch (error) {
      port?.postMessage({ kind: 'bytes', id, bytes: null });
      this.error = errorText(error);
    }
  }

  #close(): void {
    clearTimeout(this.#silence);
    this.#port?.close();
    this.#port = null;
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = '';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-preview-frame': EnkPreviewFrame;
  }
}
