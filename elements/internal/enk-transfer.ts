import { filesServiceContext, ServiceController, type FilesService, type TransferView } from '@enk/context';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { baseStyles } from './base.styles.ts';
import { byteText, durationText } from './byte-text.ts';
import { buttonStyles } from './controls.styles.ts';
import { transferStyles } from './enk-transfer.styles.ts';
import { icon } from './icons.ts';
import { EnkPreviewRequestEvent } from './preview-controller.ts';
import { errorText, strings } from './strings.ts';
import { TransferSpeed } from './transfer-speed.ts';
import { parseWaveform, type Waveform, WAVEFORM_HEAD_BYTES } from './waveform.ts';
import { visibleText } from './visible-text.ts';

/** Larger pictures are not drawn by themselves: a phone would swap. */
const MAX_IMAGE_BYTES = 25_000_000;
/** What is played in the bubble; larger sounds are played by the preview, in stream. */
const MAX_VOICE_BYTES = 10_000_000;
const VOICE_TYPE = 'audio/ogg';

/**
 * One transfer: what it is, how far it is, and what can be done about it. A picture is shown when its content, not its
 * name, is a raster format; nothing else of a file is ever drawn here, and nothing opens by itself.
 *
 * @event enk-preview-request - Somebody wants to see the file.
 */
export class EnkTransfer extends LitElement {
  static override styles = [...baseStyles, buttonStyles, transferStyles];

  @property({ attribute: false }) transfer: TransferView | undefined;
  @state() private error = '';
  @state() private imageUrl = '';
  /** Of a voice message: its shape. */
  @state() private waveform: Waveform | null = null;

  readonly #files = new ServiceController(this, filesServiceContext);
  readonly #speed = new TransferSpeed();
  /** The file whose picture is shown, or was looked for. */
  #looked: string | null = null;
  #soundOf: { readonly fileId: string; readonly load: () => Promise<Blob> } | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#looked = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#dropImage();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { transfer } = this;
    if (!changed.has('transfer') || !transfer) return;
    if (changed.get('transfer')?.id !== transfer.id) {
      this.#speed.clear();
      this.error = '';
    }
    if (transfer.state !== 'running') this.#speed.clear();
    else if (transfer.doneBytes !== null) this.#speed.note(transfer.doneBytes, performance.now());
  }

  protected override updated(): void {
    const { transfer } = this;
    const fileId = transfer?.fileId ?? null;
    const isShowable = transfer?.isMine === true || transfer?.state === 'done';
    if (!transfer || fileId === null || !isShowable || this.#looked === fileId || !this.#files.service)
      return;
    this.#looked = fileId;
    void this.#look(this.#files.service, fileId, transfer.sizeBytes);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { transfer } = this;
    if (!transfer) return nothing;
    const texts = strings().files;
    const { name, claimedName, warnings, caption, state: at, isMine } = transfer;
    const shown = isMine ? [] : warnings;
    return html`<article aria-label=${name} data-testid="transfer" data-state=${at} data-mine=${isMine}>
      ${this.imageUrl ? this.#image(texts.image(name)) : nothing} ${this.#voice(transfer)}
      <div class="head">
        <span class="mark">${icon(transfer.fileCount === null ? 'file' : 'folder')}</span>
        <bdi class="name" data-testid="transfer-name">${name}</bdi>
        <span class="facts" data-testid="transfer-facts">${this.#facts(transfer)}</span>
      </div>
      ${this.#bar(transfer)}
      ${shown.map(
        warning =>
          html`<p class="warning" data-testid="warning-${warning}">
            ${icon('alert', 16)}<span>${texts.warning[warning]}</span>
          </p>`,
      )}
      ${
        !isMine && claimedName !== name
          ? html`<p class="facts claimed">${texts.claimed(visibleText(claimedName))}</p>`
          : nothing
      }
      ${caption ? html`<p class="caption" dir="auto">${caption}</p>` : nothing} ${this.#problem(transfer)}
      <div class="actions">${this.#actions(transfer)}</div>
    </article>`;
  }

  #image(alt: string): TemplateResult {
    return html`<button
      class="picture"
      type="button"
      title=${alt}
      data-testid="transfer-picture"
      @click=${this.#preview}
    >
      <img src=${this.imageUrl} alt=${alt} data-testid="transfer-image" />
    </button>`;
  }

  #voice({ fileId, sizeBytes }: TransferView): TemplateResult | typeof nothing {
    const { waveform } = this;
    if (waveform === null || fileId === null) return nothing;
    return html`<enk-voice-player
      .waveform=${waveform}
      .load=${this.#sound(fileId, sizeBytes)}
      label=${strings().voice.message}
    ></enk-voice-player>`;
  }

  /** One function a file: another one would be another sound. */
  #sound(fileId: string, sizeBytes: number): () => Promise<Blob> {
    if (this.#soundOf?.fileId !== fileId) {
      const load = async (): Promise<Blob> => {
        const blob = await this.#files.service?.read({ id: fileId, sizeBytes }, VOICE_TYPE);
        return blob ?? new Blob();
      };
      this.#soundOf = { fileId, load };
    }
    return this.#soundOf.load;
  }

  #preview(): void {
    const fileId = this.transfer?.fileId ?? null;
    if (fileId !== null) this.dispatchEvent(new EnkPreviewRequestEvent(fileId));
  }

  #facts(transfer: TransferView): string {
    const texts = strings().files;
    const { state: at, isMine, sizeBytes, doneBytes, fileCount } = transfer;
    const size = byteText(sizeBytes);
    const words =
      at === 'offered' || at === 'done'
        ? texts.state[`${at}-${isMine ? 'mine' : 'theirs'}`]
        : texts.state[at];
    const count = fileCount === null ? [] : [texts.count(fileCount)];
    const isUnderWay = doneBytes !== null && (at === 'running' || at === 'paused' || at === 'queued');
    const parts = [...count, isUnderWay ? texts.of(byteText(doneBytes), size) : size];
    const rate = at === 'running' ? this.#speed.bytesPerSecond : null;
    if (rate === null || rate <= 0) return [...parts, words].join(' · ');
    const left = durationText((sizeBytes - (doneBytes ?? 0)) / rate);
    return [...parts, texts.speed(byteText(rate)), texts.left(left)].join(' · ');
  }

  #bar({ state: at, name, doneBytes, sizeBytes }: TransferView): TemplateResult | typeof nothing {
    if (at !== 'running' && at !== 'paused' && at !== 'queued' && at !== 'paused-by-peer') return nothing;
    const percent = sizeBytes === 0 ? 0 : Math.floor(((doneBytes ?? 0) * 100) / sizeBytes);
    return html`<progress
      max="100"
      value=${percent}
      aria-label=${strings().files.progress(name)}
      data-testid="transfer-progress"
    ></progress>`;
  }

  #problem({ failure }: TransferView): TemplateResult | typeof nothing {
    const text = this.error || (failure === null ? '' : errorText({ code: failure }));
    return text ? html`<p class="error" role="alert" data-testid="transfer-error">${text}</p>` : nothing;
  }

  #actions(transfer: TransferView): readonly TemplateResult[] {
    const texts = strings().files;
    const { id, state: at, isMine, fileId, contactId, caption } = transfer;
    const act = (
      label: string,
      testId: string,
      run: (files: FilesService) => Promise<unknown>,
    ): TemplateResult =>
      html`<button class="button" type="button" data-testid=${testId} @click=${() => void this.#intend(run)}>
        ${label}
      </button>`;
    const cancel = act(texts.cancel, 'transfer-cancel', files => files.cancel(id));
    switch (at) {
      case 'offered':
        if (isMine) return [cancel];
        return [
          act(texts.accept, 'transfer-accept', files => files.answer(id, true)),
          act(texts.refuse, 'transfer-refuse', files => files.answer(id, false)),
        ];
      case 'running':
      case 'queued':
      case 'waiting':
        return [act(texts.pause, 'transfer-pause', files => files.pause(id)), cancel];
      case 'paused':
        return [act(texts.resume, 'transfer-resume', files => files.resume(id)), cancel];
      case 'paused-by-peer':
        return [cancel];
      case 'done':
        return fileId === null
          ? []
          : [
              ...this.#previewButton(transfer),
              act(texts.save, 'transfer-save', files => this.#save(files, transfer, fileId)),
            ];
      case 'refused':
      case 'cancelled':
      case 'failed': {
        const forget = act(texts.dismiss, 'transfer-forget', files => files.forget(id));
        if (!isMine || fileId === null) return [forget];
        return [act(texts.retry, 'transfer-retry', files => files.send(contactId, fileId, caption)), forget];
      }
    }
  }

  /** A folder is looked at among the files. */
  #previewButton({ fileCount }: TransferView): readonly TemplateResult[] {
    if (fileCount !== null) return [];
    return [
      html`<button class="button" type="button" data-testid="transfer-preview" @click=${this.#preview}>
        ${strings().files.preview}
      </button>`,
    ];
  }

  async #save(files: FilesService, { name, sizeBytes }: TransferView, id: string): Promise<void> {
    await files.save({ id, name, sizeBytes });
  }

  async #intend(run: (files: FilesService) => Promise<unknown>): Promise<void> {
    const { service } = this.#files;
    if (!service) return;
    this.error = '';
    try {
      await run(service);
    } catch (error) {
      this.error = errorText(error);
    }
  }

  /** Only what is a raster image by content, through a blob of that type: neither SVG nor HTML gets here. */
  async #look(files: FilesService, fileId: string, sizeBytes: number): Promise<void> {
    this.#dropImage();
    this.waveform = null;
    try {
      const { isSafeImage, detectedType } = await files.inspect(fileId);
      if (detectedType === VOICE_TYPE && sizeBytes <= MAX_VOICE_BYTES) {
        const length = Math.min(WAVEFORM_HEAD_BYTES, sizeBytes);
        const waveform = parseWaveform(await files.readRange({ id: fileId }, { offset: 0, length }));
        if (this.#looked === fileId) this.waveform = waveform;
      }
      if (!isSafeImage || detectedType === null || sizeBytes > MAX_IMAGE_BYTES) return;
      const blob = await files.read({ id: fileId, sizeBytes }, detectedType);
      if (this.isConnected && this.#looked === fileId) this.imageUrl = URL.createObjectURL(blob);
    } catch {
      return; // deleted meanwhile, or damaged: the name stands there, and saving says why not
    }
  }

  #dropImage(): void {
    if (this.imageUrl) URL.revokeObjectURL(this.imageUrl);
    this.imageUrl = '';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-transfer': EnkTransfer;
  }
}
