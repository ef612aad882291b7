/** Opens previews for an element: loads them only then, and draws them in its template. */
import type { PreviewItem } from '@enk/context';
import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  type TemplateResult,
} from 'lit';
import { errorText } from './strings.ts';

/** Somebody wants to see a file. Ids only; whoever lists it knows what it is. */
export class EnkPreviewRequestEvent extends Event {
  static readonly type = 'enk-preview-request';
  constructor(
    readonly fileId: string,
    /** Of a file in a folder. */
    readonly path?: string,
  ) {
    super(EnkPreviewRequestEvent.type, { bubbles: true, composed: true });
  }
}

export class PreviewController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #load: () => Promise<unknown>;
  #shown: { readonly items: readonly PreviewItem[]; readonly start: number } | null = null;
  /** Words for a preview that could not be loaded; empty: none. */
  error = '';

  /** `load` imports the package that defines `<enk-preview>`. */
  constructor(host: ReactiveControllerHost, load: () => Promise<unknown>) {
    this.#host = host;
    this.#load = load;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#shown = null;
  }

  /** Shows `items`, the one at `start` first. */
  async open(items: readonly PreviewItem[], start: number): Promise<void> {
    this.error = '';
    try {
      await this.#load();
      this.#shown = { items, start };
    } catch (error) {
      this.error = errorText(error);
    }
    this.#host.requestUpdate();
  }

  /** Shows what stands at `items` for a request; one that is not among them is nothing. */
  async answer({ fileId, path }: EnkPreviewRequestEvent, items: readonly PreviewItem[]): Promise<void> {
    const start = items.findIndex(item => item.id === fileId && item.entry?.path === path);
    if (start >= 0) await this.open(items, start);
  }

  render(): TemplateResult | typeof nothing {
    if (this.#shown === null) return nothing;
    const { items, start } = this.#shown;
    return html`<enk-preview
      .items=${items}
      .start=${start}
      @enk-preview-close-request=${() => this.#close()}
    ></enk-preview>`;
  }

  #close(): void {
    this.#shown = null;
    this.#host.requestUpdate();
  }
}

declare global {
  interface HTMLElementEventMap {
    'enk-preview-request': EnkPreviewRequestEvent;
  }
}
