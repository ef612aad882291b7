import {
  contactsServiceContext,
  filesServiceContext,
  ServiceController,
  type ContactId,
  type FilesService,
  type FileView,
} from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  byteText,
  EnkPreviewRequestEvent,
  errorText,
  fieldStyles,
  fullTime,
  icon,
  strings,
} from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { fileRowStyles } from './enk-files.styles.ts';
import type { EnkNameGivenEvent } from './enk-name-form.ts';
import {
  EnkFileDeleteRequestEvent,
  EnkFileMoveRequestEvent,
  EnkFileSelectEvent,
  EnkPlaceRequestEvent,
  type VaultItem,
} from './files.events.ts';
import { inKept } from './vault-place.ts';

type Panel = 'none' | 'rename' | 'send';

/**
 * One file of the vault and what can be done with it. It is never opened or drawn here.
 *
 * @event enk-preview-request - Somebody wants to see it.
 * @event enk-place-request - Of a folder that is kept as one: somebody wants to see what is inside.
 * @event enk-file-move-request - The person wants it elsewhere.
 * @event enk-file-delete-request - The person wants it deleted.
 * @event enk-file-select - The person chose it among others.
 */
export class EnkFileRow extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, fileRowStyles];

  @property({ attribute: false }) file: FileView | undefined;
  @property({ type: Boolean, reflect: true }) selected = false;
  @property({ reflect: true }) layout: 'list' | 'grid' = 'list';
  /** In which folder it is, where files of several are shown. */
  @property() where = '';
  @state() private panel: Panel = 'none';
  @state() private error = '';

  readonly #files = new ServiceController(this, filesServiceContext);
  readonly #contacts = new ServiceController(this, contactsServiceContext);

  protected override render(): TemplateResult | typeof nothing {
    const { file } = this;
    if (!file) return nothing;
    const texts = strings().files;
    const isFolder = file.fileCount !== null;
    const item: VaultItem = { id: file.id, name: file.name, isFolder: false };
    const facts = [byteText(file.sizeBytes)];
    if (this.where !== '') facts.push(texts.inFolder(this.where));
    else if (this.layout === 'list') facts.push(fullTime(file.createdAtMs));
    if (file.fileCount !== null) facts.unshift(texts.count(file.fileCount));
    return html`<div class="row" data-testid="file">
        <input
          class="box"
          type="checkbox"
          data-testid="file-select"
          aria-label=${texts.select(file.name)}
          .checked=${this.selected}
          @click=${(event: MouseEvent) => this.#select(event, item)}
        />
        <enk-file-thumbnail class="mark" .file=${file}></enk-file-thumbnail>
        <div>
          <button
            class="name"
            type="button"
            data-testid="file-open"
            @click=${() => (isFolder ? this.#openFolder(file) : this.#preview(file))}
          >
            <bdi data-testid="file-name">${file.name}</bdi>
          </button>
          <div class="facts">${facts.join(' · ')}</div>
          ${this.error ? html`<p class="error" role="alert" data-testid="file-error">${this.error}</p>` : nothing}
        </div>
        <div class="actions">
          ${this.#button('send', 'send', texts.send, () => this.#toggle('send'))}
          ${isFolder ? nothing : this.#button('download', 'save', texts.save, () => this.#intend(files => files.save(file)))}
          ${this.#button('folder-move', 'move', texts.move, () => this.dispatchEvent(new EnkFileMoveRequestEvent(item)))}
          ${this.#button('edit', 'rename', texts.rename, () => this.#toggle('rename'))}
          ${this.#button('trash', 'delete', texts.delete, () => this.dispatchEvent(new EnkFileDeleteRequestEvent(item)))}
        </div>
      </div>
      ${this.#panel(file)}`;
  }

  get item(): VaultItem | null {
    const { file } = this;
    return file ? { id: file.id, name: file.name, isFolder: false } : null;
  }

  /** Moves the focus to its box. */
  focusBox(): void {
    this.renderRoot.querySelector<HTMLElement>('.box')?.focus();
  }

  /** Whoever lists it says whether it is chosen: the box shows that. */
  #select(event: MouseEvent, item: VaultItem): void {
    const box = event.currentTarget as HTMLInputElement;
    this.dispatchEvent(new EnkFileSelectEvent(item, event.shiftKey));
    void this.updateComplete.then(() => (box.checked = this.selected));
  }

  #button(name: Parameters<typeof icon>[0], testId: string, label: string, act: () => void): TemplateResult {
    return html`<button
      class="icon-button"
      type="button"
      data-testid="file-${testId}"
      aria-label="${label}: ${this.file?.name ?? ''}"
      title=${label}
      @click=${act}
    >
      ${icon(name)}
    </button>`;
  }

  #panel(file: FileView): TemplateResult | typeof nothing {
    switch (this.panel) {
      case 'none':
        return nothing;
      case 'rename':
        return this.#renameForm(file);
      case 'send':
        return this.#sendForm(file);
    }
  }

  #renameForm(file: FileView): TemplateResult {
    return html`<enk-name-form
      class="panel"
      name="rename"
      label=${strings().files.renameLabel}
      action=${strings().common.save}
      .value=${file.name}
      @enk-name-given=${({ value }: EnkNameGivenEvent) => this.#rename(file, value)}
    ></enk-name-form>`;
  }

  #sendForm(file: FileView): TemplateResult {
    const { files: texts, common } = strings();
    const contacts = (this.#contacts.snapshot?.contacts ?? []).filter(({ isBlocked }) => !isBlocked);
    if (contacts.length === 0) return html`<p class="panel hint">${texts.noContacts}</p>`;
    return html`<form
      class="panel"
      @submit=${(event: SubmitEvent) => this.#send(event, file)}
      @keydown=${this.#onKeydown}
    >
      <select class="input" name="contact" data-testid="send-contact" aria-label=${texts.sendTo(file.name)}>
        ${contacts.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}
      </select>
      <button class="button primary" type="submit" data-testid="send-confirm">${texts.send}</button>
      <button class="button" type="button" @click=${() => (this.panel = 'none')}>${common.cancel}</button>
    </form>`;
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.panel = 'none';
  };

  #toggle(panel: Panel): void {
    this.panel = this.panel === panel ? 'none' : panel;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.panel .input')?.focus());
  }

  #preview({ id }: FileView): void {
    this.dispatchEvent(new EnkPreviewRequestEvent(id));
  }

  #openFolder({ id, folderId }: FileView): void {
    this.dispatchEvent(new EnkPlaceRequestEvent(inKept(folderId, id)));
  }

  #rename({ id }: FileView, name: string | null): void {
    this.panel = 'none';
    if (name !== null) void this.#intend(files => files.rename(id, name));
  }

  #send(event: SubmitEvent, file: FileView): void {
    event.preventDefault();
    const contactId = String(new FormData(event.target as HTMLFormElement).get('contact')) as ContactId;
    this.panel = 'none';
    void this.#intend(files => files.send(contactId, file.id, ''));
  }

  async #intend(act: (files: FilesService) => Promise<unknown>): Promise<void> {
    const { service } = this.#files;
    if (!service) return;
    this.error = '';
    try {
      await act(service);
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-file-row': EnkFileRow;
  }
}
